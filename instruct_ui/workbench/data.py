"""The Data step: versions of a project's data, how they are read, and what mends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from instruct_ui.data.dataset import Dataset, Example
from instruct_ui.data.matching import match, spec_of
from instruct_ui.data.report import read
from instruct_ui.data.split import split
from instruct_ui.errors import DataError, RequestError
from instruct_ui.jobs.protocol import shown as plain
from instruct_ui.preview.client import Preview
from instruct_ui.settings import Settings
from instruct_ui.spec import SPLITS, DataSpec, Repair, SplitName, SplitShares
from instruct_ui.storage import artifacts
from instruct_ui.storage.records import DataVersion, JobRecord, JobSnapshot, JobState
from instruct_ui.storage.store import Store
from instruct_ui.tasks import TaskName
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
_LANE = "data"
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


class DataBench(Bench):
    def __init__(self, settings: Settings, store: Store, preview: Preview) -> None:
        super().__init__(settings, store, preview)
        # Small data sets stay in memory, large ones are mapped files.
        self._datasets = lru_cache(maxsize=4)(self._open)
        self._views = lru_cache(maxsize=8)(lambda known, newest: view(known.version, newest))

    def data(self, owner: str, pid: str) -> DataView:
        """What is known of the data in use; without report and error while it is being read."""
        versions = self._store.list_data(owner, pid)
        version = self._version(owner, pid)
        shown: DataView = self._views(_Known(version), versions[0].number)
        return shown

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

    def replace_data(self, owner: str, pid: str, files: Sequence[tuple[str, Path]]) -> None:
        """New files for a project; the old data stays where these cannot be read."""
        if not files:
            raise RequestError("nothing_given")
        self._store.get_project(owner, pid)
        limit = self.settings.max_upload_mb
        for name, path in files:
            if path.stat().st_size > limit * 1_048_576:
                raise RequestError("upload_too_large", file=name, limit=limit)
        kept = [
            (name, artifacts.keep_file(self.settings.home, pid, path, Path(name).suffix).path)
            for name, path in files
        ]
        self._bring(owner, pid, kept)

    def _bring(self, owner: str, pid: str, kept: Sequence[tuple[str, Path]]) -> None:
        names = {path.name: name for name, path in kept}
        places = match([name for name, _ in kept], [path.stat().st_size for _, path in kept])
        paths = {split: kept[position][1] for split, position in places.items()}
        data = ProjectData(DataSpec.model_validate(paths), names, UNKNOWN)
        if data.is_small:
            spec, task, _ = spec_of(kept, places=places)
            data = ProjectData(spec, names, task)
        self._take(owner, pid, data, {"key": "brought"}, must_read=True)

    def set_roles(self, owner: str, pid: str, task: TaskName, columns: dict[str, str]) -> None:
        self._change(owner, pid, {"key": "columns"}, {"columns": dict(columns)}, task=task)

    def set_reading(
        self,
        owner: str,
        pid: str,
        *,
        header: Any,
        encoding: str,
        separator: str = "auto",
        quoting: str = "auto",
    ) -> None:
        """Columns are guessed anew: another header gives them other names."""
        read = {"header": header, "encoding": encoding, "separator": separator, "quoting": quoting}
        self._change(owner, pid, {"key": "reading"}, {**read, "columns": {}})

    def set_split(self, owner: str, pid: str, shares: SplitShares, seed: int) -> None:
        """Raises RequestError where no row would be tested, DataError for a column by which the
        rows cannot be split."""
        if shares.test <= 0 and shares.folds is None:
            raise RequestError("bad_shares")
        changes = {"split": shares.model_dump()}
        self._change(owner, pid, {"key": "split"}, changes, seed=int(seed), must_read=True)

    def would_split(
        self, owner: str, pid: str, shares: SplitShares, seed: int
    ) -> dict[SplitName, int]:
        """Rows in each part if the data were split so, before leaks and single rows go."""
        rows = self._datasets(_Known(self._version(owner, pid))).everything()
        parts = split(rows, shares, seed)
        return {name: len(part) for name, part in zip(SPLITS, parts, strict=True)}

    def set_places(self, owner: str, pid: str, places: Mapping[str, str]) -> None:
        """Which file is which split: split -> kept file. Raises RequestError for a file twice."""
        data = self._data(owner, pid)
        paths = {path.name: path for path in data.paths.values()}
        if len(set(places.values())) < len(paths) or set(places.values()) != set(paths):
            raise RequestError("places_unclear")
        chosen: dict[str, Any] = dict.fromkeys(("file", "train", "validation", "test"))
        chosen |= {split: paths[name] for split, name in places.items()}
        self._change(owner, pid, {"key": "places"}, chosen)

    def repair(self, owner: str, pid: str, key: str) -> None:
        """Mends what a finding is about. Raises RequestError where there is no such finding."""
        found = next((f for f in self.data(owner, pid).findings if f.key == key), None)
        if found is None or found.repair is None:
            raise RequestError("no_such_repair", finding=key)
        repairs: tuple[Repair, ...] = (*self._data(owner, pid).spec.repairs, found.repair)
        note = {"key": "repair", "finding": key, "count": found.count}
        self._change(owner, pid, note, {"repairs": [r.model_dump() for r in repairs]})

    def take_back(self, owner: str, pid: str, position: int) -> None:
        """Leaves one of the repairs out again."""
        repairs = list(self._data(owner, pid).spec.repairs)
        if not 0 <= position < len(repairs):
            raise RequestError("no_such_repair", finding=position)
        gone = repairs.pop(position)
        note = {"key": "taken_back", "kind": gone.kind}
        self._change(owner, pid, note, {"repairs": [r.model_dump() for r in repairs]})

    def data_versions(self, owner: str, pid: str) -> tuple[DataVersion, ...]:
        """The newest first."""
        return self._store.list_data(owner, pid)

    def use_version(self, owner: str, pid: str, number: int) -> None:
        version = self._store.use_data(owner, pid, number)
        self._read(owner, pid, version)
        self._fit(owner, pid)

    def _change(
        self,
        owner: str,
        pid: str,
        note: Mapping[str, Any],
        changes: Mapping[str, Any],
        task: TaskName | None = None,
        seed: int | None = None,
        must_read: bool = False,
    ) -> None:
        data = self._data(owner, pid)
        spec = DataSpec.model_validate({**data.spec.model_dump(), **changes})
        changed = ProjectData(
            spec, data.names, task or data.task, data.seed if seed is None else seed
        )
        if changed != data:
            self._take(owner, pid, changed, note, must_read)

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
        job = self._supervisor.submit(owner, pid, READ, payload, _LANE)
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

    def look_deeper(self, owner: str, pid: str) -> str:
        """Starts the slow checks on the data in use and gives the job's id."""
        version = self._version(owner, pid)
        if version.report is None:
            raise RequestError("data_being_read")
        payload = {**ProjectData.from_plain(version.data).to_plain(), "version_id": version.id}
        return self._supervisor.submit(owner, pid, LOOK_DEEPER, payload, _LANE)

    def looking_deeper(self, owner: str, pid: str) -> JobSnapshot | None:
        """The job of the slow checks while it runs, or how it ended without a result."""
        jobs = [j for j in self._store.list_jobs(owner, pid) if j.kind == LOOK_DEEPER]
        newest = max(jobs, key=lambda job: job.created, default=None)
        return None if newest is None or newest.state is JobState.DONE else newest

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
