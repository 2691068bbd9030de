"""The queue in the database: claims, leases, ends, events."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from instruct_ui.errors import RequestError
from instruct_ui.storage.records import JobFailure, JobState, NewEvent
from instruct_ui.storage.store import Store, open_store

OWNER = "local"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'a.db'}", tmp_path)
    yield store
    store.close()


def add(store: Store, lane: str = "training", owner: str = OWNER) -> str:
    return store.add_job(owner, None, lane, "run", {"rows": 3})


def test_jobs_are_claimed_in_order_and_by_lane(store: Store) -> None:
    first, other, second = add(store), add(store, "interactive"), add(store)
    claims = [store.claim_next("training", 10) for _ in range(3)]
    assert [c.id if c else None for c in claims] == [first, second, None]
    assert claims[0] is not None
    assert (claims[0].state, claims[0].payload) == (JobState.RUNNING, {"rows": 3})
    assert store.snapshot(OWNER, other).state is JobState.QUEUED


def test_no_job_is_claimed_twice(store: Store) -> None:
    jobs = {add(store) for _ in range(40)}
    with ThreadPoolExecutor(8) as threads:
        claims = list(threads.map(lambda _: store.claim_next("training", 10), range(60)))
    taken = [c.id for c in claims if c is not None]
    assert sorted(taken) == sorted(jobs)


def test_the_queue_tells_how_many_come_first(store: Store) -> None:
    add(store)
    add(store, owner="guest")
    mine = add(store)
    store.claim_next("training", 10)
    assert store.jobs_ahead(OWNER, mine) == 2


def test_a_job_ends_once(store: Store) -> None:
    job = add(store)
    assert not store.set_state(job, JobState.DONE, result={})
    store.claim_next("training", 10)
    assert store.set_state(job, JobState.DONE, result={"accuracy": 0.9})
    assert not store.set_state(job, JobState.FAILED)
    record = store.get_job(OWNER, job)
    assert (record.state, record.result) == (JobState.DONE, {"accuracy": 0.9})
    assert record.ended is not None


def test_a_failure_is_read_in_both_languages(store: Store) -> None:
    job = add(store)
    store.claim_next("training", 10)
    failure = JobFailure("fault", "worker_died", {"signal": "SIGKILL", "log": "/x.log"}, "trace")
    store.set_state(job, JobState.FAILED, error=failure)
    kept = store.snapshot(OWNER, job).error
    assert kept == failure
    assert kept is not None
    assert "SIGKILL" in kept.message("en")
    assert "SIGKILL" in kept.message("zh")
    assert kept.message("en") != kept.message("zh")


def test_events_are_read_on_from_the_last_one_seen(store: Store) -> None:
    job = add(store)
    store.claim_next("training", 10)
    events = [NewEvent("stage", {"name": "train"}), NewEvent("check", {"loss": 0.5})]
    assert store.record_progress(job, "train", {"check": {"loss": 0.5}}, events)
    seen = store.events_since(OWNER, job)
    assert [(e.kind, e.values) for e in seen] == [(e.kind, e.values) for e in events]
    assert store.append_event(job, "check", {"loss": 0.4})
    assert [e.values for e in store.events_since(OWNER, job, seen[-1].id)] == [{"loss": 0.4}]
    snapshot = store.snapshot(OWNER, job)
    assert (snapshot.stage, snapshot.progress) == ("train", {"check": {"loss": 0.5}})


def test_progress_of_an_ended_job_is_refused(store: Store) -> None:
    job = add(store)
    store.claim_next("training", 10)
    store.set_state(job, JobState.CANCELLED)
    assert not store.record_progress(job, "train", {}, [NewEvent("check", {})])
    assert not store.heartbeat(job, 10)
    assert store.events_since(OWNER, job) == ()


def test_a_dead_lease_is_interrupted_and_a_live_one_is_not(store: Store) -> None:
    dead, alive, mine, queued = (add(store) for _ in range(4))
    for _ in range(3):
        store.claim_next("training", 60)
    store.heartbeat(dead, -1)
    store.heartbeat(mine, -1)
    assert store.recover_interrupted([mine]) == (dead,)
    states = [store.snapshot(OWNER, job).state for job in (dead, alive, mine, queued)]
    assert states == [
        JobState.INTERRUPTED,
        JobState.RUNNING,
        JobState.RUNNING,
        JobState.QUEUED,
    ]


def test_a_job_whose_worker_is_gone_is_interrupted_before_its_lease_ends(store: Store) -> None:
    job = add(store)
    store.claim_next("training", 60)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    store.heartbeat(job, 60, ended.pid)
    assert store.recover_interrupted() == (job,)


def test_two_owners_do_not_see_each_other(store: Store) -> None:
    mine, theirs = add(store), add(store, owner="guest")
    assert [j.id for j in store.list_jobs(OWNER)] == [mine]
    for read in (store.get_job, store.snapshot, store.events_since, store.jobs_ahead):
        with pytest.raises(RequestError) as caught:
            read(OWNER, theirs)
        assert caught.value.key == "job_not_found"


def test_a_job_for_anothers_project_is_refused(store: Store) -> None:
    project = store.create_project("guest", "Theirs", "text_classification", "en")
    with pytest.raises(RequestError) as caught:
        store.add_job(OWNER, project.id, "training", "run", {})
    assert caught.value.key == "project_not_found"
    assert store.claim_next("training", 10) is None


def test_unfinished_jobs_are_listed_newest_first(store: Store) -> None:
    ended, running, queued = add(store), add(store), add(store)
    store.claim_next("training", 10)
    store.claim_next("training", 10)
    store.set_state(ended, JobState.DONE, result={})
    assert [j.id for j in store.list_jobs(OWNER, unfinished=True)] == [queued, running]
    assert len(store.list_jobs(OWNER)) == 3
