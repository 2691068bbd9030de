"""The one flow that page, command line, demo and benchmarks run."""

from instruct_ui.experiment.answering import Answerer
from instruct_ui.experiment.flow import Outcome, estimate, run

__all__ = ["Answerer", "Outcome", "estimate", "run"]
