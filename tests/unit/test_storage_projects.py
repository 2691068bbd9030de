"""Projects, templates and runs as a person keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from instruct_ui.errors import RequestError
from instruct_ui.storage import artifacts
from instruct_ui.storage.records import JobState, ProjectRecord, new_id
from instruct_ui.storage.store import Store, open_store

OWNER = "local"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'a.db'}", tmp_path)
    yield store
    store.close()


@pytest.fixture
def project(store: Store) -> ProjectRecord:
    return store.create_project(OWNER, "Intents", "text_classification", "en")


def add_run(store: Store, project: ProjectRecord, title: str = "zero-shot") -> str:
    run_id = new_id()
    folder = artifacts.run_folder(store.home, project.id, run_id)
    artifacts.write_whole(folder / "report.json", b"{}")
    return store.add_run(
        project.owner,
        project.id,
        title=title,
        spec={"model": "minilm"},
        report={"accuracy": 0.5},
        folder=folder,
        run_id=run_id,
    ).id


def test_a_project_is_read_back_as_it_was_made(store: Store, project: ProjectRecord) -> None:
    assert store.get_project(OWNER, project.id) == project
    assert project.created.utcoffset() is not None
    assert store.list_projects(OWNER) == (project,)


def test_the_project_last_touched_stands_first(store: Store, project: ProjectRecord) -> None:
    second = store.create_project(OWNER, "News", "token_classification", "zh")
    assert [p.id for p in store.list_projects(OWNER)] == [second.id, project.id]
    store.rename_project(OWNER, project.id, "  Support \n intents ")
    assert [p.name for p in store.list_projects(OWNER)] == ["Support intents", "News"]


def test_data_survives_reopening(store: Store, project: ProjectRecord, tmp_path: Path) -> None:
    data = {"file": "/x/数据.csv", "columns": {"text": 0}, "view": {"row": 3}}
    version = store.add_data(OWNER, project.id, data, {"key": "brought"})
    store.keep_report(version.id, {"rows": 3})
    store.close()
    again = open_store(f"sqlite:///{tmp_path / 'a.db'}", tmp_path)
    kept = again.data_in_use(OWNER, project.id)
    assert kept is not None and (kept.data, kept.report, kept.number) == (data, {"rows": 3}, 1)
    again.close()


def test_an_older_version_of_the_data_is_taken_again(store: Store, project: ProjectRecord) -> None:
    for seed in (0, 1):
        store.add_data(OWNER, project.id, {"seed": seed}, {"key": "split"})
    assert store.use_data(OWNER, project.id, 1).data == {"seed": 0}
    in_use = store.data_in_use(OWNER, project.id)
    assert in_use is not None and in_use.number == 1
    assert [v.number for v in store.list_data(OWNER, project.id)] == [2, 1]
    assert store.add_data(OWNER, project.id, {}, {}).number == 3
    with pytest.raises(RequestError, match="9"):
        store.use_data(OWNER, project.id, 9)


@pytest.mark.parametrize(
    ("name", "key"), [(" \t", "project_name_empty"), ("x" * 121, "project_name_long")]
)
def test_a_name_nobody_can_read_is_refused(store: Store, name: str, key: str) -> None:
    with pytest.raises(RequestError) as caught:
        store.create_project(OWNER, name, "text_classification", "en")
    assert caught.value.key == key
    assert store.list_projects(OWNER) == ()


def test_deleting_a_project_takes_everything_of_it(store: Store, project: ProjectRecord) -> None:
    other = store.create_project(OWNER, "Other", "text_classification", "en")
    kept_run = add_run(store, other)
    store.save_draft(OWNER, project.id, {"blocks": []})
    version = store.keep_version(OWNER, project.id)
    run = add_run(store, project)
    job = store.add_job(OWNER, project.id, "training", "run", {})
    store.append_event(job, "stage", {"name": "load"})

    store.delete_project(OWNER, project.id)

    assert [p.id for p in store.list_projects(OWNER)] == [other.id]
    for read, gone in [
        (store.get_project, project.id),
        (store.get_version, version.id),
        (store.get_run, run),
        (store.get_job, job),
        (store.events_since, job),
    ]:
        with pytest.raises(RequestError):
            read(OWNER, gone)
    assert not artifacts.project_folder(store.home, project.id).exists()
    assert store.get_run(OWNER, kept_run).folder.is_dir()


def test_a_project_with_a_running_job_is_not_deleted(store: Store, project: ProjectRecord) -> None:
    job = store.add_job(OWNER, project.id, "training", "run", {})
    assert store.claim_next("training", 10) is not None
    with pytest.raises(RequestError) as caught:
        store.delete_project(OWNER, project.id)
    assert caught.value.key == "project_busy"
    store.set_state(job, JobState.CANCELLED)
    store.delete_project(OWNER, project.id)
    assert store.list_projects(OWNER) == ()


def test_autosave_overwrites_one_draft(store: Store, project: ProjectRecord) -> None:
    assert store.get_template(OWNER, project.id) is None
    first = store.save_draft(OWNER, project.id, {"instruction": "a"}, name="Intent")
    second = store.save_draft(OWNER, project.id, {"instruction": "b"})
    assert second.id == first.id
    assert store.get_template(OWNER, project.id) == second
    assert (second.name, second.draft) == ("Intent", {"instruction": "b"})
    assert store.get_project(OWNER, project.id).template_id == first.id
    assert store.list_versions(OWNER, project.id) == ()


def test_a_version_is_kept_once_and_never_changes(store: Store, project: ProjectRecord) -> None:
    store.save_draft(OWNER, project.id, {"instruction": "a"})
    first = store.keep_version(OWNER, project.id, " start ")
    assert store.keep_version(OWNER, project.id, "again") == first
    store.save_draft(OWNER, project.id, {"instruction": "b"})
    second = store.keep_version(OWNER, project.id)
    assert [v.number for v in store.list_versions(OWNER, project.id)] == [2, 1]
    assert store.get_version(OWNER, first.id) == first
    assert (first.note, first.body) == ("start", {"instruction": "a"})
    assert second.body == {"instruction": "b"}


def test_a_version_needs_a_template(store: Store, project: ProjectRecord) -> None:
    with pytest.raises(RequestError) as caught:
        store.keep_version(OWNER, project.id)
    assert caught.value.key == "template_not_found"


def test_a_run_is_deleted_with_its_files(store: Store, project: ProjectRecord) -> None:
    first, second = add_run(store, project, "a"), add_run(store, project, "b")
    folder = store.get_run(OWNER, first).folder
    assert (folder / "report.json").read_bytes() == b"{}"
    store.delete_run(OWNER, first)
    assert [r.id for r in store.list_runs(OWNER, project.id)] == [second]
    assert not folder.exists()


def test_a_run_outside_its_project_is_refused(
    store: Store, project: ProjectRecord, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="not inside"):
        store.add_run(OWNER, project.id, title="x", spec={}, report={}, folder=tmp_path / "runs")


def test_a_home_can_be_moved(store: Store, project: ProjectRecord, tmp_path: Path) -> None:
    run = add_run(store, project)
    store.close()
    moved = tmp_path.with_name(tmp_path.name + "-moved")
    tmp_path.rename(moved)
    again = open_store(f"sqlite:///{moved / 'a.db'}", moved)
    assert (again.get_run(OWNER, run).folder / "report.json").is_file()
    again.close()


def test_another_owner_reads_as_if_nothing_were_there(store: Store, project: ProjectRecord) -> None:
    store.save_draft(OWNER, project.id, {})
    version = store.keep_version(OWNER, project.id)
    run = add_run(store, project)
    stranger = "guest"
    assert store.list_projects(stranger) == ()
    attempts = [
        (lambda i: store.get_project(stranger, i), project.id),
        (lambda i: store.rename_project(stranger, i, "mine"), project.id),
        (lambda i: store.add_data(stranger, i, {}, {}), project.id),
        (lambda i: store.use_data(stranger, i, 1), project.id),
        (lambda i: store.data_in_use(stranger, i), project.id),
        (lambda i: store.list_data(stranger, i), project.id),
        (lambda i: store.delete_project(stranger, i), project.id),
        (lambda i: store.get_template(stranger, i), project.id),
        (lambda i: store.save_draft(stranger, i, {}), project.id),
        (lambda i: store.keep_version(stranger, i), project.id),
        (lambda i: store.list_versions(stranger, i), project.id),
        (lambda i: store.get_version(stranger, i), version.id),
        (lambda i: store.list_runs(stranger, i), project.id),
        (lambda i: store.get_run(stranger, i), run),
        (lambda i: store.delete_run(stranger, i), run),
    ]
    for attempt, identifier in attempts:
        with pytest.raises(RequestError) as foreign:
            attempt(identifier)
        with pytest.raises(RequestError) as missing:
            attempt("0" * 32)
        assert foreign.value.key == missing.value.key
        assert str(foreign.value).replace(identifier, "") == str(missing.value).replace(
            "0" * 32, ""
        )
    assert store.get_run(OWNER, run).folder.is_dir()
