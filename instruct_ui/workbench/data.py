"""The Data step: versions of a project's data, how they are read, and what mends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from instruct_ui.data.dataset import Dataset, Example, Examples
from instruct_ui.data.report import read
from instruct_ui.errors import DataError, RequestError
from instruct_ui.jobs.protocol import shown as plain
from instruct_ui.preview.client import Preview
from instruct_ui.settings import Settings
from instruct_ui.spec import SplitName
from instruct_ui.storage import artifacts
from instruct_ui.storage.records import DataVersion, JobRecord, JobSnapshot
from instruct_ui.storage.store import Store
from instruct_ui.templates import library
from instruct_ui.workbench.base import Bench
from instruct_ui.workbench.project_data import (
    ProjectData,
    dataset_of,
    prepared_path,
    refuse_unusable,
    view,
)
from instruct_ui.workbench.views import DataView

READ = "inspect"
"""Kind of the job that reads and checks."""
LOOK_DEEPER = "look_deeper"
"""Kind of the job that runs the slow checks."""
UNKNOWN = ""
"""Task of data that a job has yet to find out."""
LANE = "data"
_PATIENCE = 4.0
"""Seconds a change waits for its reading before the page shows the progress instead."""


class _Known:
    """A version as a key of a cache: the same until something came of reading it."""

    def __init__(self, version: DataVersion) -> None:
        self.version = version
        deeper = version.report is not None and version.report.get("deeper") is not None
        self._key = (version.id, version.report is None, version.mistake is None, deeper)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other._key == self._key


def _view(known: _Known) -> DataView:
    return view(known.version)


class DataBench(Bench):
    def __init__(self, settings: Settings, store: Store, preview: Preview) -> None:
        super().__init__(settings, store, preview)
        # Small data sets stay in memory, large ones are mapped files.
        self._datasets = lru_cache(maxsize=4)(self._open)
        self._views = lru_cache(maxsize=8)(_view)

    def data(self, owner: str, pid: str) -> DataView:
        """What is known of the data in use; without report and error while it is being read."""
        return self._views(_Known(self._version(owner, pid)))

    def all_rows(self, owner: str, pid: str) -> Examples:
        """Usable or not, in the order of the splits."""
        return self._datasets(_Known(self._version(owner, pid))).everything()

    def dataset(self, owner: str, pid: str) -> Dataset:
        """Raises DataError where nothing can be run on the data, RequestError while it is read."""
        version = self._version(owner, pid)
        refuse_unusable(version)
        return self._datasets(_Known(version))

    def dataset_of_run(self, owner: str, pid: str, spec: Any) -> Dataset:
        """The data a run was made on: of the version with the same bytes, repairs and split."""
        for version in self._store.list_data(owner, pid):
            data = ProjectData.from_plain(version.data)
            same = (version.report or {}).get("sha256") == spec.data.sha256
            if same and (data.spec.split, data.seed) == (spec.data.split, spec.seed):
                return self._datasets(_Known(version))
        return self.dataset(owner, pid)

    def read_again(self, owner: str, pid: str) -> None:
        """Reads data whose reading was stopped, or ended with the app."""
        self._read(owner, pid, self._version(owner, pid))

    def rows(
        self, owner: str, pid: str, split: SplitName | None, start: int, count: int
    ) -> tuple[list[tuple[SplitName, Example]], int]:
        """A page of the rows that are used, each with its split, and how many there are in all."""
        dataset = self._datasets(_Known(self._version(owner, pid)))
        names: Sequence[SplitName] = ("train", "validation", "test") if split is None else (split,)
        total = sum(len(dataset.split(name)) for name in names)
        found: list[tuple[SplitName, Example]] = []
        for name in names:
            part = dataset.split(name)
            if start < len(part):
                found += [(name, e) for e in part[start : start + count - len(found)]]
            start = max(0, start - len(part))
        return found, total

    def reading(self, owner: str, pid: str) -> JobSnapshot | None:
        """The job that reads the data in use, while it runs; or how it ended without a report."""
        version = self._version(owner, pid)
        if version.report is not None or version.mistake is not None:
            return None
        jobs = [j for j in self._store.list_jobs(owner, pid) if j.kind == READ]
        return max(jobs, key=lambda job: job.created, default=None)

    def _take(
        self,
        owner: str,
        pid: str,
        data: ProjectData,
        note: Mapping[str, Any],
        must_read: bool = False,
    ) -> None:
        """Keeps and reads a new version. With `must_read` the one before stays in use, and the
        mistake is raised, where it cannot be read."""
        before = self._store.data_in_use(owner, pid)
        version = self._store.add_data(owner, pid, data.to_plain(), note)
        self._read(owner, pid, version)
        read_now = self._version(owner, pid)
        if must_read and read_now.mistake is not None:
            if before is not None:
                self._store.use_data(owner, pid, before.number)
            raise DataError(read_now.mistake["key"], **read_now.mistake["params"])

    def _read(self, owner: str, pid: str, version: DataVersion) -> None:
        """Reads at once what is small; the rest in a process of its own, which is waited for only
        as long as a person would."""
        if version.report is not None or version.mistake is not None:
            return
        data = ProjectData.from_plain(version.data)
        if data.is_small:
            try:
                report = read(data.spec, data.task, data.seed, data.names)[0]
            except DataError as error:
                mistake = {"key": error.key, "params": plain(error.params)}
                self._store.keep_report(version.id, None, mistake)
            else:
                self._store.keep_report(version.id, report.to_plain())
            self._fit(owner, pid)
            return
        folder = self._folder(pid)
        payload = {
            **data.to_plain(),
            "version_id": version.id,
            "guess": data.task == UNKNOWN,
            "folder": str(folder / "data"),
            "prepared": str(prepared_path(folder, version)),
        }
        job = self._supervisor.submit(owner, pid, READ, payload, LANE)
        self._supervisor.wait(owner, job, _PATIENCE)

    def _ended(self, job: JobRecord, result: Any) -> None:
        if job.kind == READ and job.project_id is not None:
            guessed = {name: result[name] for name in ("spec", "task", "names") if name in result}
            data = {**ProjectData.from_plain(job.payload).to_plain(), **guessed}
            self._store.keep_report(
                job.payload["version_id"], result.get("report"), result.get("mistake"), data
            )
            self._fit(job.owner, job.project_id)
        elif job.kind == LOOK_DEEPER and job.project_id is not None:
            self._keep_deeper(job.owner, job.project_id, job.payload["version_id"], result)
        super()._ended(job, result)

    def _keep_deeper(self, owner: str, pid: str, version_id: str, result: Any) -> None:
        for version in self._store.list_data(owner, pid):
            if version.id == version_id and version.report is not None:
                report = {**version.report, "deeper": result["findings"]}
                self._store.keep_report(version_id, report)

    def _fit(self, owner: str, pid: str) -> None:
        """Task and language of the project follow its data; a template of another task gives way
        to a starter."""
        version = self._version(owner, pid)
        if version.report is None:
            return
        task, language = version.report["task"], version.report["overview"]["language"]
        self._store.set_project_task(owner, pid, task, language)
        kept = self._store.get_template(owner, pid)
        if (kept is None or kept.draft.get("task") != task) and library.has_starter(task):
            starter = library.starter(task, language)
            self._store.save_draft(owner, pid, starter.model_dump(mode="json"))

    def _version(self, owner: str, pid: str) -> DataVersion:
        version = self._store.data_in_use(owner, pid)
        if version is None:
            raise RequestError("nothing_given")
        return version

    def _data(self, owner: str, pid: str) -> ProjectData:
        return ProjectData.from_plain(self._version(owner, pid).data)

    def _folder(self, pid: str) -> Path:
        return artifacts.project_folder(self.settings.home, pid)

    def _open(self, known: _Known) -> Dataset:
        return dataset_of(known.version, self._folder(known.version.project_id))
