"""A file once it has been read, before anyone has said what its columns mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

TableFormat = Literal["csv", "tsv", "xlsx", "jsonl", "conll"]
SkipReason = Literal["blank", "docstart", "comment", "no_text", "no_label"]


class Skipped(NamedTuple):
    """A row of a file that is not used, and why; `datachecks.skipped_<reason>` says it in words."""

    line: int
    """1-based line in the file (xlsx: row of the sheet)."""
    reason: SkipReason
    file: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; for CoNLL sentences of tokens, each token a tuple of its columns.

    `len(table)` plus the skipped rows is the number of rows in the file, header not counted.
    """

    name: str
    format: TableFormat
    encoding: str
    """As Python's codecs call it; empty for xlsx."""
    separator: str
    """Between cells; CoNLL: tab or blank; "" where a line is one cell, and for xlsx and jsonl."""
    header: bool
    """Whether the file itself names its columns."""
    columns: tuple[str, ...]
    """Header names, or "0", "1", ... ."""
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    """1-based line in the file at which each row (sentence) begins."""
    skipped: tuple[Skipped, ...] = ()
    sentences: tuple[tuple[tuple[str, ...], ...], ...] = ()
    quoting: str = ""
    """csv and tsv: which of `delimited.QUOTINGS` fitted."""

    def __len__(self) -> int:
        return len(self.sentences) if self.format == "conll" else len(self.rows)

    def position(self, column: str) -> int:
        """Raises ValueError for a column that is not there (`roles.resolve` raises DataError)."""
        return self.columns.index(column)

    def cells(self, row: int, column: str) -> tuple[str, ...]:
        """The column's value in a row: one a token for CoNLL, otherwise one alone."""
        position = self.position(column)
        if self.format == "conll":
            return tuple(token[position] for token in self.sentences[row])
        return (self.rows[row][position],)

    def values(self, column: str) -> list[str]:
        """The column from top to bottom; for CoNLL over all tokens."""
        position = self.position(column)
        if self.format == "conll":
            return [token[position] for sentence in self.sentences for token in sentence]
        return [row[position] for row in self.rows]


def numbered(width: int) -> tuple[str, ...]:
    """Names for columns that have none."""
    return tuple(map(str, range(width)))
