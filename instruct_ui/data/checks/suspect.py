"""One row whose label is doubtful."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Suspect:
    position: int
    given: str
    suggested: str
    confidence: float
    """How sure the model (NER: the other occurrences) is of the suggested label, 0 to 1."""
    word: str = ""
    """NER: what is tagged."""
