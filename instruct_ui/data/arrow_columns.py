"""Arrow columns of any type into a Table's: texts, and lists of texts where a row is a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from instruct_ui.data.class_labels import Labels
from instruct_ui.data.header import unique
from instruct_ui.data.records import cell
from instruct_ui.data.source import refuse_unpacked
from instruct_ui.data.table import LIST, TEXT, refuse_wide

AT_ONCE = 8192
"""Rows that are unpacked at any one time."""


def text_table(
    schema: pa.Schema, batches: Iterable[pa.RecordBatch], file: str, labels: Labels
) -> pa.Table:
    """Numbers, booleans, dates and nested values as jsonl would have them, nulls empty; names made
    unique.

    Raises DataError for too many columns and too much in them, and whatever pyarrow raises for
    what is broken.
    """
    names = list(schema.names)
    refuse_wide(len(names), file)
    parts: list[list[pa.Array]] = [[] for _ in names]
    size = 0
    for batch in _slices(batches):
        batch.validate(full=True)
        for name, column, into in zip(names, batch.columns, parts, strict=True):
            refuse_unpacked(size + _weight(column), file)
            into.append(_column(column, labels.get(name)))
            size += into[-1].nbytes
            refuse_unpacked(size, file)
    columns = [
        pa.chunked_array(done, LIST if done and pa.types.is_list(done[0].type) else TEXT)
        for done in parts
    ]
    return pa.table(_sentences(columns), names=list(unique(names)))


def _slices(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for start in range(0, batch.num_rows, AT_ONCE):
            yield batch.slice(start, AT_ONCE)


def _weight(column: pa.Array) -> int:
    """Bytes that come on top once each row has its own copy of a dictionary's entry."""
    kind = column.type
    if pa.types.is_struct(kind):
        return sum(map(_weight, column.flatten()))
    if _is_list(kind):
        return _weight(column.flatten())
    if pa.types.is_map(kind) and len(column):
        start, end = column.offsets[0].as_py(), column.offsets[-1].as_py()
        return sum(_weight(part.slice(start, end - start)) for part in (column.keys, column.items))
    if not pa.types.is_dictionary(kind):
        return 0
    if not (_is_text(kind.value_type) or _is_bytes(kind.value_type)):
        return 0
    lengths = pc.binary_length(column.dictionary.cast(pa.large_binary()))
    return int(pc.sum(lengths.take(column.indices)).as_py() or 0)


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _is_text(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _column(column: pa.Array, labels: Sequence[str] | None) -> pa.Array:
    types = pa.types
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if _is_list(kind):
        inner = kind.value_type
        inner = inner.value_type if types.is_dictionary(inner) else inner
        if _is_text(inner) or (labels and _is_whole(inner)):
            return _lists(column, labels)
    if types.is_null(kind):
        return pa.array([""] * len(column), TEXT)
    if labels and _is_whole(kind):
        texts = [_label(value, labels) for value in column.to_pylist()]
        return pa.array(texts, TEXT)
    if _is_text(kind) or _is_whole(kind) or types.is_boolean(kind):
        return pc.fill_null(column.cast(TEXT), "")
    if types.is_date(kind) or types.is_timestamp(kind):
        days = pc.replace_substring(column.cast(TEXT), " ", "T", max_replacements=1)
        exact = pc.replace_substring_regex(days, r"\.0+(Z?)$", r"\1")
        return pc.fill_null(exact, "")
    return pa.array([cell(_plain(value)) for value in column.to_pylist()], TEXT)


def _is_whole(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind))


def _is_list(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def _label(value: int | None, labels: Sequence[str]) -> str:
    if value is None or value == -1:  # -1: there is none
        return ""
    return labels[value] if 0 <= value < len(labels) else str(value)


def _plain(value: Any) -> Any:
    """What JSON has no word for, as text."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:  # a picture, a sound
            return f"<{len(value)} bytes>"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _lists(column: pa.Array, labels: Sequence[str] | None) -> pa.Array:
    """Lists of texts; a row that is null stays so for now."""
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    ends = pa.array(np.concatenate(([0], np.cumsum(lengths))), pa.int32())
    values = _column(pc.list_flatten(column), labels)
    return pa.ListArray.from_arrays(ends, values, mask=column.is_null())


def _sentences(columns: list[pa.ChunkedArray]) -> list[pa.ChunkedArray]:
    """Lists stay lists where two run side by side, as tokens and tags do; others become JSON."""
    lengths = {
        i: np.asarray(pc.fill_null(pc.list_value_length(column), 0).to_numpy())
        for i, column in enumerate(columns)
        if pa.types.is_list(column.type)
    }
    kept = {
        i
        for i, own in lengths.items()
        if own.any() and any(i != j and (own == other).all() for j, other in lengths.items())
    }
    return [
        column if i not in lengths else _filled(column) if i in kept else _as_json(column)
        for i, column in enumerate(columns)
    ]


def _filled(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not column.null_count:
        return column
    return pa.chunked_array([pa.array([row or [] for row in column.to_pylist()], LIST)])


def _as_json(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(map(cell, column.to_pylist()), TEXT)])
