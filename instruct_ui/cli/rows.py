"""The rows a template is filled in with: of a sample set by its name, or of a file as it is."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from instruct_ui.data.dataset import Dataset, Example
from instruct_ui.data.load import Gold, dataset_of, read_files
from instruct_ui.data.matching import spec_of, unpacked
from instruct_ui.data.samples import SAMPLES
from instruct_ui.data.table import Table
from instruct_ui.errors import RequestError
from instruct_ui.spec import DataSpec
from instruct_ui.tasks import REGISTRY, TaskName


def dataset_named(data: str, task: TaskName) -> Dataset:
    """A few rows or a single label are enough to fill in a template; without a column for the
    gold there are no training rows, for none can be an example. Raises DataError as `read_files`.
    """
    with tempfile.TemporaryDirectory() as folder:
        spec, tables = _spec(data, task, Path(folder))
        return _read(spec, task, tables, "if_told")


def row_numbered(data: str, task: TaskName, number: int) -> tuple[Dataset, Example]:
    """The data set, and the row of this number in its file; of several files the first one's.

    A row without gold can be looked at as well. Raises DataError, and RequestError where there is
    no such row.
    """
    with tempfile.TemporaryDirectory() as folder:
        spec, tables = _spec(data, task, Path(folder))
        dataset = _read(spec, task, tables, "if_told")
        example = _numbered(dataset, number)
        if example is not None:
            return dataset, example
        whole = _read(spec, task, tables, "not_needed")
    example = _numbered(whole, number)
    if example is None:
        last = whole.everything().rows.max()
        raise RequestError("render_row", row=number, file=data, last=last)
    return dataset, example


def _spec(data: str, task: TaskName, folder: Path) -> tuple[DataSpec, Mapping[Path, Table]]:
    if data in SAMPLES:
        return SAMPLES[data].data(), {}
    path = Path(data)
    spec, _, tables = spec_of(unpacked([(path.name, path)], folder), task)
    return spec, tables


def _read(spec: DataSpec, task: TaskName, tables: Mapping[Path, Table], gold: Gold) -> Dataset:
    files = read_files(spec, task, known=tables, gold=gold)
    dataset = dataset_of(files, spec, seed=0)
    if any(REGISTRY[task].gold.name in file.roles.missing for file in files.values()):
        return replace(dataset, train=dataset.train[:0])
    return dataset


def _numbered(dataset: Dataset, number: int) -> Example | None:
    rows = dataset.everything()
    found = (rows.rows == number).nonzero()[0]
    return rows[int(found[0])] if len(found) else None
