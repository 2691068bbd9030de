"""jsonl: one object a line; its keys are the columns."""

from __future__ import annotations

import json
from itertools import islice

import pyarrow as pa

from instruct_ui.data.encodings import Text
from instruct_ui.data.records import Columns, cells, half_pair
from instruct_ui.data.table import Skipped, Table
from instruct_ui.errors import DataError

_AT_ONCE = 20_000
"""Rows that are Python objects at any one time."""


def read_jsonl(text: Text) -> Table:
    """Lists and objects inside a row stay JSON text; a key a row lacks is an empty cell.

    Raises DataError naming the line that is no JSON object.
    """
    name = text.name
    columns = Columns(name)
    lines: list[int] = []
    blanks: list[int] = []
    done = 0
    # Only line feeds end a row: JSON strings may hold the other line separators of Unicode.
    with text.open("\n") as file:
        while batch := list(islice(file, _AT_ONCE)):
            rows = []
            for number, line in enumerate(batch, start=done + 1):
                if line.strip():
                    rows.append(_row(line, name, number))
                    lines.append(number)
                else:
                    blanks.append(number)
            done += len(batch)
            columns.add(rows)
    if not lines:
        raise DataError("data_empty", file=name)
    if not columns.names:
        raise DataError("data_json_no_keys", file=name)
    return Table(
        name=name,
        format="jsonl",
        encoding=text.encoding,
        separator="",
        header=True,
        data=columns.data(),
        lines=pa.chunked_array([pa.array(lines, pa.int64())]),
        skipped=(Skipped("blank", tuple(blanks), name),) if blanks else (),
    )


def _row(line: str, name: str, number: int) -> dict[str, str]:
    try:
        row = json.loads(line)
        if isinstance(row, dict):
            if half_pair(line) is not None:
                raise ValueError("half a surrogate pair")
            return cells(row)
    except (ValueError, RecursionError) as error:
        raise DataError("data_json_line", file=name, line=number, cause=str(error)) from error
    raise DataError("data_json_not_object", file=name, line=number, found=type(row).__name__)
