"""What a zip holds: one table, or several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from instruct_ui.data.brat import is_brat, read_brat
from instruct_ui.data.excel import WORKBOOKS, is_xlsx
from instruct_ui.data.formats import read_file
from instruct_ui.data.hugging_face import Split, read_split, splits_in
from instruct_ui.data.source import Source
from instruct_ui.data.table import Note, Table
from instruct_ui.data.unpacking import Unpacked, is_zip, unpack
from instruct_ui.errors import DataError

_NAMED = 20


def parts_of(source: Source) -> list[tuple[str, Callable[[], Table]]]:
    """The tables in a zip, each under the name of its file or split, and how to read it; of any
    other file the one in it.

    Raises DataError as `readers.read`, and so does the reading.
    """
    if not is_packed(source):
        return [(source.name, lambda: read_file(source))]
    return _parts(unpack(source), source.name, {})


def read_archive(source: Source, **how: Any) -> Table:
    """The one table in a zip, under the zip's name.

    Raises DataError naming what is in it where that is nothing, or several.
    """
    unpacked = unpack(source)
    parts = _parts(unpacked, source.name, how)
    if len(parts) > 1:
        names = [name for name, _ in parts]
        listed = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
        raise DataError("data_zip_several", file=source.name, count=len(names), members=listed)
    table = parts[0][1]()
    left_out = (Note("zip_left_out", unpacked.left_out),) if unpacked.left_out else ()
    skipped = tuple(
        replace(s, file=source.name) if s.file == table.name else s for s in table.skipped
    )
    return replace(table, name=source.name, skipped=skipped, notes=(*table.notes, *left_out))


def is_packed(source: Source) -> bool:
    """Whether it is a zip, and no workbook nor called so."""
    named = source.name.lower().endswith(WORKBOOKS)
    return is_zip(source) and not named and not is_xlsx(source)


def _parts(
    unpacked: Unpacked, name: str, how: dict[str, Any]
) -> list[tuple[str, Callable[[], Table]]]:
    """Names of the tables in it, and how to read each."""
    files = unpacked.files
    if is_brat(files):
        return [(name, lambda: read_brat(files, name))]
    splits, others = splits_in(files, name)
    parts: list[tuple[str, Callable[[], Table]]] = []
    for split in splits:
        parts.append((split.name, _reader_of_split(split, name)))
    for file in others:
        parts.append((file.name, _reader_of_file(file, name, how)))
    if not parts:
        raise DataError("data_zip_nothing", file=name, count=unpacked.left_out)
    return parts


def _reader_of_split(split: Split, name: str) -> Callable[[], Table]:
    return lambda: read_split(split, name)


def _reader_of_file(file: Source, name: str, how: dict[str, Any]) -> Callable[[], Table]:
    """Its errors name the archive too."""
    return lambda: read_file(Source(file.all(), f"{name}/{file.name}"), **how)
