"""Whether the first row names the columns, and the table that follows from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

import pyarrow as pa

from instruct_ui.data.names import is_known, is_made_of_known
from instruct_ui.data.table import Skipped, Table, TableFormat, numbered, spread
from instruct_ui.errors import DataError

Header = Literal["auto"] | bool
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_LOOKED_AT = 2000


def tabled(
    name: str,
    format: TableFormat,
    data: pa.Table,
    lines: pa.ChunkedArray,
    skipped: Sequence[Skipped],
    header: Header,
    *,
    encoding: str = "",
    separator: str = "",
    quoting: str = "",
) -> Table:
    """A Table out of columns of texts, the header still among the rows.

    Raises DataError where there is no row, or none below the header.
    """
    if not data.num_rows:
        raise DataError("data_empty", file=name)
    first = [column[0].as_py() for column in data.columns]
    named = has_header(data) if header == "auto" else header
    if named and data.num_rows == 1:
        raise DataError("data_header_only", file=name, columns=", ".join(first))
    start = 1 if named else 0
    return Table(
        name=name,
        format=format,
        encoding=encoding,
        separator=separator,
        header=named,
        data=data.slice(start).rename_columns(
            list(unique(first) if named else numbered(len(first)))
        ),
        lines=lines.slice(start),
        skipped=tuple(skipped),
        quoting=quoting,
    )


def has_header(data: pa.Table) -> bool:
    """By known names first; otherwise a first cell that is of another kind than those below it."""
    first = [column[0].as_py().strip() for column in data.columns]
    below = [
        [cell.strip() for cell in spread(column.slice(1), _LOOKED_AT)] for column in data.columns
    ]
    rows = len(below[0])
    over = [(cell, Counter(cells)) for cell, cells in zip(first, below, strict=True)]
    if any(cell and counts[cell] and len(counts) <= rows / 2 for cell, counts in over):
        return False
    if any(map(is_known, first)):
        return True
    if not all(first) or len(set(first)) < len(first) or any(map(_NUMBER.fullmatch, first)):
        return False
    return all(map(is_made_of_known, first)) or any(
        _unlike(cell, counts, rows) for cell, counts in over
    )


def _unlike(cell: str, counts: Counter[str], rows: int) -> bool:
    """A word above numbers, or above a few values that come again and again."""
    if rows == 0:
        return False
    numbers = sum(n for value, n in counts.items() if _NUMBER.fullmatch(value))
    few = rows >= 8 and len(counts) <= rows / 4
    return numbers == rows or (few and cell not in counts and min(counts.values()) > 1)


def unique(cells: Sequence[str]) -> tuple[str, ...]:
    """Blanks around a name taken off, an empty one numbered, a second `text` -> `text_2`."""
    names: list[str] = []
    for position, cell in enumerate(cells):
        base = cell.strip() or str(position)
        name, again = base, 2
        while name in names:
            name, again = f"{base}_{again}", again + 1
        names.append(name)
    return tuple(names)
