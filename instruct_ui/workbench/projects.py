"""Projects and their data: samples, brought files, roles, reading and split."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from instruct_ui.data.samples import SAMPLES, Sample, sample_named
from instruct_ui.errors import InstructError, RequestError
from instruct_ui.storage import artifacts
from instruct_ui.tasks import TaskName
from instruct_ui.templates import library
from instruct_ui.workbench.base import Bench, Key, task_of
from instruct_ui.workbench.project_data import ProjectData, bring
from instruct_ui.workbench.views import ProjectView


class ProjectBench(Bench):
    def samples(self) -> list[Sample]:
        return list(SAMPLES.values())

    def open_sample(self, owner: str, key: str, name: str = "") -> str:
        """A new project on a sample, template ready."""
        sample = sample_named(key)
        data = ProjectData(sample.data(), {sample.path.name: sample.file}, sample.task)
        project = self._store.create_project(
            owner, name or sample.file, sample.task, sample.language, data.to_plain()
        )
        template = library.resolve(sample.template)
        self._store.save_draft(owner, project.id, template.model_dump(mode="json"))
        return project.id

    def create_project(self, owner: str, name: str, files: Sequence[tuple[str, Path]]) -> str:
        """A new project on brought files. Raises DataError where one cannot be read at all;
        nothing is left of the project then."""
        project = self._store.create_project(owner, name, "text_classification", "en")
        try:
            self.replace_data(owner, project.id, files)
        except InstructError:
            self._store.delete_project(owner, project.id)
            raise
        return project.id

    def create_from_text(self, owner: str, name: str, text: str) -> str:
        if not text.strip():
            raise RequestError("nothing_given")
        project = self._store.create_project(owner, name, "text_classification", "en")
        try:
            kept = artifacts.keep_text(self.settings.home, project.id, text)
            self._take(owner, project.id, bring([("pasted.txt", kept.path)]))
        except InstructError:
            self._store.delete_project(owner, project.id)
            raise
        return project.id

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
        self._take(owner, pid, bring(kept))

    def projects(self, owner: str) -> list[ProjectView]:
        return [self.project(owner, record.id) for record in self._store.list_projects(owner)]

    def project(self, owner: str, pid: str) -> ProjectView:
        record = self._store.get_project(owner, pid)
        shown = self.data(owner, pid) if record.data else None
        found = shown.overview if shown else None
        version, edited = self.version_now(owner, pid)
        return ProjectView(
            id=record.id,
            name=record.name,
            task=task_of(record.task),
            language=record.language,
            rows=found.rows if found else 0,
            labels=len(found.labels) if found else 0,
            version=version,
            edited=edited,
            runs=len(self._store.list_runs(owner, pid)),
            updated=record.updated,
        )

    def rename_project(self, owner: str, pid: str, name: str) -> None:
        self._store.rename_project(owner, pid, name)

    def delete_project(self, owner: str, pid: str) -> None:
        """The project with its runs, templates and files; its running jobs are stopped first."""
        self._supervisor.stop_project(owner, pid)
        self._store.delete_project(owner, pid)

    def set_roles(self, owner: str, pid: str, task: TaskName, columns: dict[str, str]) -> None:
        data = self._data(owner, pid)
        spec = data.spec.model_copy(update={"columns": dict(columns)})
        self._take(owner, pid, ProjectData(spec, data.names, task, data.seed))

    def set_reading(self, owner: str, pid: str, *, header: Any, encoding: str) -> None:
        """Columns are guessed anew: another header gives them other names."""
        data = self._data(owner, pid)
        spec = data.spec.model_copy(update={"header": header, "encoding": encoding, "columns": {}})
        self._take(owner, pid, ProjectData(spec, data.names, data.task, data.seed))

    def set_split(
        self, owner: str, pid: str, train: float, validation: float, test: float, seed: int
    ) -> None:
        data = self._data(owner, pid)
        if train < 0 or validation < 0 or test <= 0 or train + validation + test > 1 + 1e-9:
            raise RequestError("bad_shares")
        shares = {"train": train, "validation": validation, "test": test}
        spec = type(data.spec).model_validate({**data.spec.model_dump(), "split": shares})
        self._take(owner, pid, ProjectData(spec, data.names, data.task, int(seed)))

    def _take(self, owner: str, pid: str, data: ProjectData) -> None:
        """Keeps the data; a project whose template does not fit its task gets a starter."""
        shown = self._view(Key(data))
        language = shown.overview.language if shown.overview else "en"
        self._store.put_data(owner, pid, data.to_plain())
        self._store.set_project_task(owner, pid, data.task, language)
        kept = self._store.get_template(owner, pid)
        if kept is None or kept.draft.get("task") != data.task:
            template = library.starter(data.task, language)
            self._store.save_draft(owner, pid, template.model_dump(mode="json"))
