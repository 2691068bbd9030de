"""What labelling shows: frozen values for a page, a command or a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from instruct_ui.evaluation.agreement import Agreement
from instruct_ui.storage.records import LabelKind

Span = tuple[int, int, str]
"""First word, word after the last, entity type."""
Proposing = Literal["none", "few", "no_model", "working", "ready", "failed"]
"""none: nothing to learn from yet as there are no names; few: too few labels for it."""
ENOUGH = 10
"""Labelled rows from which they can be used."""


@dataclass(frozen=True, slots=True)
class Given:
    """A label, or the entities of a sentence."""

    label: str | None = None
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    said: Given
    confidence: float


@dataclass(frozen=True, slots=True)
class LabelText:
    """One text as it is put in front of a person."""

    key: str
    """What it is answered by."""
    row: int
    """In its file, from 0."""
    text: str
    words: tuple[tuple[str, str], ...] = ()
    """Entities: every word with the blank in front of it."""
    before: Given | None = None
    """What it was given in this pass before."""
    note: str = ""
    file_says: Given | None = None
    proposal: Proposal | None = None


@dataclass(frozen=True, slots=True)
class Differing:
    """A text the two passes, or the file and the person, label in two ways."""

    key: str
    text: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Two labellings side by side."""

    agreement: Agreement
    rows: int
    differing: tuple[Differing, ...]
    """The first few of them."""
    differ: int


@dataclass(frozen=True, slots=True)
class Check:
    """What the model makes of the labelled rows when it has not seen them."""

    metric: Literal["accuracy", "entity_f1"]
    score: float
    low: float
    high: float
    rows: int
    most: float | None
    """Accuracy of always naming the most frequent label."""


@dataclass(frozen=True, slots=True)
class LabelView:
    kind: LabelKind
    kinds: tuple[LabelKind, ...]
    """What the data could be labelled with."""
    names: tuple[str, ...]
    order: Literal["random", "unsure"]
    pass_number: int
    texts: int
    """Different ones; of the second pass those that were labelled in the first."""
    done: int
    skipped: int
    labelled: int
    """Texts labelled in the first pass, whichever pass is shown."""
    counts: Mapping[str, int]
    """Rows a label (entities a type) in the first pass."""
    seconds: float | None
    """Median from a text to its answer."""
    from_file: bool
    """The file has labels of its own."""
    proposing: Proposing
    model: str
    """Title of the model that proposed; "" before one did."""
    check: Check | None
    passes: Compared | None
    """The second pass beside the first."""
    with_file: Compared | None
    """The first pass beside the file's own labels."""
    fault: str
    """Key of the error that says why the labels cannot be used yet; "": they can."""

    @property
    def left(self) -> int:
        return self.texts - self.done - self.skipped


def shown(given: Given, words: Sequence[tuple[str, str]]) -> str:
    """A label, or the entities with their types, as one line."""
    if given.label is not None:
        return given.label
    parts = []
    for start, end, kind in given.spans:
        said = "".join(gap + word for gap, word in words[start:end]).strip()
        parts.append(f"{said} [{kind}]")
    return ", ".join(parts) or "–"
