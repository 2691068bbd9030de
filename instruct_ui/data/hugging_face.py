"""Folders as Hugging Face `datasets` writes them: Arrow streams with state.json, parquet shards."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from instruct_ui.data.arrow_columns import text_table
from instruct_ui.data.class_labels import Labels, class_labels, labels_in
from instruct_ui.data.parquet import arrow_table, parquet_data
from instruct_ui.data.source import Source
from instruct_ui.data.table import Table
from instruct_ui.errors import DataError

_ARROW_FILE = b"ARROW1"
_ARROW_STREAM = b"\xff\xff\xff\xff"
_SHARD = re.compile(r"(.+?)-(\d{5})-of-(\d{5})(?:-\w+)?\.(?:parquet|arrow)")
_DESCRIPTIONS = ("state.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json")


@dataclass(frozen=True, slots=True)
class Split:
    name: str
    shards: tuple[Source, ...]
    labels: Labels | None
    """As dataset_info.json has them; None: as the shards have them."""


def is_arrow(source: Source) -> bool:
    return source.head(8).startswith((_ARROW_FILE, _ARROW_STREAM))


def splits_in(files: Sequence[Source], file: str) -> tuple[list[Split], list[Source]]:
    """The splits among the files of an archive, and the files that belong to none.

    Raises DataError where a shard is missing.
    """
    there = {source.name: source for source in files}
    arrows = {_folder(name) for name in there if name.endswith(".arrow")}
    states = [name for name in there if _last(name) == "state.json" and _folder(name) in arrows]
    splits = [_saved(there, name, file) for name in states]
    taken = {shard.name for split in splits for shard in split.shards}
    sharded: dict[tuple[str, str], list[Source]] = {}
    for name in sorted(there.keys() - taken):
        match = _SHARD.fullmatch(_last(name))
        if match:
            sharded.setdefault((_folder(name), match[1]), []).append(there[name])
    # Several configurations may have a train split each.
    splits_of = [split for _, split in sharded]
    for (folder, name), shards in sharded.items():
        _refuse_gap(shards, file)
        full = name if splits_of.count(name) == 1 else f"{folder}{name}"
        splits.append(Split(full, tuple(shards), _labels(there, folder)))
        taken.update(shard.name for shard in shards)
    if splits:
        taken.update(name for name in there if _last(name) in _DESCRIPTIONS)
    return splits, [source for name, source in there.items() if name not in taken]


def read_split(split: Split, name: str) -> Table:
    """All shards of a split below each other. Raises DataError for one that is broken, or has other
    columns than the first."""
    parts = [_data(Source(shard.all(), f"{name}/{shard.name}"), split) for shard in split.shards]
    for shard, part in zip(split.shards, parts, strict=True):
        if part.schema != parts[0].schema:
            raise DataError(
                "data_hf_columns",
                file=name,
                member=shard.name,
                found=", ".join(part.column_names),
                expected=", ".join(parts[0].column_names),
            )
    return arrow_table(name, "hf", pa.concat_tables(parts))


def read_arrow(source: Source) -> Table:
    """One Arrow file by itself."""
    return arrow_table(source.name, "hf", _arrow_data(source, None))


def _data(source: Source, split: Split) -> pa.Table:
    if source.name.endswith(".parquet"):
        return parquet_data(source, split.labels)
    return _arrow_data(source, split.labels)


def _arrow_data(source: Source, labels: Labels | None) -> pa.Table:
    try:
        with pa.BufferReader(source.all()) as file:
            if source.head(8).startswith(_ARROW_FILE):
                whole = pa.ipc.open_file(file)
                schema = whole.schema
                batches = (whole.get_batch(i) for i in range(whole.num_record_batches))
            else:
                stream = pa.ipc.open_stream(file)
                schema, batches = stream.schema, iter(stream)
            known = labels_in(schema) if labels is None else labels
            return text_table(schema, batches, source.name, known)
    except DataError:
        raise
    except Exception as error:  # pyarrow lets through whatever its decoders raise
        cause = str(error).partition("\n")[0] or type(error).__name__
        raise DataError("data_arrow_unreadable", file=source.name, cause=cause) from error


def _saved(there: dict[str, Source], state: str, file: str) -> Split:
    """A folder of `save_to_disk`; its state.json names the shards in their order."""
    folder = _folder(state)
    told = _json(there[state], file)
    listed = told.get("_data_files")
    if not isinstance(listed, list):
        raise DataError("data_hf_state", file=file, member=state)
    shards = []
    for entry in listed:
        name = folder + str(entry.get("filename") if isinstance(entry, dict) else entry)
        if name not in there:
            raise DataError("data_hf_shard", file=file, member=name)
        shards.append(there[name])
    if not shards:
        raise DataError("data_empty", file=f"{file}/{state}")
    split = told.get("_split")
    name = split if isinstance(split, str) and split else folder.rstrip("/").rpartition("/")[2]
    return Split(name or "data", tuple(shards), _labels(there, folder))


def _labels(there: dict[str, Source], folder: str) -> Labels | None:
    info = there.get(f"{folder}dataset_info.json")
    if info is None:
        return None
    try:
        return class_labels(json.loads(info.all())["features"]) or None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None  # a description of another kind; the shards may still say it


def _json(source: Source, file: str) -> dict[str, Any]:
    try:
        value = json.loads(source.all())
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise DataError("data_hf_state", file=file, member=source.name)
    return value


def _refuse_gap(shards: Sequence[Source], file: str) -> None:
    """A shard that was not packed would be rows missing without a word."""
    matches = [match for shard in shards if (match := _SHARD.fullmatch(_last(shard.name)))]
    there = {int(match[2]) for match in matches}
    total = max(match[3] for match in matches)
    gap = next((number for number in range(int(total)) if number not in there), None)
    if gap is not None:
        member = f"{_folder(shards[0].name)}{matches[0][1]}-{gap:05}-of-{total}"
        raise DataError("data_hf_shard", file=file, member=member)


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _folder(path: str) -> str:
    """With its slash; empty at the top."""
    return path[: path.rfind("/") + 1]
