"""Opening: from empty, from a kept file, and from what is no database of ours."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from instruct_ui.errors import StorageFault
from instruct_ui.storage import database
from instruct_ui.storage.store import open_store
from instruct_ui.storage.tables import Base


def test_an_empty_home_gets_the_schema_of_the_models(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    url = f"sqlite:///{home / 'a.db'}"
    open_store(url, home).close()
    with database.connect(url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_schema_knows_the_states_and_the_delete_rules_of_the_models(tmp_path: Path) -> None:
    """What Alembic's comparison does not look at."""
    migrated, made = tmp_path / "a.db", tmp_path / "b.db"
    open_store(f"sqlite:///{migrated}", tmp_path).close()
    engine = database.connect(f"sqlite:///{made}")
    Base.metadata.create_all(engine)
    engine.dispose()
    assert constraints(migrated) == constraints(made)


def constraints(path: Path) -> dict[str, object]:
    with sqlite3.connect(path) as connection:
        tables = [t.name for t in Base.metadata.sorted_tables]
        keys = {
            t: sorted(row[2:] for row in connection.execute(f"PRAGMA foreign_key_list({t})"))
            for t in tables
        }
        sql = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'jobs'").fetchone()[0]
    return {**keys, "states": sql[sql.index("CHECK") :].split(")")[0]}


def test_the_known_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [database.HEAD]


def test_a_start_on_a_kept_database_does_not_load_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    open_store(url, tmp_path).close()
    script = (
        "import sys; from pathlib import Path; from instruct_ui.storage.store import open_store\n"
        f"open_store({url!r}, Path({str(tmp_path)!r})); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_store(f"sqlite:///{path}", tmp_path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageFault) as caught:
        open_store(f"sqlite:///{path}", tmp_path)
    assert caught.value.key == "storage_newer"
    assert "9999" in str(caught.value)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StorageFault) as caught:
        open_store(f"sqlite:///{path}", tmp_path)
    assert caught.value.key == "storage_damaged"
    assert str(path) in str(caught.value)


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("x")
    with pytest.raises(StorageFault) as caught:
        open_store(f"sqlite:///{home / 'a.db'}", home)
    assert str(home) in str(caught.value)


def test_a_failed_migration_leaves_an_empty_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a schema would lock a person out for ever."""
    from alembic import op

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("in the middle")

    url = f"sqlite:///{tmp_path / 'a.db'}"
    with monkeypatch.context() as patch:
        patch.setattr(op, "create_index", fail)
        with pytest.raises(RuntimeError):
            open_store(url, tmp_path)
    with sqlite3.connect(tmp_path / "a.db") as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    open_store(url, tmp_path).close()


def test_a_locked_database_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_BUSY_MS", 50)
    path = tmp_path / "a.db"
    store = open_store(f"sqlite:///{path}", tmp_path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageFault) as caught:
        store.create_project("local", "x", "text_classification", "en")
    assert caught.value.key == "storage_busy"
    assert store.list_projects("local") == ()  # reading goes on beside a writer
    other.execute("ROLLBACK")
    store.create_project("local", "x", "text_classification", "en")
    store.close()
    other.close()
