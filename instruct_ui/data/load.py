"""From a spec's data part to a Dataset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from instruct_ui.data.dataset import Dataset, Examples, label_counts
from instruct_ui.data.examples import Reading, examples_of
from instruct_ui.data.header import Header
from instruct_ui.data.readers import read
from instruct_ui.data.roles import Roles, guess, resolve
from instruct_ui.data.source import Source, Told
from instruct_ui.data.split import sample, split
from instruct_ui.data.table import Table
from instruct_ui.errors import DataError
from instruct_ui.spec import SPLITS, DataSpec, FileFormat, Limit, SplitShares
from instruct_ui.tasks import REGISTRY, TaskName

MAX_LABELS = 500
FEW_LABELS = 10
"""Up to here even a small file may have more labels than half its rows."""


@dataclass(frozen=True, slots=True)
class _File:
    """One file as it was read."""

    table: Table
    roles: Roles
    reading: Reading
    sha256: str


def table_of(
    path: Path,
    told: Told | None = None,
    *,
    format: FileFormat = "auto",
    encoding: str = "auto",
    header: Header = "auto",
    separator: str = "auto",
) -> Table:
    """The table in a file. Raises DataError as `readers.read`, and where it cannot be opened."""
    return read(
        Source(path, told=told),
        format=format,
        encoding=encoding,
        header=header,
        separator=separator,
    )


def load_dataset(data: DataSpec, task: TaskName, seed: int, limit: Limit | None = None) -> Dataset:
    """Reads, splits and samples the files of `data`.

    Labels are those of all rows, before `limit` is applied. Raises DataError naming file and column
    or row: not readable, no such column, no labelled row, one label, a column that is no label,
    files that changed since `data.sha256` was taken.
    """
    limit = limit or Limit()
    paths: dict[str, Path | None] = {
        "file": data.file,
        "train": data.train,
        "validation": data.validation,
        "test": data.test,
    }
    files: dict[str, _File] = {}
    for name, path in paths.items():
        if path is not None:
            first = next(iter(files.values()), None)
            files[name] = _file(path, data, task, first)
    digest = _digest(files, data.labels)
    if data.sha256 is not None and data.sha256 != digest:
        names = ", ".join(f.table.name for f in files.values())
        raise DataError("data_changed", file=names, expected=data.sha256[:12], found=digest[:12])
    everything = Examples.joined([f.reading.examples for f in files.values()])
    labels = _labels(everything, next(iter(files.values())))
    parts = _parts(files, data.split or SplitShares(), seed)
    return Dataset(
        task=task,
        labels=labels,
        train=sample(parts["train"], limit.train, seed),
        validation=sample(parts["validation"], limit.validation, seed),
        test=sample(parts["test"], limit.test, seed),
        sha256=digest,
        language=next(iter(files.values())).reading.language,
        skipped=tuple(s for f in files.values() for s in f.reading.skipped),
    )


def _file(path: Path, data: DataSpec, task: TaskName, first: _File | None) -> _File:
    """Later files are read as the first one: same header, same columns."""
    source = Source(path)
    table = _read(source, data, data.header)
    if first and data.header == "auto" and table.header != first.table.header:
        table = _read(source, data, first.table.header)
    roles = _roles(table, data, task, first)
    reading = examples_of(table, roles, data.labels)
    if not reading.examples:
        skipped = sum(len(s.lines) for s in reading.skipped)
        raise DataError("data_no_rows", file=table.name, skipped=skipped)
    return _File(table, roles, reading, source.sha256())


def _read(source: Source, data: DataSpec, header: Header) -> Table:
    return read(source, format=data.format, encoding=data.encoding, header=header)


def _roles(table: Table, data: DataSpec, task: TaskName, first: _File | None) -> Roles:
    known = REGISTRY[task].columns
    wrong = [role for role in data.columns if role not in known]
    if wrong:
        raise DataError("data_role_unknown", role=wrong[0], task=task, roles=", ".join(known))
    wanted: dict[str, str | int] = dict(data.columns)
    if first:
        for role, column in first.roles.columns.items():
            wanted.setdefault(role, column)
    return guess(table, task, resolve(wanted, table))


def _digest(files: Mapping[str, _File], labels: Mapping[str, str]) -> str:
    """Over the bytes and how they were read; neither names nor places of the files count."""
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
    text = json.dumps([plain, sorted(labels.items())], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _parts(files: Mapping[str, _File], shares: SplitShares, seed: int) -> dict[str, Examples]:
    if "file" not in files:
        none = next(iter(files.values())).reading.examples[:0]
        return {name: files[name].reading.examples if name in files else none for name in SPLITS}
    examples = files["file"].reading.examples
    parts = dict(zip(SPLITS, split(examples, shares, seed), strict=True))
    for name in ("train", "test"):
        if getattr(shares, name) > 0 and not parts[name]:
            raise DataError(
                "data_too_few_rows",
                file=files["file"].table.name,
                rows=len(examples),
                split=name,
                share=getattr(shares, name),
            )
    return {str(name): rows for name, rows in parts.items()}


def _labels(examples: Examples, file: _File) -> tuple[str, ...]:
    """Labels in sorted order, refused where they are none or look like anything but labels."""
    where = {"file": file.table.name, "column": file.roles.label}
    counts = label_counts(file.roles.task, examples)
    if file.roles.task == "token_classification":
        if not counts:
            raise DataError("data_no_entities", **where)
        if len(counts) > MAX_LABELS:
            raise DataError("data_too_many_types", count=len(counts), limit=MAX_LABELS, **where)
        return tuple(sorted(counts))
    if len(counts) == 1:
        raise DataError("data_one_label", label=next(iter(counts)), **where)
    scattered = len(counts) > max(FEW_LABELS, len(examples) / 2)
    if len(counts) > MAX_LABELS or scattered:
        raise DataError("data_not_labels", count=len(counts), rows=len(examples), **where)
    return tuple(sorted(counts))
