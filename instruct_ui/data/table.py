"""A file once it has been read, before anyone has said what its columns mean.

The cells stand in Arrow columns, so a million rows cost little more than their bytes, and whatever
is asked of a column is answered without a loop over rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from instruct_ui.errors import DataError

TableFormat = Literal[
    "csv", "tsv", "xlsx", "jsonl", "json", "squad", "conll", "blocks", "brat", "parquet", "hf"
]
SkipReason = Literal[
    "blank",
    "docstart",
    "comment",
    "no_text",
    "no_label",
    "bad_cell",
    "duplicate",
    "leak",
    "dropped",
]
Cell = str | tuple[str, ...]
TEXT = pa.string()
LIST = pa.list_(pa.string())
MAX_COLUMNS = 1000
_PIECE = 50_000


@dataclass(frozen=True, slots=True)
class Skipped:
    """Rows of a file that are not used, and why; `datachecks.skipped_<reason>` says it in words."""

    reason: SkipReason
    lines: tuple[int, ...]
    """1-based lines in the file (xlsx: rows of the sheet), rising."""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something done to the file on the way that its owner should hear of;
    `datachecks.note_<key>` says it in words, with {count}."""

    key: str
    count: int
    lines: tuple[int, ...] = ()
    where: tuple[str, ...] = ()
    """The first few places, where a line alone does not name them."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """`len(table)` plus the skipped rows is the number of rows in the file, header not counted."""

    name: str
    format: TableFormat
    encoding: str
    """As Python's codecs call it; empty where the file is no text."""
    separator: str
    """Between cells; CoNLL: tab or blank; "" where a line is one cell, and for all but csv, tsv and
    CoNLL."""
    header: bool
    """Whether the file itself names its columns."""
    data: pa.Table
    """Columns of strings, named by the header or "0", "1", ...; columns of lists of strings where
    a row is a sentence of tokens."""
    lines: pa.ChunkedArray
    """1-based line in the file at which each row (sentence) begins, int64; where records do not
    stand in lines (json, squad, parquet, hf) the number of the record."""
    skipped: tuple[Skipped, ...] = ()
    quoting: str = ""
    """csv and tsv: which of `delimited.QUOTINGS` fitted."""
    notes: tuple[Note, ...] = ()

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


def refuse_wide(count: int, file: str) -> None:
    """Raises DataError where there are more columns than anyone could look at."""
    if count > MAX_COLUMNS:
        raise DataError("data_too_many_columns", file=file, count=count, limit=MAX_COLUMNS)


def counting(rows: int) -> pa.ChunkedArray:
    """1, 2, ...: `Table.lines` where records are numbered."""
    return pa.chunked_array([pa.array(range(1, rows + 1), pa.int64())])


def in_pieces(
    column: pa.ChunkedArray, make: Callable[[pa.ChunkedArray], pa.ChunkedArray]
) -> pa.ChunkedArray:
    """`make` of the column, some rows at a time, so that what it needs on the way stays small."""
    made = [make(column.slice(start, _PIECE)) for start in range(0, len(column), _PIECE)]
    chunks = [chunk for piece in made for chunk in piece.chunks]
    return pa.chunked_array(chunks) if chunks else make(column)


def take(table: pa.Table, at: npt.NDArray[np.int64]) -> pa.Table:
    """The rows at these places, in this order.

    Arrow's own `take` first makes one piece of all pieces, which reads a mapped file from end to
    end; here only the pieces that are asked for are touched.
    """
    if len(at) and bool((np.diff(at) == 1).all()):
        return table.slice(int(at[0]), len(at))
    batches = table.to_batches()
    ends = np.cumsum([len(batch) for batch in batches], dtype=np.int64)
    piece = np.searchsorted(ends, at, side="right")
    order = np.argsort(piece, kind="stable")
    found = []
    for number in np.unique(piece):
        start = ends[number] - len(batches[number])
        found.append(batches[number].take(pa.array(at[piece == number] - start)))
    taken = pa.Table.from_batches(found, table.schema)
    if bool((np.diff(order) == 1).all()):
        return taken
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return taken.take(pa.array(back))


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
