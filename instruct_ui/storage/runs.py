"""Runs: what came out of an experiment, and where its files lie."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from instruct_ui.errors import RequestError
from instruct_ui.storage import artifacts, faults, tables
from instruct_ui.storage.database import Database
from instruct_ui.storage.projects import find_project
from instruct_ui.storage.records import RunRecord, new_id, now


class RunStore(Database):
    def add_run(
        self,
        owner: str,
        project_id: str,
        *,
        title: str,
        spec: Mapping[str, Any],
        report: Mapping[str, Any],
        folder: Path,
        job_id: str | None = None,
        template_version_id: str | None = None,
        run_id: str | None = None,
    ) -> RunRecord:
        """Keeps a run. `folder` lies in the project's folder (see `artifacts.run_folder`);
        `run_id`: the id the folder was named by. Raises ValueError for a folder elsewhere.
        """
        project = artifacts.project_folder(self.home, project_id).resolve()
        place = folder.resolve()
        if not place.is_relative_to(project):
            raise ValueError(f"the run's folder {folder} is not inside {project}")
        row = tables.Run(
            id=run_id or new_id(),
            owner=owner,
            project_id=project_id,
            job_id=job_id,
            title=title,
            spec=dict(spec),
            report=dict(report),
            folder=place.relative_to(self.home.resolve()).as_posix(),
            template_version_id=template_version_id,
            created=now(),
        )
        with self.writing() as session:
            find_project(session, owner, project_id)
            session.add(row)
            return self._record(row)

    def list_runs(self, owner: str, project_id: str) -> tuple[RunRecord, ...]:
        """The newest first."""
        query = select(tables.Run).where(
            tables.Run.owner == owner, tables.Run.project_id == project_id
        )
        with self.reading() as session:
            find_project(session, owner, project_id)
            rows = session.scalars(query.order_by(tables.Run.created.desc()))
            return tuple(self._record(row) for row in rows)

    def get_run(self, owner: str, run_id: str) -> RunRecord:
        with self.reading() as session:
            return self._record(_find(session, owner, run_id))

    def delete_run(self, owner: str, run_id: str) -> None:
        """Removes the run and its folder. Raises StorageFault where a file cannot be removed."""
        with self.writing() as session:
            folder = self._record(_find(session, owner, run_id)).folder
            session.execute(delete(tables.Run).where(tables.Run.id == run_id))
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            return  # a run whose files were moved away by hand
        except OSError as error:
            raise faults.of_os_error(error, folder) from error

    def _record(self, row: tables.Run) -> RunRecord:
        return RunRecord(
            id=row.id,
            owner=row.owner,
            project_id=row.project_id,
            job_id=row.job_id,
            title=row.title,
            spec=row.spec,
            report=row.report,
            folder=self.home / row.folder,
            template_version_id=row.template_version_id,
            created=row.created,
        )


def _find(session: Session, owner: str, run_id: str) -> tables.Run:
    row = session.get(tables.Run, run_id)
    if row is None or row.owner != owner:
        raise RequestError("run_not_found", id=run_id)
    return row
