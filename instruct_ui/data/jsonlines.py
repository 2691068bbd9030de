"""jsonl: one object a line; its keys are the columns."""

from __future__ import annotations

import json
from itertools import islice

import pyarrow as pa

from instruct_ui.data.encodings import Text
from instruct_ui.data.header import unique
from instruct_ui.data.table import Skipped, Table, text_column
from instruct_ui.errors import DataError

_AT_ONCE = 20_000
"""Rows that are Python objects at any one time."""


def read_jsonl(text: Text) -> Table:
    """Lists and objects inside a row stay JSON text; a key a row lacks is an empty cell.

    Raises DataError naming the line that is no JSON object.
    """
    name = text.name
    columns: dict[str, list[pa.Array]] = {}
    lines: list[int] = []
    blanks: list[int] = []
    done = 0
    # Only line feeds end a row: JSON strings may hold the other line separators of Unicode.
    with text.open("\n") as file:
        while batch := list(islice(file, _AT_ONCE)):
            objects = []
            for number, line in enumerate(batch, start=done + 1):
                if line.strip():
                    objects.append(_object(line, name, number))
                    lines.append(number)
                else:
                    blanks.append(number)
            done += len(batch)
            _append(columns, objects, len(lines) - len(objects))
    if not lines:
        raise DataError("data_empty", file=name)
    if not columns:
        raise DataError("data_json_no_keys", file=name)
    return Table(
        name=name,
        format="jsonl",
        encoding=text.encoding,
        separator="",
        header=True,
        data=pa.table(
            [pa.chunked_array(parts) for parts in columns.values()], names=list(unique([*columns]))
        ),
        lines=pa.chunked_array([pa.array(lines, pa.int64())]),
        skipped=(Skipped("blank", tuple(blanks), name),) if blanks else (),
    )


def _append(
    columns: dict[str, list[pa.Array]], objects: list[dict[str, object]], before: int
) -> None:
    """The objects' values below those of the `before` rows that are already there."""
    keys = dict.fromkeys(key for row in objects for key in row)
    for key in keys:
        columns.setdefault(key, [text_column([""] * before)])
    for key, parts in columns.items():
        parts.append(text_column([_text(row.get(key)) for row in objects]))


def _object(line: str, name: str, number: int) -> dict[str, object]:
    try:
        row = json.loads(line)
        if "\\ud" in line.lower():  # half a surrogate pair cannot be written to any file again
            json.dumps(row, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise DataError("data_json_line", file=name, line=number, cause=str(error)) from error
    if not isinstance(row, dict):
        raise DataError("data_json_not_object", file=name, line=number, found=type(row).__name__)
    return row


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
