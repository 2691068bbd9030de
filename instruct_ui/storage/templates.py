"""A project's template: one draft that follows every edit, and numbered versions that stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from instruct_ui.errors import RequestError
from instruct_ui.storage import tables
from instruct_ui.storage.database import Database
from instruct_ui.storage.projects import find_project
from instruct_ui.storage.records import TemplateRecord, TemplateVersion, new_id, now


class TemplateStore(Database):
    def save_draft(
        self, owner: str, project_id: str, body: Mapping[str, Any], name: str | None = None
    ) -> TemplateRecord:
        """Autosave: overwrites the draft in place; the first save makes the project's template."""
        moment = now()
        with self.writing() as session:
            project = find_project(session, owner, project_id)
            row = _active(session, project)
            if row is None:
                row = tables.Template(
                    id=new_id(),
                    owner=owner,
                    project_id=project_id,
                    name=name or project.name,
                    draft=dict(body),
                    created=moment,
                    updated=moment,
                )
                session.add(row)
                project.template_id = row.id
            else:
                row.draft, row.name, row.updated = dict(body), name or row.name, moment
            project.updated = moment
            return _record(row)

    def get_template(self, owner: str, project_id: str) -> TemplateRecord | None:
        """None for a project without a template."""
        with self.reading() as session:
            row = _active(session, find_project(session, owner, project_id))
            return None if row is None else _record(row)

    def keep_version(self, owner: str, project_id: str, note: str = "") -> TemplateVersion:
        """Appends the draft as a version, or gives the newest version where they are equal.

        Raises RequestError `template_not_found` for a project without a template.
        """
        with self.writing() as session:
            template = _active(session, find_project(session, owner, project_id))
            if template is None:
                raise RequestError("template_not_found", id=project_id)
            newest = session.scalar(_versions(template.id).limit(1))
            if newest is not None and newest.body == template.draft:
                return _version(newest)
            row = tables.Version(
                id=new_id(),
                template_id=template.id,
                owner=owner,
                number=1 if newest is None else newest.number + 1,
                body=template.draft,
                note=note.strip(),
                created=now(),
            )
            session.add(row)
            return _version(row)

    def list_versions(self, owner: str, project_id: str) -> tuple[TemplateVersion, ...]:
        """The newest first."""
        with self.reading() as session:
            project = find_project(session, owner, project_id)
            if project.template_id is None:
                return ()
            return tuple(_version(row) for row in session.scalars(_versions(project.template_id)))

    def get_version(self, owner: str, version_id: str) -> TemplateVersion:
        with self.reading() as session:
            row = session.get(tables.Version, version_id)
            if row is None or row.owner != owner:
                raise RequestError("version_not_found", id=version_id)
            return _version(row)


def _active(session: Session, project: tables.Project) -> tables.Template | None:
    return (
        None if project.template_id is None else session.get(tables.Template, project.template_id)
    )


def _versions(template_id: str) -> Any:
    query = select(tables.Version).where(tables.Version.template_id == template_id)
    return query.order_by(tables.Version.number.desc())


def _record(row: tables.Template) -> TemplateRecord:
    return TemplateRecord(row.id, row.project_id, row.name, row.draft, row.updated)


def _version(row: tables.Version) -> TemplateVersion:
    return TemplateVersion(row.id, row.template_id, row.number, row.body, row.note, row.created)
