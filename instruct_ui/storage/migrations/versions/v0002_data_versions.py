"""A project's data becomes a row of numbered versions; what was there is the first."""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    versions = op.create_table(
        "data_versions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("project_id", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("note", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.Column("mistake", sa.JSON(), nullable=True),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_data_versions"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_data_versions_project_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner"], ["owners.id"], name="fk_data_versions_owner", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("project_id", "number", name="uq_data_versions_project_id_number"),
    )
    op.add_column("projects", sa.Column("data_version_id", sa.String(32), nullable=True))
    projects = sa.table(
        "projects",
        sa.column("id", sa.String),
        sa.column("owner", sa.String),
        sa.column("data", sa.JSON),
        sa.column("data_version_id", sa.String),
        sa.column("updated", sa.DateTime),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(projects)).fetchall():
        if row.data is None:
            continue
        version = uuid4().hex
        connection.execute(
            versions.insert().values(
                id=version,
                project_id=row.id,
                owner=row.owner,
                number=1,
                data=row.data,
                note={"key": "brought"},
                report=sa.null(),
                mistake=sa.null(),
                created=row.updated,
            )
        )
        connection.execute(
            projects.update().where(projects.c.id == row.id).values(data_version_id=version)
        )
    op.drop_column("projects", "data")
