"""The tables. `migrations/` holds their history; a test keeps the two equal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from instruct_ui.storage.records import JobState, Json

STATES = ", ".join(f"'{state}'" for state in JobState)


class UtcTime(TypeDecorator[datetime]):
    """Aware times in, aware times out: SQLite itself forgets the zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  read by SQLAlchemy as a plain class attribute
        datetime: UtcTime(),
        Json: JSON(none_as_null=True),
    }


_ID = String(32)
_OWNER = String(64)


class Owner(Base):
    __tablename__ = "owners"
    id: Mapped[str] = mapped_column(_OWNER, primary_key=True)
    created: Mapped[datetime]


class Project(Base):
    __tablename__ = "projects"
    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    owner: Mapped[str] = mapped_column(_OWNER, ForeignKey("owners.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    task: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(16))
    # No foreign keys: these tables point here, and two pointing at each other cannot be created.
    template_id: Mapped[str | None] = mapped_column(_ID)
    data_version_id: Mapped[str | None] = mapped_column(_ID)
    created: Mapped[datetime]
    updated: Mapped[datetime]
    __table_args__ = (Index(None, "owner"),)


class DataVersion(Base):
    __tablename__ = "data_versions"
    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    project_id: Mapped[str] = mapped_column(_ID, ForeignKey("projects.id", ondelete="CASCADE"))
    owner: Mapped[str] = mapped_column(_OWNER, ForeignKey("owners.id", ondelete="CASCADE"))
    number: Mapped[int]
    data: Mapped[Json]
    note: Mapped[Json]
    report: Mapped[Json | None]
    mistake: Mapped[Json | None]
    created: Mapped[datetime]
    __table_args__ = (UniqueConstraint("project_id", "number"),)


class LabelSet(Base):
    __tablename__ = "label_sets"
    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    project_id: Mapped[str] = mapped_column(_ID, ForeignKey("projects.id", ondelete="CASCADE"))
    owner: Mapped[str] = mapped_column(_OWNER, ForeignKey("owners.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    settings: Mapped[Json]
    found: Mapped[Json | None]
    created: Mapped[datetime]
    updated: Mapped[datetime]
    __table_args__ = (UniqueConstraint("project_id", "kind"),)


class RowLabel(Base):
    __tablename__ = "row_labels"
    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    set_id: Mapped[str] = mapped_column(_ID, ForeignKey("label_sets.id", ondelete="CASCADE"))
    owner: Mapped[str] = mapped_column(_OWNER, ForeignKey("owners.id", ondelete="CASCADE"))
    pass_number: Mapped[int]
    text_hash: Mapped[str] = mapped_column(String(32))
    # No foreign key: a label outlives the version of the data it was given in.
    data_version_id: Mapped[str] = mapped_column(_ID)
    row: Mapped[int]
    answer: Mapped[Json | None]
    note: Mapped[str] = mapped_column(Text)
    seconds: Mapped[float | None] = mapped_column(Double)
    given: Mapped[datetime]
    __table_args__ = (UniqueConstraint("set_id", "pass_number", "text_hash"),)


class Template(Base):
    __tablename__ = "templates"
    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    owner: Mapped[str] = mapped_column(_OWNER, ForeignKey("owners.id", ondelete="CASCADE"))
    project_id: Mapped[str] = mapped_column(_ID, ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    draft: Mapped[Json]
    created: Mapped[datetime]
    updated: Mapped[datetime]
    __table_args__ = (Index(None, "project_id"),)


class Version(Base):
    __tablename__ = "template_versions"
    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    template_id: Mapped[str] = mapped_column(_ID, ForeignKey("templates.id", ondelete="CASCADE"))
    owner: Mapped[str] = mapped_column(_OWNER, ForeignKey("owners.id", ondelete="CASCADE"))
    number: Mapped[int]
    body: Mapped[Json]
    note: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime]
    __table_args__ = (UniqueConstraint("template_id", "number"),)


class Job(Base):
    __tablename__ = "jobs"
    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    owner: Mapped[str] = mapped_column(_OWNER, ForeignKey("owners.id", ondelete="CASCADE"))
    project_id: Mapped[str | None] = mapped_column(
        _ID, ForeignKey("projects.id", ondelete="CASCADE")
    )
    lane: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(64))
    payload: Mapped[Json]
    state: Mapped[str] = mapped_column(String(16))
    stage: Mapped[str] = mapped_column(String(64))
    progress: Mapped[Json]
    result: Mapped[Json | None]
    error: Mapped[Json | None]
    created: Mapped[datetime]
    started: Mapped[datetime | None]
    ended: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    worker_pid: Mapped[int | None]
    __table_args__ = (
        CheckConstraint(f"state IN ({STATES})", name="state"),
        Index(None, "lane", "state", "created"),
        Index(None, "owner", "project_id"),
    )


class Event(Base):
    __tablename__ = "events"
    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(_ID, ForeignKey("jobs.id", ondelete="CASCADE"))
    owner: Mapped[str] = mapped_column(_OWNER, ForeignKey("owners.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(32))
    values: Mapped[Json]
    __table_args__ = (Index(None, "job_id", "id"),)


class Run(Base):
    __tablename__ = "runs"
    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    owner: Mapped[str] = mapped_column(_OWNER, ForeignKey("owners.id", ondelete="CASCADE"))
    project_id: Mapped[str] = mapped_column(_ID, ForeignKey("projects.id", ondelete="CASCADE"))
    job_id: Mapped[str | None] = mapped_column(_ID, ForeignKey("jobs.id", ondelete="SET NULL"))
    title: Mapped[str] = mapped_column(Text)
    spec: Mapped[Json]
    report: Mapped[Json]
    folder: Mapped[str] = mapped_column(Text)
    """Relative to the home, so that a home can be moved."""
    template_version_id: Mapped[str | None] = mapped_column(
        _ID, ForeignKey("template_versions.id", ondelete="SET NULL")
    )
    created: Mapped[datetime]
    __table_args__ = (Index(None, "owner", "project_id"),)
