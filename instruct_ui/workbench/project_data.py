"""A project's data as it is kept: what decides the reading, and what the Data step shows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from instruct_ui.data import load, prepared
from instruct_ui.data.dataset import Dataset
from instruct_ui.data.report import DataReport, read
from instruct_ui.errors import DataError, RequestError
from instruct_ui.spec import SPLITS, DataSpec
from instruct_ui.storage.records import DataVersion
from instruct_ui.tasks import TaskName
from instruct_ui.workbench.views import DataView

_AT_ONCE = 4 * 2**20
_TEXTS = (".csv", ".tsv", ".txt", ".jsonl", ".json", ".conll")


@dataclass(frozen=True)
class ProjectData:
    """What decides the reading, as plain JSON in the store."""

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
    def from_plain(cls, plain: Mapping[str, Any]) -> ProjectData:
        spec = DataSpec.model_validate(plain["spec"])
        return cls(spec, plain["names"], plain["task"], plain["seed"])

    @property
    def paths(self) -> dict[str, Path]:
        """Under `file`, or `train`, `validation`, `test`."""
        found = {name: getattr(self.spec, name) for name in ("file", *SPLITS)}
        return {name: path for name, path in found.items() if path is not None}

    def shown_name(self, path: Path) -> str:
        return self.names.get(path.name, path.name)

    @property
    def is_small(self) -> bool:
        """Whether the page itself may read it: a few megabytes of plain text. What is packed, or
        large, is a job in a process of its own."""
        paths = list(self.paths.values())
        plain = all(path.suffix in _TEXTS for path in paths)
        return plain and sum(p.stat().st_size for p in paths if p.is_file()) <= _AT_ONCE


def view(version: DataVersion) -> DataView:
    data = ProjectData.from_plain(version.data)
    shares = data.spec.split
    report = None if version.report is None else DataReport.from_plain(version.report)
    error = None
    if version.mistake is not None:
        error = _mistake(version.mistake)
    elif report is not None and report.fault is not None:
        error = DataError(report.fault.key, **report.fault.params)
    return DataView(
        files={name: data.shown_name(path) for name, path in data.paths.items()},
        paths=data.paths,
        kept={path.name: data.shown_name(path) for path in data.paths.values()},
        spec=data.spec,
        task=data.task,
        shares=(shares.train, shares.validation, shares.test) if shares else None,
        seed=data.seed,
        version=version.number,
        report=report,
        error=error,
    )


def refuse_unusable(version: DataVersion) -> None:
    """Raises DataError where nothing can be run on the data, RequestError while it is read."""
    if version.mistake is not None:
        raise _mistake(version.mistake)
    if version.report is None:
        raise RequestError("data_being_read")
    fault = version.report.get("fault")
    if fault is not None:
        raise _mistake(fault)


def dataset_of(version: DataVersion, folder: Path) -> Dataset:
    """The rows of a version that was read, usable or not."""
    path = prepared_path(folder, version)
    if path.is_file():
        return prepared.load(path)
    data = ProjectData.from_plain(version.data)
    return read(data.spec, data.task, data.seed, data.names)[1]


def every_row_of(version: DataVersion, folder: Path) -> Dataset:
    """As `dataset_of`, with the rows of small files that have no gold yet."""
    if prepared_path(folder, version).is_file():
        return dataset_of(version, folder)
    data = ProjectData.from_plain(version.data)
    files = load.read_files(data.spec, data.task, names=data.names, gold="not_needed")
    return load.dataset_of(files, data.spec, data.seed)


def _mistake(plain: Mapping[str, Any]) -> DataError:
    return DataError(plain["key"], **plain["params"])


def prepared_path(folder: Path, version: DataVersion) -> Path:
    return folder / "data" / f"{version.id}.arrow"
