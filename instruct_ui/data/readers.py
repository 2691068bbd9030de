"""The one way into the room for bytes: the Table in a file, packed or not."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from instruct_ui.data.archive import is_packed, read_archive
from instruct_ui.data.formats import read_file
from instruct_ui.data.header import Header
from instruct_ui.data.source import Source
from instruct_ui.data.table import Table
from instruct_ui.spec import FileFormat, Quoting


def read(
    source: Source,
    *,
    format: FileFormat = "auto",
    encoding: str = "auto",
    header: Header = "auto",
    separator: str = "auto",
    quoting: Quoting = "auto",
) -> Table:
    """The table in `source`; `format`, `encoding` and what follows are of the file in a zip.

    `header` is for csv, tsv and xlsx; `separator` for csv and tsv (one character, or "": a line
    is one cell). Raises DataError naming file and line: nothing in it, binary, ragged, not text,
    several tables in one zip (`archive.parts_of` gives them all).
    """
    reading = read_archive if is_packed(source) else read_file
    how: dict[str, Any] = {
        "format": format,
        "encoding": encoding,
        "header": header,
        "separator": separator,
        "quoting": quoting,
    }
    with _without_collection():
        return reading(source, **how)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Rows are millions of lists that hold no cycles; looking for some among them takes Python up
    to twice as long as reading them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
