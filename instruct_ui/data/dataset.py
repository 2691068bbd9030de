"""What a data set is once it has been read: plain, frozen, without pandas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from instruct_ui.data.table import Skipped
from instruct_ui.spec import SplitName
from instruct_ui.tasks import TaskName


@dataclass(frozen=True, slots=True)
class Example:
    """One row (classification) or one sentence (NER)."""

    row: int
    """Position in its file, from 0, header not counted."""
    text: str
    """What is to be judged; for NER the tokens joined by blanks (Chinese: by nothing)."""
    label: str | None = None
    tokens: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """IOB2, one a token; empty where there is no gold."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """The other columns, without the gold, usable in templates."""


@dataclass(frozen=True, slots=True)
class Dataset:
    task: TaskName
    labels: tuple[str, ...]
    """Labels in sorted order; for NER the entity types, without B-/I-."""
    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    test: tuple[Example, ...]
    sha256: str
    """Over the files' bytes and how they were read."""
    language: str
    """`en`, `zh` or `other`, from the scripts of the texts."""
    skipped: tuple[Skipped, ...] = ()
    """Rows of the files that are not used: blank, without text, without label."""

    def split(self, name: SplitName) -> tuple[Example, ...]:
        rows: tuple[Example, ...] = getattr(self, name)
        return rows

    @property
    def tags(self) -> tuple[str, ...]:
        """NER: O, then B- and I- of every type."""
        return ("O", *(f"{p}-{label}" for label in self.labels for p in "BI"))

    def label_counts(self) -> Counter[str]:
        """Rows a label over all splits; for NER entities a type."""
        counts: Counter[str] = Counter()
        for example in (*self.train, *self.validation, *self.test):
            if self.task == "token_classification":
                counts.update(t[2:] for t in example.tags if t.startswith("B-"))
            elif example.label is not None:
                counts[example.label] += 1
        return counts
