"""What a predictor returns, whatever its family, and the gold it is held against."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from instruct_ui.tasks import REGISTRY, TaskName
from instruct_ui.tasks.task import Shape


@dataclass(frozen=True, slots=True)
class Answer:
    """One row's answer: a label with its confidence, one IOB2 tag a token, a set of labels or
    triples, or a text."""

    label: str | None = None
    confidence: float = 0.0
    """Probability of the answer in [0, 1]; for NER the mean over the tokens, for a written text the
    geometric mean over its tokens."""
    scores: tuple[float, ...] = ()
    """Probabilities in the order of the data set's labels; empty where no label is scored."""
    tags: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    """Labels, or triples as `subject | relation | object`."""
    text: str | None = None
    """What was written or chosen, before it was read back; None where labels or tags are scored."""
    ranked: tuple[str, ...] = ()
    """Known answers, the best ones first."""
    readable: bool = True
    """Whether what was written could be read back as an answer to the task."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One test row with gold and answer."""

    row: int
    text: str
    gold: str | None
    """The label, for tasks with one."""
    answer: Answer
    tokens: tuple[str, ...] = ()
    gold_tags: tuple[str, ...] = ()
    golds: tuple[str, ...] = ()
    """Accepted answers; labels or triples of tasks with several. None accepted: there is none."""
    score: float | None = None
    """What the row alone is worth by the task's metric, in [0, 1]; None: right or wrong."""
    broken: tuple[int, ...] = ()
    """Positions of the template's constraint blocks whose check the answer does not keep."""

    @property
    def correct(self) -> bool:
        if self.score is not None:
            return self.score >= 1
        if self.tokens:
            return self.gold_tags == self.answer.tags
        return self.gold == self.answer.label


@dataclass(frozen=True, slots=True)
class Predictions:
    task: TaskName
    labels: tuple[str, ...]
    rows: tuple[Judged, ...]
    """In the order of the file."""
    columns: tuple[str, ...] = ()
    """Names of the label columns where a row has several labels, each out of a set of its own; gold
    and answer are then `column=label`."""
    statistics: Mapping[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    """Metric -> (rows, k), see `evaluation.statistics`; none for labels and tags."""

    @property
    def headline(self) -> str:
        """The metric a comparison is decided on."""
        return headline_of(self.task, self.statistics)

    @property
    def shape(self) -> Shape:
        """What the task's gold is."""
        if self.columns:
            return "labels"
        return REGISTRY[self.task].gold.shape


def headline_of(task: TaskName, found: Collection[str]) -> str:
    """The task's headline metric; the first of those `found` where it is not among them."""
    own = REGISTRY[task].headline_metric
    return own if own in found or not found else next(iter(found))
