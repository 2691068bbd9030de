"""From a spec's data part to a Dataset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import pyarrow as pa

from instruct_ui.data.dataset import Dataset, Examples, label_counts
from instruct_ui.data.examples import Reading, examples_of
from instruct_ui.data.header import Header
from instruct_ui.data.readers import read
from instruct_ui.data.repairs import after_split, before_split
from instruct_ui.data.roles import Roles, guess, resolve
from instruct_ui.data.source import Source, Told
from instruct_ui.data.split import sample, split
from instruct_ui.data.table import Skipped, Table
from instruct_ui.errors import DataError
from instruct_ui.spec import SPLITS, DataSpec, Limit, SplitShares
from instruct_ui.tasks import REGISTRY, TaskName

Gold = Literal["needed", "if_told", "not_needed"]
"""Which rows are read: those with gold; all rows of a file without a column for it; all rows."""
MAX_LABELS = 500
FEW_LABELS = 10
"""Up to here even a small file may have more labels than half its rows."""


@dataclass(frozen=True, slots=True, eq=False)
class DataFile:
    """One file as it was read."""

    table: Table
    roles: Roles
    reading: Reading
    sha256: str


def load_dataset(data: DataSpec, task: TaskName, seed: int, limit: Limit | None = None) -> Dataset:
    """Reads, mends, splits and samples the files of `data`.

    Labels are those of all rows, before `limit` is applied. Raises DataError naming file and column
    or row: not readable, no such column, no labelled row, one label, a column that is no label,
    files that changed since `data.sha256` was taken.
    """
    files = read_files(data, task)
    if data.sha256 is not None and data.sha256 != (found := digest(files, data)):
        names = ", ".join(f.table.name for f in files.values())
        raise DataError("data_changed", file=names, expected=data.sha256[:12], found=found[:12])
    dataset = dataset_of(files, data, seed)
    fault = fault_of(files, dataset, data)
    if fault is not None:
        raise fault
    limit = limit or Limit()
    return replace(
        dataset,
        train=sample(dataset.train, limit.train, seed),
        validation=sample(dataset.validation, limit.validation, seed),
        test=sample(dataset.test, limit.test, seed),
    )


def read_files(
    data: DataSpec,
    task: TaskName,
    told: Told | None = None,
    names: Mapping[str, str] = MappingProxyType({}),
    known: Mapping[Path, Table] = MappingProxyType({}),
    *,
    gold: Gold = "needed",
) -> dict[str, DataFile]:
    """The files of `data` under `file`, or `train`, `validation`, `test`; nothing mended yet.

    `names`: name of a file on disk -> the one it is told by; `known`: tables that were just read
    with nothing told. Raises DataError as `load_dataset`, and where gold is needed and
    missing.
    """
    files: dict[str, DataFile] = {}
    for name in ("file", *SPLITS):
        path: Path | None = getattr(data, name)
        if path is not None:
            first = next(iter(files.values()), None)
            source = Source(path, names.get(path.name, path.name), told)
            files[name] = _file(source, data, task, first, known.get(path), gold)
    return files


def dataset_of(files: Mapping[str, DataFile], data: DataSpec, seed: int) -> Dataset:
    """The rows of the files mended as `data.repairs` says, and split; `fault_of` says whether they
    can be used."""
    first = next(iter(files.values()))
    task = first.roles.task
    rows, dropped = before_split(
        {name: file.reading.examples for name, file in files.items()}, data.repairs, task
    )
    counts = label_counts(task, Examples.joined(list(rows.values())))
    parts = _parts(files, rows, data.split or SplitShares(), seed)
    parts, leaks = after_split(parts, data.repairs, task)
    skipped = [s for file in files.values() for s in file.reading.skipped]
    for reason, name, gone in (*dropped, *leaks):
        table = files.get(name, first).table
        lines = tuple(table.lines.take(pa.array(gone)).to_pylist())
        skipped.append(Skipped(reason, lines, table.name))
    return Dataset(
        task=task,
        labels=tuple(sorted(counts)),
        sha256=digest(files, data),
        language=first.reading.language,
        skipped=tuple(skipped),
        **parts,
    )


def _file(
    source: Source,
    data: DataSpec,
    task: TaskName,
    first: DataFile | None,
    known: Table | None,
    gold: Gold,
) -> DataFile:
    """Later files are read as the first one: same header, same columns."""
    table = known or _read(source, data, data.header)
    if first and data.header == "auto" and table.header != first.table.header:
        table = _read(source, data, first.table.header)
    roles = _roles(table, data, task, first)
    told = roles.label is not None or REGISTRY[task].gold.name not in roles.missing
    need_gold = gold == "needed" or (gold == "if_told" and told)
    reading = examples_of(table, roles, data.labels, need_gold=need_gold)
    if not reading.examples:
        skipped = sum(len(s.lines) for s in reading.skipped)
        raise DataError("data_no_rows", file=table.name, skipped=skipped)
    return DataFile(table, roles, reading, source.sha256())


def _read(source: Source, data: DataSpec, header: Header) -> Table:
    return read(
        source,
        format=data.format,
        encoding=data.encoding,
        header=header,
        separator=data.separator,
        quoting=data.quoting,
    )


def _roles(table: Table, data: DataSpec, task: TaskName, first: DataFile | None) -> Roles:
    known = REGISTRY[task]
    wrong = [role for role in data.columns if known.role(role) is None]
    if wrong:
        roles = ", ".join(known.columns)
        raise DataError("data_role_unknown", role=wrong[0], task=task, roles=roles)
    wanted: dict[str, str | int] = dict(data.columns)
    if first:
        # A later file may lack a column, or have it under another name.
        wanted = {r: c for r, c in wanted.items() if isinstance(c, int) or c in table.columns}
        for role, column in first.roles.columns.items():
            if column in table.columns:
                wanted.setdefault(role, column)
    return guess(table, task, resolve(wanted, table))


def digest(files: Mapping[str, DataFile], data: DataSpec) -> str:
    """Over the bytes, how they were read and mended; neither names nor places of the files
    count."""
    plain = [
        [
            split_name,
            f.sha256,
            f.table.format,
            f.table.encoding,
            f.table.separator,
            f.table.quoting,
            f.table.header,
            sorted(f.roles.columns.items()),
        ]
        for split_name, f in files.items()
    ]
    parts: list[object] = [plain, sorted(data.labels.items())]
    if data.repairs:
        parts.append([repair.model_dump(mode="json") for repair in data.repairs])
    text = json.dumps(parts, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _parts(
    files: Mapping[str, DataFile], rows: Mapping[str, Examples], shares: SplitShares, seed: int
) -> dict[str, Examples]:
    if "file" in files:
        return dict(zip(SPLITS, split(rows["file"], shares, seed), strict=True))
    none = next(iter(rows.values()))[:0]
    return {name: rows.get(name, none) for name in SPLITS}


def fault_of(files: Mapping[str, DataFile], dataset: Dataset, data: DataSpec) -> DataError | None:
    """Why nothing can be run on the data: no gold, gold that cannot be learnt, an empty split."""
    first = next(iter(files.values()))
    for role in first.roles.missing:
        columns = ", ".join(first.table.columns)
        return DataError("data_no_role", file=first.table.name, role=role, columns=columns)
    rows = sum(len(file.reading.examples) for file in files.values())
    found = label_fault(first, dataset.labels, rows)
    if found is not None or "file" not in files:
        return found
    shares = data.split or SplitShares()
    for name in ("train", "test"):
        share = getattr(shares, name)
        if share > 0 and not dataset.split(name):
            return DataError(
                "data_too_few_rows", file=first.table.name, rows=rows, split=name, share=share
            )
    return None


def label_fault(file: DataFile, labels: Collection[str], rows: int) -> DataError | None:
    """Why labels cannot be learnt: none, one alone, or like anything but labels."""
    where = {"file": file.table.name, "column": file.roles.label}
    shape = REGISTRY[file.roles.task].gold.shape
    if shape == "tags":
        if not labels:
            return DataError("data_no_entities", **where)
        if len(labels) > MAX_LABELS:
            return DataError("data_too_many_types", count=len(labels), limit=MAX_LABELS, **where)
    elif shape == "label":
        if len(labels) == 1:
            return DataError("data_one_label", label=next(iter(labels)), **where)
        if len(labels) > MAX_LABELS or len(labels) > max(FEW_LABELS, rows / 2):
            return DataError("data_not_labels", count=len(labels), rows=rows, **where)
    return None
