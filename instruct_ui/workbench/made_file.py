"""Rows that a person took over, as files of the project: train with them, validation and test
without them. Every other row stays in the split it is in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from instruct_ui.data import made
from instruct_ui.data.dataset import Dataset, Example
from instruct_ui.spec import SPLITS, DataSpec
from instruct_ui.storage import artifacts
from instruct_ui.tasks import REGISTRY, TaskName
from instruct_ui.workbench.project_data import ProjectData
from instruct_ui.workbench.row_lines import keys_of, lines, stem_of, with_fields


def data_with(
    home: Path,
    pid: str,
    dataset: Dataset,
    source: ProjectData,
    rows: Sequence[Example],
    model: str,
) -> ProjectData:
    """Writes the rows of `dataset`, repaired as they are, with `rows` behind those of train, and
    says how they are read. `model` goes into the column that marks them. Raises StorageFault."""
    parts: dict[str, list[dict[str, Any]]] = {
        name: [plain(dataset.task, example) for example in dataset.split(name)] for name in SPLITS
    }
    parts["train"] += [plain(dataset.task, row) | {made.COLUMN: model} for row in rows]
    keys = keys_of([row for part in parts.values() for row in part])
    stem = stem_of(source, "-train")
    reading: dict[str, Any] = {
        "format": "jsonl",
        "encoding": "utf-8",
        "columns": {key: key for key in keys if REGISTRY[dataset.task].role(key) is not None},
    }
    names: dict[str, str] = {}
    for name, part in parts.items():
        if part:
            kept = artifacts.keep_text(home, pid, lines(part, keys), ".jsonl").path
            reading[name] = kept
            names[kept.name] = f"{stem}-{name}.jsonl"
    return ProjectData(DataSpec.model_validate(reading), names, dataset.task, source.seed)


def plain(task: TaskName, example: Example) -> dict[str, Any]:
    """Its columns by the names of their roles, then the others."""
    first, gold = REGISTRY[task].roles[0].name, REGISTRY[task].gold
    row: dict[str, Any] = {first: example.text}
    match gold.shape:
        case "tags":
            row |= {first: list(example.tokens), gold.name: list(example.tags)}
        case "label":
            row |= {gold.name: example.label or ""}
        case "labels":
            row |= {gold.name: list(example.gold)}
        case _:
            row |= zip(_numbered(gold.name), example.gold, strict=False)
    return with_fields(row, example.fields)


def _numbered(name: str) -> Iterable[str]:
    """name, name_2, name_3, ..."""
    yield name
    yield from (f"{name}_{number}" for number in range(2, 1000))
