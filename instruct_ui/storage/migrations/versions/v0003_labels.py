"""What is labelled on the page: the names, and an answer for every text and pass."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "label_sets",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("project_id", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=True),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("updated", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_label_sets"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_label_sets_project_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner"], ["owners.id"], name="fk_label_sets_owner", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("project_id", "kind", name="uq_label_sets_project_id_kind"),
    )
    op.create_table(
        "row_labels",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("set_id", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("pass_number", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(32), nullable=False),
        sa.Column("data_version_id", sa.String(32), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("given", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_row_labels"),
        sa.ForeignKeyConstraint(
            ["set_id"], ["label_sets.id"], name="fk_row_labels_set_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner"], ["owners.id"], name="fk_row_labels_owner", ondelete="CASCADE"
        ),
        sa.UniqueConstraint(
            "set_id",
            "pass_number",
            "text_hash",
            name="uq_row_labels_set_id_pass_number_text_hash",
        ),
    )
