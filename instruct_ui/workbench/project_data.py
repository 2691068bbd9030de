"""A project's data: from brought files to a DataSpec, and what the Data step shows of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from instruct_ui.data.dataset import Dataset
from instruct_ui.data.load import load_dataset, table_of
from instruct_ui.data.overview import overview
from instruct_ui.data.roles import guess, resolve
from instruct_ui.data.table import Table
from instruct_ui.errors import DataError, InstructError
from instruct_ui.spec import SPLITS, DataSpec, Limit, SplitShares
from instruct_ui.tasks import TaskName
from instruct_ui.workbench.views import ColumnNote, DataView

SHARES = SplitShares(train=0.6, validation=0.1, test=0.3)
"""For one brought file: small sets need many test rows before a difference is more than luck."""
_NOTE_CHARACTERS = 40
_SPLIT_NAMES = {
    "train": re.compile(r"train|训练", re.IGNORECASE),
    "validation": re.compile(r"val|dev|验证", re.IGNORECASE),
    "test": re.compile(r"test|eval|测试", re.IGNORECASE),
}


@dataclass(frozen=True)
class ProjectData:
    """What is kept of a project's data, as plain JSON in the store."""

    spec: DataSpec
    names: dict[str, str]
    """Kept file -> the name it was brought under."""
    task: TaskName
    seed: int = 0

    def to_plain(self) -> dict[str, Any]:
        return {
            "spec": self.spec.model_dump(mode="json"),
            "names": self.names,
            "task": self.task,
            "seed": self.seed,
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> ProjectData:
        spec = DataSpec.model_validate(plain["spec"])
        return cls(spec, plain["names"], plain["task"], plain["seed"])

    @property
    def first(self) -> Path:
        path = self.spec.file or self.spec.train or self.spec.test or self.spec.validation
        assert path is not None
        return path

    def load(self, limit: Limit | None = None) -> Dataset:
        """Raises DataError naming the file as it was brought."""
        try:
            return load_dataset(self.spec, self.task, self.seed, limit)
        except DataError as error:
            raise self.renamed(error) from error

    def table(self) -> Table:
        try:
            return table_of(
                self.first,
                format=self.spec.format,
                encoding=self.spec.encoding,
                header=self.spec.header,
            )
        except DataError as error:
            raise self.renamed(error) from error

    def renamed(self, error: DataError) -> DataError:
        """The same error with the file's own name instead of the one it is kept under."""
        params = {
            key: self._shown(value) if isinstance(value, str) else value
            for key, value in error.params.items()
        }
        return DataError(error.key, **params)

    def _shown(self, text: str) -> str:
        for path in (self.spec.file, self.spec.train, self.spec.validation, self.spec.test):
            if path is not None:
                shown = self.names.get(path.name, path.name)
                text = text.replace(str(path), shown).replace(path.name, shown)
        return text


def match_splits(names: Sequence[str]) -> dict[str, int]:
    """Split -> position of its file, by the files' names; one file is `file`.

    Raises DataError where two or more files cannot be told apart.
    """
    if len(names) == 1:
        return {"file": 0}
    found: dict[str, int] = {}
    for position, name in enumerate(names):
        splits = [s for s, pattern in _SPLIT_NAMES.items() if pattern.search(Path(name).stem)]
        if len(splits) != 1 or splits[0] in found:
            raise DataError("files_unmatched", files=", ".join(names))
        found[splits[0]] = position
    if "test" not in found:
        raise DataError("files_unmatched", files=", ".join(names))
    return found


def bring(kept: Sequence[tuple[str, Path]]) -> ProjectData:
    """Project data for files already kept as (name, path). Raises DataError where one of them
    cannot be read at all; columns that could not be guessed are left open."""
    places = match_splits([name for name, _ in kept])
    files = {split: kept[position][1] for split, position in places.items()}
    spec = DataSpec.model_validate({**files, "split": SHARES if "file" in files else None})
    names = {path.name: name for name, path in kept}
    draft = ProjectData(spec, names, "text_classification")
    table = draft.table()
    roles = guess(table)
    columns: dict[str, str | int] = dict(roles.columns)
    return ProjectData(spec.model_copy(update={"columns": columns}), names, roles.task)


def view(data: ProjectData) -> DataView:
    """What the Data step shows; a reason why the data cannot be used stands in `error`."""
    files = tuple(
        data.names.get(path.name, path.name)
        for name in ("file", *SPLITS)
        if (path := getattr(data.spec, name)) is not None
    )
    shares = data.spec.split
    base = DataView(
        files=files,
        task=data.task,
        shares=(shares.train, shares.validation, shares.test) if shares else None,
        seed=data.seed,
    )
    try:
        table = data.table()
        roles = guess(table, data.task, resolve(data.spec.columns, table))
    except InstructError as error:
        return _with(base, error=error)
    base = _with(
        base,
        format=table.format,
        encoding=table.encoding,
        separator=table.separator,
        header=table.header,
        columns=table.columns,
        column_notes=_notes(table),
        roles=dict(roles.columns),
        skipped=table.skipped,
    )
    try:
        dataset = data.load()
    except InstructError as error:
        return _with(base, error=error)
    return _with(
        base,
        overview=overview(dataset),
        splits={name: len(dataset.split(name)) for name in SPLITS},
        skipped=dataset.skipped,
    )


def _with(base: DataView, **changes: Any) -> DataView:
    return replace(base, **changes)


def _notes(table: Table) -> dict[str, ColumnNote]:
    """What each column holds among the first 5,000 rows."""
    notes = {}
    for column in table.columns:
        values = table.flat(column).slice(0, 5000).to_pylist()
        first = next((v for v in values if v), "")
        notes[column] = ColumnNote(_cut(first), len(set(values)))
    return notes


def _cut(text: str) -> str:
    return text if len(text) <= _NOTE_CHARACTERS else f"{text[:_NOTE_CHARACTERS].rstrip()}…"
