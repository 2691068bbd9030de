"""The connection: opening, migrating, transactions, and lower-level errors turned into ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from instruct_ui.errors import StorageFault
from instruct_ui.storage import faults, tables
from instruct_ui.storage.records import now

HEAD = "0003"
"""The newest migration; compared without loading Alembic, which a start should not pay for."""
_BUSY_MS = 10_000
_MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """Two kinds of transaction on one pool. The groups of tables are written on top of it."""

    def __init__(self, url: str, home: Path) -> None:
        """Opens and migrates. Raises StorageFault."""
        self.home = home
        self._where = url.removeprefix("sqlite:///")
        self._engine = connect(url)
        # Taking the write lock at the start avoids the upgrade of a read lock, on which SQLite
        # refuses at once instead of waiting.
        self._writer = self._engine.execution_options(write=True)
        with self._guarded():
            migrate(self._writer, self._where)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self._guarded(), Session(self._engine) as session, session.begin():
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with self._guarded(), Session(self._writer) as session, session.begin():
            yield session

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if isinstance(error.orig, sqlite3.Error):
                fault = faults.of_sqlite(error.orig, self._where)
                if fault is not None:
                    raise fault from error
            raise


def ensure_owner(session: Session, owner: str) -> None:
    """Owners come into being with the first thing they keep."""
    if session.get(tables.Owner, owner) is None:
        session.add(tables.Owner(id=owner, created=now()))
        session.flush()


def connect(url: str) -> Engine:
    """An engine whose transactions are SQLite's own, begun by us (see `Database`)."""
    engine = create_engine(url, pool_size=10)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver shall not begin transactions of its own
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def migrate(writer: Engine, where: str) -> None:
    """Brings the schema to HEAD in one transaction: all steps or none.

    Raises StorageFault for a database of a newer version.
    """
    with writer.begin() as connection:
        found = _found(connection)
        if found == HEAD:
            return
        from alembic.command import upgrade
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.attributes["connection"] = connection
        known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
        if found is not None and found not in known:
            raise StorageFault("storage_newer", where=where, found=found, known=HEAD)
        upgrade(config, HEAD)


def _found(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
