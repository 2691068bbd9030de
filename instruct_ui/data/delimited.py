"""csv, tsv and one text a line: separator and quoting are found by trying what fits every row.

A reading fits when the csv module accepts it strictly and all rows have one width; a file that no
reading fits is refused with the place, never read in part.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from instruct_ui.data.encodings import Text
from instruct_ui.data.header import Header, tabled
from instruct_ui.data.table import Skipped, Table, TableFormat, numbered, refuse_wide, text_column
from instruct_ui.errors import DataError
from instruct_ui.spec import Quoting

# The csv module's own limit (128 kB) is for the whole process and too low for documents.
csv.field_size_limit(2**31 - 1)

SEPARATORS = (",", ";", "\t", "|")
QUOTINGS: dict[str, dict[str, Any]] = {
    "double": {"doublequote": True},
    "after_blank": {"doublequote": True, "skipinitialspace": True},
    "backslash": {"doublequote": False, "escapechar": "\\"},
    "none": {"quoting": csv.QUOTE_NONE, "quotechar": None},
}
_AT_ONCE = 20_000
"""Rows that are Python objects at any one time."""
_Rows = tuple[list[list[str]], np.ndarray]
"""Some rows, and the line at which each begins."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """The whole file in one quoting that fits it."""

    quoting: str
    data: pa.Table
    """Columns "0", "1", ...; without the blank lines."""
    starts: pa.ChunkedArray
    """Line at which each row begins."""
    blanks: tuple[int, ...]
    """Lines with nothing on them."""


@dataclass(frozen=True, slots=True)
class _Misfit:
    """Why a quoting does not fit."""

    broken_at: int | None = None
    """Line of the row the csv module could not read; None: its rows have several widths."""


def read_delimited(
    text: Text,
    format: TableFormat,
    header: Header,
    separator: str = "auto",
    quoting: Quoting = "auto",
) -> Table:
    """Raises DataError for ragged rows and open quotes, naming file, line and what was expected."""
    if separator == "auto":
        separator = "\t" if format == "tsv" else sniff(text)
    if separator == "":
        reading = _by_line(text)
    else:
        reading = _best(text, separator) if quoting == "auto" else _told(text, separator, quoting)
    skipped = (Skipped("blank", reading.blanks, text.name),) if reading.blanks else ()
    return tabled(
        text.name,
        "tsv" if separator == "\t" else "csv",
        reading.data,
        reading.starts,
        skipped,
        header,
        encoding=text.encoding,
        separator=separator,
        quoting=reading.quoting,
    )


def sniff(text: Text) -> str:
    """The separator that gives most rows one width of two or more; "" where a line is one cell."""
    sample = text.head
    if not text.is_whole:
        sample = sample[: sample.rfind("\n") + 1] or sample
    best, best_score = "", (0.0, False, 0)
    for separator in SEPARATORS:
        rows = _sample_rows(sample, separator, text.is_whole)
        if not rows:
            continue
        width, agreeing = Counter(map(len, rows)).most_common(1)[0]
        if width >= 2 and agreeing * 2 > len(rows):
            score = (round(agreeing / len(rows), 3), len(rows[0]) == width, width)
            if score > best_score:
                best, best_score = separator, score
    if best:
        return best
    if text.name.lower().endswith((".csv", ".tsv")):  # a header of several names over ragged rows
        first = sample.lstrip("\r\n").partition("\n")[0]
        named = max(SEPARATORS, key=first.count)
        if first.count(named):
            return named
    quoted = '"' in text.head and isinstance(_reading(text, ",", "double"), _Reading)
    return "," if quoted else ""


def _sample_rows(sample: str, separator: str, whole: bool) -> list[list[str]]:
    try:
        rows = list(csv.reader(io.StringIO(sample, newline=""), delimiter=separator))
    except csv.Error:
        return []
    rows = rows if whole else rows[:-1]  # the last one may be cut
    return [row for row in rows if row]


def _best(text: Text, separator: str) -> _Reading:
    double = _reading(text, separator, "double")
    if isinstance(double, _Reading):
        if separator == "\t" and double.data.num_columns > 1 and _holds(text, '"'):
            # Tab files often leave quotes as they stand; two of them may swallow a line's end.
            plain = _reading(text, separator, "none")
            if isinstance(plain, _Reading) and plain.data.num_rows != double.data.num_rows:
                return plain
        return double
    # Backslashes are taken for escapes only where one stands before a quote.
    escaped = ("backslash",) if _holds(text, '\\"') else ()
    others = ("none", *escaped) if separator == "\t" else ("after_blank", *escaped, "none")
    for quoting in others:
        reading = _reading(text, separator, quoting)
        if isinstance(reading, _Reading) and (
            quoting != "none" or _stray_quotes(reading, separator)
        ):
            return reading
    if double.broken_at is not None:
        raise DataError("data_quote_open", file=text.name, line=double.broken_at)
    raise _ragged(text, separator)


def _told(text: Text, separator: str, quoting: Quoting) -> _Reading:
    reading = _reading(text, separator, quoting)
    if isinstance(reading, _Reading):
        return reading
    if reading.broken_at is not None:
        raise DataError("data_quote_open", file=text.name, line=reading.broken_at)
    raise _ragged(text, separator, quoting)


def _holds(text: Text, what: str) -> bool:
    before = ""
    with text.open() as file:
        while chunk := file.read(1 << 20):
            if what in before + chunk:
                return True
            before = chunk[-1:]
    return False


def _stray_quotes(reading: _Reading, separator: str) -> bool:
    """Whether the quotes are part of the texts: there are columns, and none is set in quotes.

    In tab files whole fields in quotes are taken as they stand.
    """
    if reading.data.num_columns == 1:
        return False
    return separator == "\t" or not any(
        pc.any(pc.match_substring_regex(column, '(?s)^".*"$')).as_py()
        for column in reading.data.columns
    )


def _ragged(text: Text, separator: str, quoting: str = "double") -> DataError:
    """What is wrong with rows of several widths."""
    widths: Counter[int] = Counter()
    first = 0
    for rows, _ in _until_broken(text, separator, quoting):
        widths.update(map(len, rows))
        first = first or next((len(row) for row in rows if row), 0)
    del widths[0]
    expected = widths.most_common(1)[0][0]
    if widths[first] * 2 >= widths[expected]:
        expected = first  # a header counts for more than one row
    for rows, starts in _until_broken(text, separator, quoting):
        for row, start in zip(rows, starts, strict=True):
            if row and len(row) != expected:
                return DataError(
                    "data_ragged",
                    file=text.name,
                    line=int(start),
                    found=len(row),
                    expected=expected,
                    separator={"\t": "TAB"}.get(separator, separator),
                )
    raise AssertionError("rows of one width are not ragged")


def _until_broken(text: Text, separator: str, quoting: str) -> Iterator[_Rows]:
    """Rows up to an open quote: the ragged one stands before it."""
    try:
        yield from _batches(text, separator, quoting)
    except _BrokenAtError:
        return


def _reading(text: Text, separator: str, quoting: str) -> _Reading | _Misfit:
    tables: list[pa.RecordBatch] = []
    lines: list[pa.Array] = []
    blanks: list[int] = []
    width = 0
    try:
        for rows, starts in _batches(text, separator, quoting):
            if [] in rows:
                filled = np.fromiter(map(bool, rows), bool, len(rows))
                blanks += starts[~filled].tolist()
                rows, starts = list(filter(None, rows)), starts[filled]
            if not rows:
                continue
            width = width or len(rows[0])
            if set(map(len, rows)) != {width}:
                return _Misfit()
            refuse_wide(width, text.name)
            columns = [text_column(cells) for cells in zip(*rows, strict=True)]
            tables.append(pa.record_batch(columns, names=list(numbered(width))))
            lines.append(pa.array(starts))
    except _BrokenAtError as error:
        return _Misfit(error.line)
    if not tables:
        raise DataError("data_empty", file=text.name)
    return _Reading(quoting, pa.Table.from_batches(tables), pa.chunked_array(lines), tuple(blanks))


class _BrokenAtError(Exception):
    def __init__(self, line: int) -> None:
        self.line = line


def _batches(text: Text, separator: str, quoting: str) -> Iterator[_Rows]:
    """Rows as the csv module reads them, and the line at which each begins."""
    with text.open() as file:
        reader = csv.reader(file, delimiter=separator, strict=True, **QUOTINGS[quoting])
        done = 0
        while True:
            rows: list[list[str]] = []
            try:
                rows.extend(islice(reader, _AT_ONCE))
            except csv.Error as error:
                raise _BrokenAtError(_line_of_broken(text, separator, quoting)) from error
            if not rows:
                return
            heights = _heights(rows) if reader.line_num - done > len(rows) else None
            if heights is None:
                starts = np.arange(done + 1, done + len(rows) + 1)
            else:
                starts = done + 1 + np.concatenate(([0], np.cumsum(heights)[:-1]))
            yield rows, starts
            done = reader.line_num


def _heights(rows: list[list[str]]) -> np.ndarray:
    """Lines each row takes up: one, and one more for every line end inside a cell."""
    cells = pa.array(rows, pa.list_(pa.string()))
    ends = pc.count_substring_regex(pc.list_flatten(cells), "\r\n|\r|\n")
    owners = pc.list_parent_indices(cells).to_numpy()
    return 1 + np.bincount(owners, weights=ends.to_numpy(), minlength=len(rows)).astype(np.int64)


def _line_of_broken(text: Text, separator: str, quoting: str) -> int:
    """Where the row begins that the csv module cannot read."""
    end = 0
    with text.open() as file:
        reader = csv.reader(file, delimiter=separator, strict=True, **QUOTINGS[quoting])
        try:
            for _ in reader:
                end = reader.line_num
        except csv.Error:
            return end + 1
    return end


def _by_line(text: Text) -> _Reading:
    tables: list[pa.RecordBatch] = []
    lines: list[np.ndarray] = []
    blanks: list[int] = []
    done = 0
    with text.open() as file:
        while rows := [line.rstrip("\r\n") for line in islice(file, _AT_ONCE)]:
            filled = [i for i, row in enumerate(rows) if row.strip()]
            blanks += [done + i + 1 for i, row in enumerate(rows) if not row.strip()]
            tables.append(pa.record_batch([text_column([rows[i] for i in filled])], names=["0"]))
            lines.append(np.array(filled, np.int64) + done + 1)
            done += len(rows)
    data = pa.Table.from_batches(tables)
    return _Reading("none", data, pa.chunked_array(lines), tuple(blanks))
