"""A project's data: numbered versions that stay as they are, one of them in use.

A version is what decides the reading (a spec's data part, the names the files were brought under,
task, seed); what reading and checking made of it is written beside it once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from instruct_ui.errors import RequestError
from instruct_ui.storage import tables
from instruct_ui.storage.database import Database
from instruct_ui.storage.projects import find_project
from instruct_ui.storage.records import DataVersion, new_id, now


class DataStore(Database):
    def add_data(
        self, owner: str, project_id: str, data: Mapping[str, Any], note: Mapping[str, Any]
    ) -> DataVersion:
        """Appends a version and takes it into use. `note`: a text's key and its parameters."""
        with self.writing() as session:
            project = find_project(session, owner, project_id)
            newest = session.scalar(_versions(project_id).limit(1))
            row = tables.DataVersion(
                id=new_id(),
                project_id=project_id,
                owner=owner,
                number=1 if newest is None else newest.number + 1,
                data=dict(data),
                note=dict(note),
                report=None,
                mistake=None,
                created=now(),
            )
            session.add(row)
            project.data_version_id, project.updated = row.id, row.created
            return _record(row)

    def use_data(self, owner: str, project_id: str, number: int) -> DataVersion:
        """Takes an older version into use again."""
        with self.writing() as session:
            project = find_project(session, owner, project_id)
            row = session.scalar(
                _versions(project_id).where(tables.DataVersion.number == number).limit(1)
            )
            if row is None:
                raise RequestError("data_version_not_found", number=number)
            project.data_version_id, project.updated = row.id, now()
            return _record(row)

    def keep_report(
        self,
        version_id: str,
        report: Mapping[str, Any] | None,
        mistake: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """What came of reading a version, and the data itself where parts of it were still to be
        found out; nothing where it is gone with its project."""
        with self.writing() as session:
            row = session.get(tables.DataVersion, version_id)
            if row is not None:
                row.report = None if report is None else dict(report)
                row.mistake = None if mistake is None else dict(mistake)
                if data is not None:
                    row.data = dict(data)

    def data_in_use(self, owner: str, project_id: str) -> DataVersion | None:
        """None for a project without data."""
        with self.reading() as session:
            row = _in_use(session, find_project(session, owner, project_id))
            return None if row is None else _record(row)

    def list_data(self, owner: str, project_id: str) -> tuple[DataVersion, ...]:
        """The newest first."""
        with self.reading() as session:
            find_project(session, owner, project_id)
            return tuple(_record(row) for row in session.scalars(_versions(project_id)))


def _in_use(session: Session, project: tables.Project) -> tables.DataVersion | None:
    version = project.data_version_id
    return None if version is None else session.get(tables.DataVersion, version)


def _versions(project_id: str) -> Any:
    query = select(tables.DataVersion).where(tables.DataVersion.project_id == project_id)
    return query.order_by(tables.DataVersion.number.desc())


def _record(row: tables.DataVersion) -> DataVersion:
    return DataVersion(
        row.id, row.project_id, row.number, row.data, row.note, row.report, row.mistake, row.created
    )
