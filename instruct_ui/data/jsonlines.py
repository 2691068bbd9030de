"""jsonl: one object a line; its keys are the columns."""

from __future__ import annotations

import json

from instruct_ui.data.header import tabled
from instruct_ui.data.table import Skipped, Table
from instruct_ui.errors import DataError


def read_jsonl(text: str, name: str, encoding: str) -> Table:
    """Lists and objects inside a row stay JSON text; a key a row lacks is an empty cell.

    Raises DataError naming the line that is no JSON object.
    """
    objects: list[dict[str, object]] = []
    lines: list[int] = []
    skipped: list[Skipped] = []
    columns: dict[str, None] = {}
    # Only line feeds end a row: JSON strings may hold the other line separators of Unicode.
    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1):
        if not line.strip():
            skipped.append(Skipped(number, "blank", name))
            continue
        row = _object(line, name, number)
        objects.append(row)
        lines.append(number)
        columns.update(dict.fromkeys(row))
    if not objects:
        raise DataError("data_empty", file=name)
    if not columns:
        raise DataError("data_json_no_keys", file=name)
    rows = [tuple(_text(row.get(key)) for key in columns) for row in objects]
    return tabled(
        name, "jsonl", [tuple(columns), *rows], [0, *lines], skipped, True, encoding=encoding
    )


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
