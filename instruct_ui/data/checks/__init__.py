"""Checks of a data set: what is wrong with it before it costs a wrong conclusion.

`quick` ones come with the reading; they work on whole columns and cost the same a row however many
rows there are.
"""

from __future__ import annotations

from instruct_ui.data.checks import answers, labels, reading, repeats
from instruct_ui.data.checks.finding import Finding, FoundRow
from instruct_ui.data.checks.subject import Subject

__all__ = ["Finding", "FoundRow", "Subject", "quick"]

_ORDER = ("wrong", "doubtful", "note")


def quick(subject: Subject) -> list[Finding]:
    """What can be found at once, the worst first."""
    found = [f for check in (labels, repeats, answers, reading) for f in check.check(subject)]
    return sorted(found, key=lambda finding: _ORDER.index(finding.weight))
