"""A file once it has been read, before anyone has said what its columns mean.

The cells stand in Arrow columns, so a million rows cost little more than their bytes, and whatever
is asked of a column is answered without a loop over rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

TableFormat = Literal["csv", "tsv", "xlsx", "jsonl", "conll"]
SkipReason = Literal["blank", "docstart", "comment", "no_text", "no_label"]
Cell = str | tuple[str, ...]
TEXT = pa.string()
LIST = pa.list_(pa.string())


@dataclass(frozen=True, slots=True)
class Skipped:
    """Rows of a file that are not used, and why; `datachecks.skipped_<reason>` says it in words."""

    reason: SkipReason
    lines: tuple[int, ...]
    """1-based lines in the file (xlsx: rows of the sheet), rising."""
    file: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """`len(table)` plus the skipped rows is the number of rows in the file, header not counted."""

    name: str
    format: TableFormat
    encoding: str
    """As Python's codecs call it; empty for xlsx."""
    separator: str
    """Between cells; CoNLL: tab or blank; "" where a line is one cell, and for xlsx and jsonl."""
    header: bool
    """Whether the file itself names its columns."""
    data: pa.Table
    """Columns of strings, named by the header or "0", "1", ...; columns of lists of strings where
    a row is a sentence of tokens."""
    lines: pa.ChunkedArray
    """1-based line in the file at which each row (sentence) begins, int64."""
    skipped: tuple[Skipped, ...] = ()
    quoting: str = ""
    """csv and tsv: which of `delimited.QUOTINGS` fitted."""

    def __len__(self) -> int:
        return int(self.data.num_rows)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.data.column_names)

    def line(self, row: int) -> int:
        return int(self.lines[row].as_py())

    def is_list(self, column: str) -> bool:
        """Whether its cells are lists of tokens."""
        return bool(pa.types.is_list(self.data.schema.field(column).type))

    def flat(self, column: str) -> pa.ChunkedArray:
        """The column's texts from top to bottom; of lists the tokens of all of them."""
        cells = self.data.column(column)
        return pc.list_flatten(cells) if self.is_list(column) else cells

    def spread(self, column: str, most: int) -> list[str]:
        """Some of its values from all over the file, because files come sorted by label."""
        return spread(self.flat(column), most)

    def page(self, start: int = 0, count: int | None = None) -> tuple[tuple[Cell, ...], ...]:
        """Rows from `start` on, as tuples of cells."""
        part = self.data.slice(start, count)
        columns = [column.to_pylist() for column in part.columns]
        return tuple(tuple(map(_cell, row)) for row in zip(*columns, strict=True))


def spread(values: pa.ChunkedArray, most: int) -> list[Any]:
    """About `most` of the values, at even steps."""
    step = max(1, len(values) // most)
    taken = values if step == 1 else values.take(pa.array(range(0, len(values), step)))
    return list(taken.to_pylist())


def numbered(width: int) -> tuple[str, ...]:
    """Names for columns that have none."""
    return tuple(map(str, range(width)))


def text_column(cells: Sequence[str]) -> pa.Array:
    """Strings as Arrow has them. A half of a surrogate pair, which no file can hold, is refused by
    Arrow with a UnicodeEncodeError."""
    return pa.array(cells, TEXT)


def is_blank(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Where there is nothing but white space (or nothing at all), as booleans."""
    return pc.fill_null(pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(column)), 0), True)


def _cell(value: str | list[str]) -> Cell:
    return value if isinstance(value, str) else tuple(value)
