"""The first schema. A step is history: it repeats the tables and never imports them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "owners",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_owners"),
    )
    _create_projects()
    _create_templates()
    _create_jobs()
    _create_runs()


def _id(name: str = "id", nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), nullable=nullable)


def _owner() -> sa.Column[str]:
    return sa.Column("owner", sa.String(64), nullable=False)


def _points_at(table: str, column: str, target: str, ondelete: str = "CASCADE") -> sa.Constraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def _create_projects() -> None:
    op.create_table(
        "projects",
        _id(),
        _owner(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("task", sa.String(64), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("data", sa.JSON(), nullable=True),
        _id("template_id", nullable=True),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("updated", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
        _points_at("projects", "owner", "owners"),
    )
    op.create_index("ix_projects_owner", "projects", ["owner"])


def _create_templates() -> None:
    op.create_table(
        "templates",
        _id(),
        _owner(),
        _id("project_id"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("updated", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_templates"),
        _points_at("templates", "owner", "owners"),
        _points_at("templates", "project_id", "projects"),
    )
    op.create_index("ix_templates_project_id", "templates", ["project_id"])
    op.create_table(
        "template_versions",
        _id(),
        _id("template_id"),
        _owner(),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_template_versions"),
        sa.UniqueConstraint(
            "template_id", "number", name="uq_template_versions_template_id_number"
        ),
        _points_at("template_versions", "template_id", "templates"),
        _points_at("template_versions", "owner", "owners"),
    )


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        _id(),
        _owner(),
        _id("project_id", nullable=True),
        sa.Column("lane", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("stage", sa.String(64), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("started", sa.DateTime(), nullable=True),
        sa.Column("ended", sa.DateTime(), nullable=True),
        sa.Column("lease_until", sa.DateTime(), nullable=True),
        sa.Column("worker_pid", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted')",
            name=op.f("ck_jobs_state"),
        ),
        _points_at("jobs", "owner", "owners"),
        _points_at("jobs", "project_id", "projects"),
    )
    op.create_index("ix_jobs_lane_state_created", "jobs", ["lane", "state", "created"])
    op.create_index("ix_jobs_owner_project_id", "jobs", ["owner", "project_id"])
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        _id("job_id"),
        _owner(),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        _points_at("events", "job_id", "jobs"),
        _points_at("events", "owner", "owners"),
    )
    op.create_index("ix_events_job_id_id", "events", ["job_id", "id"])


def _create_runs() -> None:
    op.create_table(
        "runs",
        _id(),
        _owner(),
        _id("project_id"),
        _id("job_id", nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        _id("template_version_id", nullable=True),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        _points_at("runs", "owner", "owners"),
        _points_at("runs", "project_id", "projects"),
        _points_at("runs", "job_id", "jobs", ondelete="SET NULL"),
        _points_at("runs", "template_version_id", "template_versions", ondelete="SET NULL"),
    )
    op.create_index("ix_runs_owner_project_id", "runs", ["owner", "project_id"])
