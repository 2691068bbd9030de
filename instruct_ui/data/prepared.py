"""A data set once it was read, as one Arrow file: opened without being loaded, so that any row of a
million costs the same and a process holds only what it looks at."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from instruct_ui.data.dataset import Dataset, Examples
from instruct_ui.data.table import Skipped
from instruct_ui.spec import SPLITS

_BATCH = 20_000
_ABOUT = b"instruct-ui"
_FIELD = "field:"
"""In front of the columns that are `Example.fields`."""


def write(path: Path, dataset: Dataset) -> None:
    """Whole or not at all. Raises OSError."""
    rows = dataset.everything()
    about = {
        "task": dataset.task,
        "labels": dataset.labels,
        "sha256": dataset.sha256,
        "language": dataset.language,
        "skipped": [asdict(skipped) for skipped in dataset.skipped],
        "sizes": [len(dataset.split(name)) for name in SPLITS],
    }
    part = path.with_suffix(".part")
    try:
        with pa.OSFile(str(part), "wb") as file:
            first = _batch(rows[:0], about)
            with pa.ipc.new_file(file, first.schema) as writer:
                for start in range(0, len(rows), _BATCH):
                    writer.write_table(_batch(rows[start : start + _BATCH], about))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def load(path: Path) -> Dataset:
    """Maps the file into memory. Raises OSError where it is not there, or not whole."""
    try:
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        about: dict[str, Any] = json.loads(table.schema.metadata[_ABOUT])
    except (pa.ArrowInvalid, KeyError, TypeError) as error:
        raise OSError(f"{path} is no prepared data set: {error}") from error
    names = table.column_names
    core = table.select([name for name in names if not name.startswith(_FIELD)])
    fields = table.select([name for name in names if name.startswith(_FIELD)])
    fields = fields.rename_columns([name.removeprefix(_FIELD) for name in fields.column_names])
    ends = np.cumsum([0, *about["sizes"]])
    train, validation, test = (
        Examples(core, fields, np.arange(start, end)) for start, end in pairwise(ends.tolist())
    )
    return Dataset(
        task=about["task"],
        labels=tuple(about["labels"]),
        train=train,
        validation=validation,
        test=test,
        sha256=about["sha256"],
        language=about["language"],
        skipped=tuple(Skipped(s["reason"], tuple(s["lines"]), s["file"]) for s in about["skipped"]),
    )


def _batch(rows: Examples, about: dict[str, Any]) -> pa.Table:
    table = rows.table(_FIELD)
    return table.replace_schema_metadata({_ABOUT: json.dumps(about, ensure_ascii=False).encode()})
