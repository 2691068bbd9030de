"""Files as a person brings them -> the data part of a spec: which file is which split, which task
and which columns, all guessed, all to be corrected."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as parquet

from instruct_ui.data import archive
from instruct_ui.data.readers import read as read_source
from instruct_ui.data.roles import guess
from instruct_ui.data.source import Source, Told
from instruct_ui.data.table import Table
from instruct_ui.errors import DataError, RequestError
from instruct_ui.spec import SPLITS, DataSpec, SplitShares
from instruct_ui.tasks import REGISTRY, TaskName

SHARES = SplitShares(train=0.6, validation=0.1, test=0.3)
"""For one brought file: small sets need many test rows before a difference is more than luck."""
_NAMES = {
    "train": re.compile(r"train|训练", re.IGNORECASE),
    "validation": re.compile(r"val|dev|验证", re.IGNORECASE),
    "test": re.compile(r"test|eval|测试", re.IGNORECASE),
}


def match(names: Sequence[str], sizes: Sequence[int]) -> dict[str, int]:
    """Split -> position of its file, by the files' names; one file alone is `file`.

    Of files whose names say nothing the largest is train, the next one test, then validation.
    Raises DataError for more than three files, or two of one split.
    """
    if len(names) == 1:
        return {"file": 0}
    found: dict[str, int] = {}
    silent: list[int] = []
    for position, name in enumerate(names):
        told = [s for s, pattern in _NAMES.items() if pattern.search(Path(name).stem)]
        if len(told) == 1 and told[0] not in found:
            found[told[0]] = position
        else:
            silent.append(position)
    silent.sort(key=lambda position: -sizes[position])
    free = [split for split in ("train", "test", "validation") if split not in found]
    if len(silent) > len(free):
        raise DataError("files_unmatched", files=", ".join(names))
    found |= dict(zip(free, silent, strict=False))
    return {split: found[split] for split in SPLITS if split in found}


_TOGETHER: dict[TaskName, str] = {"question_answering": "passage", "translation": "source"}
"""Tasks whose rows share what they read: a passage that was learnt is half of the answer."""


def _shares(task: TaskName) -> SplitShares:
    if task not in _TOGETHER:
        return SHARES
    return SHARES.model_copy(update={"by": "group", "column": _TOGETHER[task]})


def unpacked(files: Sequence[tuple[str, Path]], folder: Path) -> list[tuple[str, Path]]:
    """Files as (shown name, path); a zip with several data sets in it becomes as many files, which
    are written to `folder` as parquet. Raises DataError where such a zip cannot be read."""
    found: list[tuple[str, Path]] = []
    for name, path in files:
        source = Source(path, name)
        parts = archive.parts_of(source)
        if len(parts) == 1:
            found.append((name, path))
            continue
        for number, (part, read) in enumerate(parts):
            written = folder / f"{path.stem}-{number}.parquet"
            parquet.write_table(read().data, written)
            found.append((part, written))
    return found


def spec_of(
    files: Sequence[tuple[str, Path]],
    task: TaskName | None = None,
    places: Mapping[str, int] | None = None,
    told: Told | None = None,
) -> tuple[DataSpec, TaskName, dict[Path, Table]]:
    """The data part of a spec for files given as (shown name, path), the task they are for, and the
    table that was read to find this out.

    `places` (split -> position of its file) are matched where not given. Raises DataError where the
    first file cannot be read; columns that could not be guessed are left open.
    """
    if task is not None and task not in REGISTRY:
        raise RequestError("task_unknown", task=task, tasks=", ".join(REGISTRY))
    for name, path in files:
        Source(path, name)  # says what cannot be opened
    if places is None:
        places = match([name for name, _ in files], [p.stat().st_size for _, p in files])
    paths = {split: files[position][1] for split, position in places.items()}
    name, path = files[next(iter(places.values()))]
    first = read_source(Source(path, name, told))
    roles = guess(first, task)
    spec = DataSpec.model_validate(
        {
            **paths,
            "split": _shares(roles.task) if "file" in paths else None,
            "columns": dict(roles.columns),
        }
    )
    return spec, roles.task, {path: first}
