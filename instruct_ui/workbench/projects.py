"""Projects: made from samples, brought files and pasted rows; listed, renamed, deleted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from instruct_ui.data.samples import SAMPLES, Sample, sample_named
from instruct_ui.errors import InstructError, RequestError
from instruct_ui.storage import artifacts
from instruct_ui.templates import library
from instruct_ui.workbench.data_changes import DataChanges
from instruct_ui.workbench.project_data import ProjectData
from instruct_ui.workbench.views import ProjectView


class ProjectBench(DataChanges):
    def samples(self) -> list[Sample]:
        return list(SAMPLES.values())

    def open_sample(self, owner: str, key: str, name: str = "") -> str:
        """A new project on a sample, template ready."""
        sample = sample_named(key)
        project = self._store.create_project(
            owner, name or sample.file, sample.task, sample.language
        )
        if sample.template:
            template = library.resolve(sample.template)
            self._store.save_draft(owner, project.id, template.model_dump(mode="json"))
        data = ProjectData(sample.data(), {sample.path.name: sample.file}, sample.task)
        self._take(owner, project.id, data, {"key": "sample"})
        return project.id

    def create_project(self, owner: str, name: str, files: Sequence[tuple[str, Path]]) -> str:
        """A new project on brought files. Raises DataError where one cannot be read at all;
        nothing is left of the project then."""
        return self._created(owner, name, lambda pid: self.replace_data(owner, pid, files))

    def create_from_text(self, owner: str, name: str, text: str) -> str:
        """As `create_project`, on what was pasted."""
        if not text.strip():
            raise RequestError("nothing_given")

        def bring(pid: str) -> None:
            kept = artifacts.keep_text(self.settings.home, pid, text)
            self._bring(owner, pid, [("pasted.txt", kept.path)])

        return self._created(owner, name, bring)

    def _created(self, owner: str, name: str, bring: Callable[[str], None]) -> str:
        project = self._store.create_project(owner, name, "text_classification", "en")
        try:
            bring(project.id)
        except InstructError:
            # The job that read a packed file may still be on its way out.
            self.delete_project(owner, project.id)
            raise
        return project.id

    def projects(self, owner: str) -> list[ProjectView]:
        return [self.project(owner, record.id) for record in self._store.list_projects(owner)]

    def project(self, owner: str, pid: str) -> ProjectView:
        record = self._store.get_project(owner, pid)
        data = self.data(owner, pid) if record.data_version_id else None
        found = data.overview if data else None
        version, edited = self.version_now(owner, pid)
        return ProjectView(
            id=record.id,
            name=record.name,
            task=record.task,
            language=record.language,
            rows=found.rows if found else 0,
            labels=len(found.labels) if found else 0,
            version=version,
            edited=edited,
            runs=len(self._store.list_runs(owner, pid)),
            wrong=sum(f.weight == "wrong" for f in data.findings) if data else 0,
            updated=record.updated,
        )

    def rename_project(self, owner: str, pid: str, name: str) -> None:
        self._store.rename_project(owner, pid, name)

    def delete_project(self, owner: str, pid: str) -> None:
        """The project with its runs, templates and files; its running jobs are stopped first."""
        self._supervisor.stop_project(owner, pid)
        self._store.delete_project(owner, pid)
