"""What a check found: for the page, the command line and the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from instruct_ui.spec import Repair

Weight = Literal["wrong", "doubtful", "note"]
"""`wrong` leads to wrong conclusions, `doubtful` may, a `note` is only worth knowing."""
SHOWN = 5
"""Rows a finding names."""
_TEXT = 160


@dataclass(frozen=True, slots=True)
class FoundRow:
    file: str
    line: int
    """1-based line in the file, or number of the record."""
    text: str = ""
    """Cut where it is long."""
    label: str = ""
    other: str = ""
    """What it is like, or what it should perhaps be."""


@dataclass(frozen=True, slots=True)
class Finding:
    key: str
    """`datachecks.<key>_title`, `_why` and, with a repair, `_repair` say it in words."""
    weight: Weight
    count: int
    """Rows (labels, pairs) it is about."""
    rows: tuple[FoundRow, ...] = ()
    """The first few."""
    repair: Repair | None = None
    """What mends it in one click; None where only a person can decide."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """More numbers and names for the words."""


def cut(text: str) -> str:
    return text if len(text) <= _TEXT else f"{text[:_TEXT].rstrip()} …"
