"""csv, tsv and one text a line: separator and quoting are found by trying what fits every row.

A reading fits when the csv module accepts it strictly and all rows have one width; a file that no
reading fits is refused with the place, never read in part.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from typing import Any

from instruct_ui.data.header import Header, tabled
from instruct_ui.data.table import Skipped, Table, TableFormat
from instruct_ui.errors import DataError

# The csv module's own limit (128 kB) is for the whole process and too low for documents.
csv.field_size_limit(2**31 - 1)

SEPARATORS = (",", ";", "\t", "|")
QUOTINGS: dict[str, dict[str, Any]] = {
    "double": {"doublequote": True},
    "after_blank": {"doublequote": True, "skipinitialspace": True},
    "backslash": {"doublequote": False, "escapechar": "\\"},
    "none": {"quoting": csv.QUOTE_NONE, "quotechar": None},
}
_SAMPLE = 1 << 18


@dataclass(frozen=True, slots=True)
class _Reading:
    quoting: str
    rows: list[tuple[str, ...]]
    """Blank lines are empty tuples."""
    starts: list[int]
    broken_at: int | None
    """Line of the row the csv module could not read."""

    @property
    def widths(self) -> Counter[int]:
        widths = Counter(map(len, self.rows))
        del widths[0]
        return widths

    @property
    def fits(self) -> bool:
        return self.broken_at is None and len(self.widths) == 1


def read_delimited(
    text: str,
    name: str,
    format: TableFormat,
    header: Header,
    encoding: str,
    separator: str = "auto",
) -> Table:
    """Raises DataError for ragged rows and open quotes, naming file, line and what was expected."""
    if separator == "auto":
        separator = "\t" if format == "tsv" else sniff(text, name)
    reading = _by_line(text) if separator == "" else _best(text, name, separator)
    if not reading.widths:
        raise DataError("data_empty", file=name)
    kept = [i for i, row in enumerate(reading.rows) if row]
    skipped: list[Skipped] = []
    rows, starts = reading.rows, reading.starts
    if len(kept) < len(rows):
        skipped = [Skipped(starts[i], "blank", name) for i, row in enumerate(rows) if not row]
        rows, starts = [rows[i] for i in kept], [starts[i] for i in kept]
    return tabled(
        name,
        "tsv" if separator == "\t" else "csv",
        rows,
        starts,
        skipped,
        header,
        encoding=encoding,
        separator=separator,
        quoting=reading.quoting,
    )


def sniff(text: str, name: str = "") -> str:
    """The separator that gives most rows one width of two or more; "" where a line is one cell."""
    sample = text[:_SAMPLE]
    if len(sample) < len(text):
        sample = sample[: sample.rfind("\n") + 1] or sample
    best, best_score = "", (0.0, False, 0)
    for separator in SEPARATORS:
        rows = _sample_rows(sample, separator, whole=len(sample) == len(text))
        if not rows:
            continue
        width, agreeing = Counter(map(len, rows)).most_common(1)[0]
        if width >= 2 and agreeing * 2 > len(rows):
            score = (round(agreeing / len(rows), 3), len(rows[0]) == width, width)
            if score > best_score:
                best, best_score = separator, score
    if best:
        return best
    if name.lower().endswith((".csv", ".tsv")):  # a header of several names over ragged rows
        first = text.lstrip("\r\n").partition("\n")[0]
        named = max(SEPARATORS, key=first.count)
        if first.count(named):
            return named
    return "," if '"' in text and _reading(text, ",", "double").fits else ""


def _sample_rows(sample: str, separator: str, whole: bool) -> list[list[str]]:
    try:
        rows = list(csv.reader(io.StringIO(sample, newline=""), delimiter=separator))
    except csv.Error:
        return []
    rows = rows if whole else rows[:-1]  # the last one may be cut
    return [row for row in rows if row]


def _best(text: str, name: str, separator: str) -> _Reading:
    double = _reading(text, separator, "double")
    if double.fits:
        if separator == "\t" and '"' in text and max(double.widths) > 1:
            # Tab files often leave quotes as they stand; two of them may swallow a line's end.
            plain = _reading(text, separator, "none")
            if plain.fits and len(plain.rows) != len(double.rows):
                return plain
        return double
    # Backslashes are taken for escapes only where one stands before a quote.
    escaped = ("backslash",) if '\\"' in text else ()
    others = ("none", *escaped) if separator == "\t" else ("after_blank", *escaped, "none")
    for quoting in others:
        reading = _reading(text, separator, quoting)
        if reading.fits and (quoting != "none" or _stray_quotes(reading, separator)):
            return reading
    if double.broken_at is not None:
        raise DataError("data_quote_open", file=name, line=double.broken_at)
    _refuse_ragged(double, name, separator)
    return double


def _stray_quotes(reading: _Reading, separator: str) -> bool:
    """Whether the quotes are part of the texts: there are columns, and none is set in quotes.

    In tab files whole fields in quotes are taken as they stand.
    """
    if max(reading.widths) == 1:
        return False
    return separator == "\t" or not any(
        len(cell) > 1 and cell[0] == cell[-1] == '"' for row in reading.rows for cell in row
    )


def _refuse_ragged(reading: _Reading, name: str, separator: str) -> None:
    widths = reading.widths
    if len(widths) < 2:
        return
    expected = widths.most_common(1)[0][0]
    first = len(next(row for row in reading.rows if row))
    if widths[first] * 2 >= widths[expected]:
        expected = first  # a header counts for more than one row
    at = next(i for i, row in enumerate(reading.rows) if row and len(row) != expected)
    raise DataError(
        "data_ragged",
        file=name,
        line=reading.starts[at],
        found=len(reading.rows[at]),
        expected=expected,
        separator={"\t": "TAB"}.get(separator, separator),
    )


def _reading(text: str, separator: str, quoting: str) -> _Reading:
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, strict=True, **QUOTINGS[quoting]
    )
    rows: list[tuple[str, ...]] = []
    ends: list[int] = [0]
    broken_at = None
    try:
        for row in reader:
            rows.append(tuple(row))
            ends.append(reader.line_num)
    except csv.Error:
        broken_at = ends[-1] + 1
    return _Reading(quoting, rows, [end + 1 for end in ends[: len(rows)]], broken_at)


def _by_line(text: str) -> _Reading:
    lines = [line.rstrip("\r\n") for line in io.StringIO(text, newline="")]
    rows: list[tuple[str, ...]] = [(line,) if line.strip() else () for line in lines]
    return _Reading("none", rows, list(range(1, len(rows) + 1)), None)
