"""xlsx: the first sheet with anything on it, its cells as text."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time

import openpyxl
import pyarrow as pa

from instruct_ui.data.header import Header, tabled
from instruct_ui.data.source import MAX_UNPACKED, Source
from instruct_ui.data.table import Skipped, Table, numbered, refuse_wide, text_column
from instruct_ui.errors import DataError

WORKBOOKS = (".xlsx", ".xlsm")


def read_xlsx(source: Source, header: Header) -> Table:
    """Raises DataError for what is no workbook, unpacks to too much, or is empty."""
    name = source.name
    content = source.all()
    _refuse_bomb(content, name)
    try:
        rows = _first_sheet(content, name)
    except DataError:
        raise
    except Exception as error:  # openpyxl lets through whatever its parsers raise
        raise DataError("data_xlsx_unreadable", file=name, cause=str(error)) from error
    filled = [i for i, row in enumerate(rows) if any(cell.strip() for cell in row)]
    if not filled:
        raise DataError("data_empty", file=name)
    last = filled[-1] + 1  # below it only formatting
    width = max(_width(rows[i]) for i in filled)
    blanks = tuple(i + 1 for i in sorted(set(range(last)).difference(filled)))
    skipped = [Skipped("blank", blanks, name)] if blanks else []
    whole = [(rows[i] + ("",) * width)[:width] for i in filled]
    data = pa.table(
        [text_column(cells) for cells in zip(*whole, strict=True)], names=list(numbered(width))
    )
    lines = pa.chunked_array([pa.array([i + 1 for i in filled], pa.int64())])
    return tabled(name, "xlsx", data, lines, skipped, header)


def is_xlsx(source: Source) -> bool:
    """Whether the bytes are a zip with a workbook in it, whatever the file is called."""
    if source.head(2) != b"PK":
        return False
    try:
        with source.open() as file, zipfile.ZipFile(file) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def _refuse_bomb(source: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise DataError("data_xlsx_unreadable", file=name, cause=str(error)) from error
    if unpacked > MAX_UNPACKED:
        raise DataError(
            "data_xlsx_too_large",
            file=name,
            megabytes=unpacked // 2**20,
            limit=MAX_UNPACKED // 2**20,
        )


def _first_sheet(source: bytes, name: str) -> list[tuple[str, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(source), read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            # The size a sheet claims may be wrong, or made to fill the memory.
            sheet.reset_dimensions()
            rows = [_row(row, name) for row in sheet.iter_rows(values_only=True)]
            if any(any(row) for row in rows):
                return rows
    finally:
        book.close()
    return []


def _row(cells: Iterable[object], name: str) -> tuple[str, ...]:
    row = tuple(map(_text, cells))
    width = _width(row)
    refuse_wide(width, name)
    return row[:width]


def _width(row: tuple[str, ...]) -> int:
    return next((i for i in range(len(row), 0, -1) if row[i - 1]), 0)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))  # Excel keeps every number as a float
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell)
