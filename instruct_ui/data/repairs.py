"""Repairs of a data set, as its spec names them: each is made anew from the files, and taken back
by leaving it out of the spec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from instruct_ui.data import alike
from instruct_ui.data.cells import found_at
from instruct_ui.data.dataset import Examples
from instruct_ui.data.table import SkipReason
from instruct_ui.spec import DropDuplicates, DropLeaks, DropRows, FixOffsets, MergeLabels, Repair
from instruct_ui.tasks import REGISTRY, TaskName

Dropped = list[tuple[SkipReason, str, npt.NDArray[np.int64]]]
"""Reason (of `Skipped`), file or part, and `Example.row` of the rows that went."""
_Kind = TypeVar("_Kind", bound=Repair)


def before_split(
    files: Mapping[str, Examples], repairs: Sequence[Repair], task: TaskName
) -> tuple[dict[str, Examples], Dropped]:
    """Labels merged, places found, duplicates left out."""
    mended = dict(files)
    dropped: Dropped = []
    for name, examples in files.items():
        for repair in repairs:
            if isinstance(repair, MergeLabels):
                examples = _merged(examples, repair.labels, task)
            elif isinstance(repair, FixOffsets) and REGISTRY[task].gold.shape == "answers":
                examples = _with_places(examples)
            elif isinstance(repair, DropDuplicates):
                code = alike.codes(examples, task, repair.alike, gold=True)
                examples = _without(examples, alike.again(code), "duplicate", name, dropped)
        mended[name] = examples
    return mended, dropped


def after_split(
    parts: Mapping[str, Examples], repairs: Sequence[Repair], task: TaskName
) -> tuple[dict[str, Examples], Dropped]:
    """Single rows and leaks left out, of which none is a test row. After the split, because a split
    of fewer rows is another one, with leaks of its own."""
    mended = dict(parts)
    dropped: Dropped = []
    for repair in repairs:
        if isinstance(repair, DropRows):
            for name, examples in list(mended.items()):
                chosen = {*repair.rows.get("file", ()), *repair.rows.get(name, ())}  # type: ignore[call-overload]
                gone = np.flatnonzero(np.isin(examples.rows, list(chosen)))
                mended[name] = _without(examples, gone, "dropped", name, dropped)
        elif isinstance(repair, DropLeaks):
            found = alike.leaked(alike.part_codes(mended, task, repair.alike))
            for name, gone in found.items():
                mended[name] = _without(mended[name], gone, "leak", name, dropped)
    return mended, dropped


def _without(
    examples: Examples, gone: npt.NDArray[np.int64], reason: SkipReason, name: str, dropped: Dropped
) -> Examples:
    if not len(gone):
        return examples
    dropped.append((reason, name, examples.rows[gone]))
    return examples.take(np.delete(np.arange(len(examples)), gone))


def _merged(examples: Examples, labels: Mapping[str, str], task: TaskName) -> Examples:
    shape = REGISTRY[task].gold.shape
    if shape == "label":
        old = examples.column("label").to_pylist()
        new = pa.chunked_array([pa.array([labels.get(x, x) for x in old], pa.string())])
        return examples.with_column("label", new)
    name = "tags" if shape == "tags" else "gold"
    lists = examples.column(name)

    def renamed(value: str) -> str:
        if shape == "tags" and value != "O":
            return f"{value[:2]}{labels.get(value[2:], value[2:])}"
        return labels.get(value, value)

    new = [[renamed(value) for value in row or ()] for row in lists.to_pylist()]
    return examples.with_column(name, pa.chunked_array([pa.array(new, lists.type)]))


def _with_places(examples: Examples) -> Examples:
    texts, golds, starts = (examples.column(c).to_pylist() for c in ("text", "gold", "starts"))
    new = [
        [found_at(text, answer, start) for answer, start in zip(gold, places, strict=True)]
        for text, gold, places in zip(texts, golds, starts, strict=True)
    ]
    column = pa.chunked_array([pa.array(new, examples.column("starts").type)])
    return examples.with_column("starts", column)
