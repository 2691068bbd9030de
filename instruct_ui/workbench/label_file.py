"""Labelled rows as files of the project: one for each split the data came in, an object a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from instruct_ui.data.dataset import Dataset, Example, Examples
from instruct_ui.data.matching import SHARES
from instruct_ui.data.table import TEXT
from instruct_ui.spec import SPLITS, DataSpec, SplitShares
from instruct_ui.storage import artifacts
from instruct_ui.storage.records import LabelKind
from instruct_ui.tasks import TaskName
from instruct_ui.workbench.project_data import ProjectData
from instruct_ui.workbench.row_lines import keys_of, lines, stem_of, with_fields

Gold = dict[str, Any]
"""`{"label": ...}` or `{"tokens": [...], "tags": [...]}`."""
GoldOf = Callable[[Example], tuple[Gold, str] | None]
"""What a row has as gold, and its note; None for a row that stays out."""
_TASKS: dict[LabelKind, TaskName] = {
    "label": "text_classification",
    "tags": "token_classification",
}
_COLUMNS: dict[LabelKind, tuple[str, ...]] = {
    "label": ("text", "label"),
    "tags": ("tokens", "tags"),
}


def labelled_data(
    home: Path,
    pid: str,
    kind: LabelKind,
    dataset: Dataset,
    source: ProjectData,
    gold_of: GoldOf,
    texts: Sequence[str] | None,
) -> ProjectData:
    """Writes the rows for which `gold_of` knows gold, and says how they are read; with `texts`
    only rows with one of them are looked at.

    The split stays as it is in `source`; where files would be left without rows, all of them
    become one that is split. Raises StorageFault.
    """
    parts = {name: _with(dataset.split(name), texts) for name in SPLITS}
    rows = {name: [*_rows(part, gold_of)] for name, part in parts.items()}
    reading: dict[str, Any] = {
        "format": "jsonl",
        "encoding": "utf-8",
        "columns": {name: name for name in _COLUMNS[kind]},
    }
    names: dict[str, str] = {}

    def kept(found: list[Gold], told: str) -> Path:
        path = artifacts.keep_text(home, pid, lines(found, keys_of(found)), ".jsonl").path
        names[path.name] = told
        return path

    stem = stem_of(source, "-labelled")
    filled = {name: found for name, found in rows.items() if found}
    if source.spec.split is None and source.spec.file is None and {"train", "test"} <= set(filled):
        for name, found in filled.items():
            reading[name] = kept(found, f"{stem}-{name}-labelled.jsonl")
    else:
        every = [row for found in filled.values() for row in found]
        reading["file"] = kept(every, f"{stem}-labelled.jsonl")
        reading["split"] = _shares(source.spec.split, every)
    return ProjectData(DataSpec.model_validate(reading), names, _TASKS[kind], source.seed)


def _with(examples: Examples, texts: Sequence[str] | None) -> Examples:
    if texts is None:
        return examples
    there = pc.is_in(examples.column("text"), pa.array(texts, TEXT))
    return examples.take(np.flatnonzero(there.to_numpy(zero_copy_only=False)))


def _rows(examples: Examples, gold_of: GoldOf) -> Iterator[Gold]:
    for example in examples:
        found = gold_of(example)
        if found is None:
            continue
        gold, note = found
        row = {"text": example.text, **gold} if "label" in gold else dict(gold)
        with_fields(row, example.fields)
        if note:
            row["note_" if "note" in row else "note"] = note
        yield row


def _shares(shares: SplitShares | None, rows: list[Gold]) -> SplitShares:
    if shares is None or shares.test <= 0:
        return SHARES
    by_column = shares.by != "label" and shares.column not in rows[0]
    return SHARES if by_column else shares
