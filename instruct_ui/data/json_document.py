"""One JSON value over the whole file: records in a list, by key, or as columns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from instruct_ui.data.encodings import Text
from instruct_ui.data.header import unique
from instruct_ui.data.records import Columns, cell, cells, half_pair
from instruct_ui.data.squad import looks_like_squad, read_squad
from instruct_ui.data.table import Table, counting, text_column
from instruct_ui.errors import DataError

MAX_SIZE = 300 * 2**20
"""Bytes; as Python objects they take up many times as much, all at once."""
_AT_ONCE = 20_000
Records = Iterator[tuple[str, Any]]
"""Where each one stands (`data[3]`), and what stands there."""


def read_json(text: Text, format: str = "auto") -> Table:
    """A list of objects, also inside an object; objects by key (the key is column `id`); columns
    as lists, or by row number as pandas writes them. SQuAD is found by its shape.

    Raises DataError for what is no JSON, too large, or of another shape, naming the place.
    """
    value = _parsed(text)
    if format == "squad" or (format == "auto" and looks_like_squad(value)):
        return read_squad(value, text)
    ids: list[str] | None = None
    if isinstance(value, list):
        records = _listed(value)
    elif isinstance(value, dict) and value:
        if _is_by_key(value):
            ids = list(value)
            records = ((f"[{json.dumps(key, ensure_ascii=False)}]", value[key]) for key in ids)
        else:
            records = _in_object(value, text.name)
    else:
        raise _shape(value, text.name)
    return _table(records, text, ids)


def _parsed(text: Text) -> Any:
    size = text.source.size
    if size > MAX_SIZE:
        raise DataError(
            "data_json_too_large",
            file=text.name,
            megabytes=size // 2**20,
            limit=MAX_SIZE // 2**20,
        )
    written = text.all()
    try:
        value = json.loads(written, object_pairs_hook=_object)
        half = half_pair(written)
        if half is not None:
            raise json.JSONDecodeError("half a surrogate pair", written, half)
        return value
    except json.JSONDecodeError as error:
        raise DataError(
            "data_json_syntax",
            file=text.name,
            line=error.lineno,
            column=error.colno,
            cause=error.msg,
        ) from error
    except RecursionError as error:
        raise DataError("data_json_value", file=text.name, cause="nested too deeply") from error
    except ValueError as error:  # a key twice, a number of thousands of digits
        raise DataError("data_json_value", file=text.name, cause=str(error)) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """json would keep the last of two equal keys, and lose a record without a word."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"key {twice!r} twice in one object")
    return found


def _is_by_key(value: Mapping[str, Any]) -> bool:
    return all(isinstance(inner, dict) for inner in value.values()) and not _is_pandas(value)


def _is_pandas(value: Mapping[str, Any]) -> bool:
    """{"text": {"0": .., "1": ..}, "label": {"0": .., "1": ..}}."""
    inner = list(value.values())
    if not all(isinstance(column, dict) and column.keys() == inner[0].keys() for column in inner):
        return False
    return all(map(_is_index, inner[0])) and not all(map(_is_index, value))


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit()


def _in_object(value: dict[str, Any], name: str) -> Records:
    if _is_pandas(value):
        columns = {key: list(column.values()) for key, column in value.items()}
        return _down(columns, name)
    lists = [key for key, inner in value.items() if isinstance(inner, list)]
    of_objects = [key for key in lists if value[key] and _all_objects(value[key])]
    if len(of_objects) == len(lists) > 1:
        raise DataError("data_json_several", file=name, keys=", ".join(of_objects))
    if len(lists) == len(value) and not len(of_objects) == 1 == len(lists):
        return _down(value, name)
    if len(of_objects) == 1:
        return _listed(value[of_objects[0]], of_objects[0])
    raise _shape(value, name)


def _all_objects(values: Sequence[Any]) -> bool:
    return all(isinstance(value, dict) for value in values)


def _listed(values: Sequence[Any], inside: str = "") -> Records:
    return ((f"{inside}[{place}]", value) for place, value in enumerate(values))


def _down(columns: Mapping[str, Sequence[Any]], name: str) -> Records:
    """Rows out of columns, which must be of one length."""
    first = next(iter(columns))
    for key, column in columns.items():
        if len(column) != len(columns[first]):
            raise DataError(
                "data_json_unequal",
                file=name,
                column=key,
                found=len(column),
                first=first,
                expected=len(columns[first]),
            )
    rows = zip(*columns.values(), strict=True)
    return _listed([dict(zip(columns, row, strict=True)) for row in rows])


def _table(records: Records, text: Text, ids: list[str] | None) -> Table:
    columns = Columns(text.name)
    while batch := list(islice(records, _AT_ONCE)):
        columns.add([_row(place, value, text.name) for place, value in batch])
    if not len(columns):
        raise DataError("data_empty", file=text.name)
    if not columns.names:
        raise DataError("data_json_no_keys", file=text.name)
    data = columns.data()
    if ids is not None:
        data = data.add_column(0, "id", [text_column(ids)])
        data = data.rename_columns(list(unique(data.column_names)))
    return Table(
        name=text.name,
        format="json",
        encoding=text.encoding,
        separator="",
        header=True,
        data=data,
        lines=counting(len(columns)),
    )


def _row(place: str, value: object, name: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise DataError("data_json_record", file=name, place=place, found=type(value).__name__)
    try:
        return cells(value)
    except ValueError as error:
        raise DataError("data_json_value", file=name, cause=f"{place}: {error}") from error


def _shape(value: object, name: str) -> DataError:
    found = type(value).__name__
    if isinstance(value, dict):
        found += f" ({', '.join(list(value)[:8])})"
    elif not isinstance(value, list):
        found += f" ({cell(value)[:40]})"
    return DataError("data_json_shape", file=name, found=found)
