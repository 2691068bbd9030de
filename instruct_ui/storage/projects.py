"""Projects: what a person works on."""

from __future__ import annotations

import shutil

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from instruct_ui.errors import RequestError
from instruct_ui.storage import artifacts, faults, tables
from instruct_ui.storage.database import Database, ensure_owner
from instruct_ui.storage.records import JobState, ProjectRecord, new_id, now

NAME_LIMIT = 120


class ProjectStore(Database):
    def create_project(self, owner: str, name: str, task: str, language: str) -> ProjectRecord:
        """Raises RequestError for an empty or endless name."""
        moment = now()
        row = tables.Project(
            id=new_id(),
            owner=owner,
            name=_clean(name),
            task=task,
            language=language,
            template_id=None,
            data_version_id=None,
            created=moment,
            updated=moment,
        )
        with self.writing() as session:
            ensure_owner(session, owner)
            session.add(row)
            return _record(row)

    def list_projects(self, owner: str) -> tuple[ProjectRecord, ...]:
        """The last touched first."""
        query = select(tables.Project).where(tables.Project.owner == owner)
        with self.reading() as session:
            rows = session.scalars(query.order_by(tables.Project.updated.desc()))
            return tuple(_record(row) for row in rows)

    def get_project(self, owner: str, project_id: str) -> ProjectRecord:
        with self.reading() as session:
            return _record(find_project(session, owner, project_id))

    def rename_project(self, owner: str, project_id: str, name: str) -> ProjectRecord:
        clean = _clean(name)
        with self.writing() as session:
            row = find_project(session, owner, project_id)
            row.name, row.updated = clean, now()
            return _record(row)

    def set_project_task(
        self, owner: str, project_id: str, task: str, language: str
    ) -> ProjectRecord:
        """What the data turned out to be."""
        with self.writing() as session:
            row = find_project(session, owner, project_id)
            row.task, row.language, row.updated = task, language, now()
            return _record(row)

    def delete_project(self, owner: str, project_id: str) -> None:
        """Removes the project with its templates, jobs, runs and files.

        Raises RequestError `project_busy` while one of its jobs is running, StorageFault where a
        file cannot be removed (the project itself is gone by then).
        """
        busy = select(tables.Job.id).where(
            tables.Job.project_id == project_id, tables.Job.state == JobState.RUNNING
        )
        with self.writing() as session:
            row = find_project(session, owner, project_id)
            if session.scalar(busy.limit(1)) is not None:
                raise RequestError("project_busy", name=row.name)
            session.execute(delete(tables.Project).where(tables.Project.id == project_id))
        folder = artifacts.project_folder(self.home, project_id)
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            return  # a project without files
        except OSError as error:
            raise faults.of_os_error(error, folder) from error


def find_project(session: Session, owner: str, project_id: str) -> tables.Project:
    """Raises the same RequestError for another's project as for one that is not there."""
    row = session.get(tables.Project, project_id)
    if row is None or row.owner != owner:
        raise RequestError("project_not_found", id=project_id)
    return row


def _clean(name: str) -> str:
    clean = " ".join(name.split())
    if not clean:
        raise RequestError("project_name_empty", limit=NAME_LIMIT)
    if len(clean) > NAME_LIMIT:
        raise RequestError("project_name_long", length=len(clean), limit=NAME_LIMIT)
    return clean


def _record(row: tables.Project) -> ProjectRecord:
    return ProjectRecord(
        id=row.id,
        owner=row.owner,
        name=row.name,
        task=row.task,
        language=row.language,
        template_id=row.template_id,
        data_version_id=row.data_version_id,
        created=row.created,
        updated=row.updated,
    )
