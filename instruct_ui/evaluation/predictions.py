"""What a predictor returns, whatever its family, and the gold it is held against."""

from __future__ import annotations

from dataclasses import dataclass

from instruct_ui.tasks import TaskName


@dataclass(frozen=True, slots=True)
class Answer:
    """One row's answer: a label with its confidence, or one IOB2 tag a token."""

    label: str | None = None
    confidence: float = 0.0
    """Probability of the answer in [0, 1]; for NER the mean over the tokens."""
    scores: tuple[float, ...] = ()
    """Probabilities in the order of the data set's labels; empty for NER."""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """One test row with gold and answer."""

    row: int
    text: str
    gold: str | None
    answer: Answer
    tokens: tuple[str, ...] = ()
    gold_tags: tuple[str, ...] = ()

    @property
    def correct(self) -> bool:
        if self.tokens:
            return self.gold_tags == self.answer.tags
        return self.gold == self.answer.label


@dataclass(frozen=True, slots=True)
class Predictions:
    task: TaskName
    labels: tuple[str, ...]
    rows: tuple[Judged, ...]
    """In the order of the file."""
