"""Alembic's entry: runs the steps on the connection `database.migrate` hands over."""

from __future__ import annotations

from alembic import context

from instruct_ui.storage.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite cannot alter a table; later steps rebuild it.
    render_as_batch=True,
)
context.run_migrations()
