"""Whether the first row names the columns, and the table that follows from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from instruct_ui.data.names import is_known, is_made_of_known
from instruct_ui.data.table import Skipped, Table, TableFormat, numbered
from instruct_ui.errors import DataError

Header = Literal["auto"] | bool
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_LOOKED_AT = 2000


def tabled(
    name: str,
    format: TableFormat,
    rows: Sequence[tuple[str, ...]],
    lines: Sequence[int],
    skipped: Sequence[Skipped],
    header: Header,
    *,
    encoding: str = "",
    separator: str = "",
    quoting: str = "",
) -> Table:
    """A Table out of rows of one width, the header still among them.

    Raises DataError where there is no row, or none below the header.
    """
    if not rows:
        raise DataError("data_empty", file=name)
    named = has_header(rows) if header == "auto" else header
    if named and len(rows) == 1:
        raise DataError("data_header_only", file=name, columns=", ".join(rows[0]))
    columns = _unique(rows[0]) if named else numbered(len(rows[0]))
    first = 1 if named else 0
    return Table(
        name=name,
        format=format,
        encoding=encoding,
        separator=separator,
        header=named,
        columns=columns,
        rows=tuple(rows[first:]),
        lines=tuple(lines[first:]),
        skipped=tuple(skipped),
        quoting=quoting,
    )


def has_header(rows: Sequence[tuple[str, ...]]) -> bool:
    """By known names first; otherwise a first cell that is of another kind than those below it."""
    first = [cell.strip() for cell in rows[0]]
    below = rows[1 :: max(1, len(rows) // _LOOKED_AT)]
    columns = [Counter(row[i].strip() for row in below) for i in range(len(first))]
    over = list(zip(first, columns, strict=True))
    if any(cell and counts[cell] and len(counts) <= len(below) / 2 for cell, counts in over):
        return False
    if any(map(is_known, first)):
        return True
    if not all(first) or len(set(first)) < len(first) or any(map(_NUMBER.fullmatch, first)):
        return False
    return all(map(is_made_of_known, first)) or any(
        _unlike(cell, counts, len(below)) for cell, counts in over
    )


def _unlike(cell: str, counts: Counter[str], rows: int) -> bool:
    """A word above numbers, or above a few values that come again and again."""
    if rows == 0:
        return False
    numbers = sum(n for value, n in counts.items() if _NUMBER.fullmatch(value))
    few = rows >= 8 and len(counts) <= rows / 4
    return numbers == rows or (few and cell not in counts and min(counts.values()) > 1)


def _unique(cells: Sequence[str]) -> tuple[str, ...]:
    """Blanks around a name taken off, an empty one numbered, a second `text` -> `text_2`."""
    names: list[str] = []
    for position, cell in enumerate(cells):
        base = cell.strip() or str(position)
        name, again = base, 2
        while name in names:
            name, again = f"{base}_{again}", again + 1
        names.append(name)
    return tuple(names)
