"""What a person changes about the data: files, columns, reading, split, repairs, versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from instruct_ui.data.matching import match, spec_of
from instruct_ui.data.split import split
from instruct_ui.errors import RequestError
from instruct_ui.spec import SPLITS, DataSpec, Repair, SplitName, SplitShares
from instruct_ui.storage import artifacts
from instruct_ui.storage.records import DataVersion, JobSnapshot, JobState
from instruct_ui.tasks import TaskName
from instruct_ui.workbench.data import LANE, LOOK_DEEPER, UNKNOWN, DataBench
from instruct_ui.workbench.project_data import ProjectData


class DataChanges(DataBench):
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
        rows = self.all_rows(owner, pid)
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

    def look_deeper(self, owner: str, pid: str) -> str:
        """Starts the slow checks on the data in use and gives the job's id."""
        version = self._version(owner, pid)
        if version.report is None:
            raise RequestError("data_being_read")
        payload = {**ProjectData.from_plain(version.data).to_plain(), "version_id": version.id}
        return self._supervisor.submit(owner, pid, LOOK_DEEPER, payload, LANE)

    def looking_deeper(self, owner: str, pid: str) -> JobSnapshot | None:
        """The job of the slow checks while it runs, or how it ended without a result."""
        jobs = [j for j in self._store.list_jobs(owner, pid) if j.kind == LOOK_DEEPER]
        newest = max(jobs, key=lambda job: job.created, default=None)
        return None if newest is None or newest.state is JobState.DONE else newest
