"""The value types a report is made of. Knows no library of metrics."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

NO_ANSWER = ""
"""Stands in tables for the label of a row the model gave no answer to."""


class LabelScore(BaseModel):
    """One line of a per-label table; scores in [0, 1], `support` = gold occurrences."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    precision: float
    recall: float
    f1: float
    support: int


class Confusion(BaseModel):
    """`counts[i][j]`: how often gold `labels[i]` was answered by `labels[j]`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class ConstraintScore(BaseModel):
    """How often the answers kept one constraint of the template."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    block: int
    """Its position in the template."""
    text: str
    kept: int
    rows: int


@dataclass(frozen=True)
class TaskScores:
    """What the `scores` of `classification`, `sequence` and `written` return."""

    metrics: dict[str, float]
    labels: tuple[LabelScore, ...] = ()
    confusion: Confusion | None = None
    token_labels: tuple[LabelScore, ...] | None = None
