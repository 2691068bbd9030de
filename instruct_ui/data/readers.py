"""The one way into the room for bytes: the Table in a file, packed or not."""

from __future__ import annotations

from instruct_ui.data.archive import is_packed, read_archive
from instruct_ui.data.formats import read_file
from instruct_ui.data.header import Header
from instruct_ui.data.source import Source
from instruct_ui.data.table import Table
from instruct_ui.spec import FileFormat


def read(
    source: Source,
    *,
    format: FileFormat = "auto",
    encoding: str = "auto",
    header: Header = "auto",
    separator: str = "auto",
) -> Table:
    """The table in `source`; `format`, `encoding` and what follows are of the file in a zip.

    `header` is for csv, tsv and xlsx; `separator` for csv and tsv (one character, or "": a line
    is one cell). Raises DataError naming file and line: nothing in it, binary, ragged, not text,
    several tables in one zip (`archive.tables` gives them all).
    """
    reading = read_archive if is_packed(source) else read_file
    return reading(source, format=format, encoding=encoding, header=header, separator=separator)
