"""What making rows shows: frozen values for a page, a command or a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from instruct_ui.data.made import Fault
from instruct_ui.storage.records import JobRecord

Obstacle = Literal["", "unread", "task", "columns", "train"]
"""Why no rows can be made: data not usable, a task that is not among those, several label columns,
no training rows. `making.obstacle_<name>` says it in words."""
Changing = Literal["label", "words", "fixed"]
"""How a person can change what a row was given: choose another label, write other labels or
entities, not at all."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A text a model wrote, with what it was given."""

    number: int
    """Within its job."""
    text: str
    given: str
    """A label, labels, entities with their types, or an answer."""
    fault: Fault | None
    """Why it cannot become a row; None: a person may take it."""
    prompt: str = ""
    """What the model read."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An offer as a person took it, text and given as they changed them."""

    number: int
    text: str
    given: str


@dataclass(frozen=True, slots=True)
class Added:
    rows: int
    refused: tuple[tuple[Taken, Fault], ...]


@dataclass(frozen=True, slots=True)
class MadeRow:
    text: str
    given: str
    model: str


@dataclass(frozen=True)
class MakingView:
    obstacle: Obstacle
    labels: tuple[tuple[str, int], ...] = ()
    """Labels with their training rows, for tasks that have them; fewest first."""
    rarest: tuple[str, ...] = ()
    """Those that rows are made for unless others are chosen."""
    instruction: str = ""
    """As it was worded last, or as it is unless a person words it otherwise."""
    changing: Changing = "fixed"
    job: JobRecord | None = None
    """The last one that makes, or made, rows for this data."""
    offers: tuple[Offer, ...] = ()
    """What came of it, once it has ended."""
    made: tuple[MadeRow, ...] = ()
    """Rows of the data in use that were made before, the first hundred."""
    made_rows: int = 0

    @property
    def open(self) -> tuple[Offer, ...]:
        """Those that can be taken."""
        return tuple(offer for offer in self.offers if offer.fault is None)
