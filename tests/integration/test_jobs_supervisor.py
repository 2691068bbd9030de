"""Real worker processes under a real supervisor: every way a job can end."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from instruct_ui.errors import RequestError
from instruct_ui.jobs.supervisor import Supervisor
from instruct_ui.storage.records import JobRecord, JobState
from instruct_ui.storage.store import Store, open_store

OWNER = "local"
PATIENCE = 30.0
ENV = {"PYTHONPATH": str(Path(__file__).parent), "JOBS_TEST": "handed on"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'a.db'}", tmp_path)
    yield store
    store.close()


@pytest.fixture
def supervisor(store: Store) -> Iterator[Supervisor]:
    supervisor = Supervisor(store, kinds_module="jobs_kinds", env=ENV)
    supervisor.start()
    yield supervisor
    supervisor.shutdown()


def until(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    pause = Event()
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        pause.wait(0.01)
    return value


def play(
    supervisor: Supervisor, store: Store, kind: str, lane: str = "interactive", **payload: Any
) -> JobRecord:
    job = supervisor.submit(OWNER, None, kind, payload, lane)
    supervisor.wait(OWNER, job, PATIENCE)
    return store.get_job(OWNER, job)


def begin(
    supervisor: Supervisor, store: Store, kind: str, lane: str = "interactive", **payload: Any
) -> str:
    """Submits a job and waits until its function runs."""
    job = supervisor.submit(OWNER, None, kind, payload, lane)
    until(lambda: store.snapshot(OWNER, job).stage == "train")
    return job


def alive(pid: int) -> bool:
    """A zombie that nobody has collected yet does not live."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_job_gives_its_result(supervisor: Supervisor, store: Store) -> None:
    job = play(supervisor, store, "answer", text="你好")
    assert (job.state, job.error) == (JobState.DONE, None)
    assert job.result is not None
    assert job.result["payload"] == {"text": "你好"}
    assert job.result["env"] == "handed on"
    assert job.created <= job.started <= job.ended  # type: ignore[operator]


def test_a_lane_keeps_its_worker_and_training_is_the_modest_one(
    supervisor: Supervisor, store: Store
) -> None:
    first, second = (play(supervisor, store, "answer").result for _ in range(2))
    training = play(supervisor, store, "answer", lane="training").result
    assert first and second and training
    assert first["pid"] == second["pid"] != training["pid"]
    assert training["gives_way"] and not first["gives_way"]


def test_a_long_training_does_not_keep_a_text_waiting(supervisor: Supervisor, store: Store) -> None:
    training = begin(supervisor, store, "patient", lane="training")
    second = supervisor.submit(OWNER, None, "patient", {}, "training")
    assert play(supervisor, store, "answer").state is JobState.DONE
    assert store.snapshot(OWNER, training).state is JobState.RUNNING
    assert store.snapshot(OWNER, second).state is JobState.QUEUED


def test_a_mistake_keeps_key_and_parameters(supervisor: Supervisor, store: Store) -> None:
    job = play(supervisor, store, "mistaken")
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert (job.error.kind, job.error.key) == ("mistake", "project_name_long")
    assert job.error.params == {"length": 130, "limit": 120}
    assert "130" in job.error.message("zh")


@pytest.mark.parametrize(
    ("kind", "key", "words"),
    [
        ("crash", "job_fault", "ZeroDivisionError: in the middle"),
        ("killed", "worker_died", "SIGKILL"),
        ("killed_with_child", "worker_died", "SIGKILL"),
        ("exits", "worker_exited", "code 7"),
        ("starved", "job_out_of_memory", "memory"),
        ("unsendable", "job_fault", "object cannot be sent"),
        ("nowhere", "job_fault", "no_such_module"),
        ("unknown", "job_kind_unknown", "unknown"),
    ],
)
def test_a_job_that_breaks_tells_why_and_the_queue_goes_on(
    supervisor: Supervisor, store: Store, kind: str, key: str, words: str
) -> None:
    broken = supervisor.submit(OWNER, None, kind, {}, "interactive")
    after = supervisor.submit(OWNER, None, "answer", {}, "interactive")
    assert supervisor.wait(OWNER, after, PATIENCE).state is JobState.DONE
    job = store.snapshot(OWNER, broken)
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.key == key
    assert words in job.error.message("en")


def test_what_a_killed_worker_had_told_is_kept(supervisor: Supervisor, store: Store) -> None:
    job = play(supervisor, store, "killed")
    assert [e.values for e in store.events_since(OWNER, job.id)] == [{"loss": 0.5}]


def test_what_a_dead_worker_had_started_ends_with_it(supervisor: Supervisor, store: Store) -> None:
    job = play(supervisor, store, "killed_with_child")
    child = job.progress["stage"]["child"]
    until(lambda: not alive(child))


def test_a_worker_killed_while_idle_is_replaced(supervisor: Supervisor, store: Store) -> None:
    first = play(supervisor, store, "answer").result
    assert first
    os.kill(first["pid"], 9)
    second = play(supervisor, store, "answer")
    # The death may show only once the job was handed over; then it is the job's cause.
    assert second.state in (JobState.DONE, JobState.FAILED)
    third = play(supervisor, store, "answer")
    assert third.result and third.result["pid"] != first["pid"]


def test_what_libraries_print_goes_to_the_log(
    supervisor: Supervisor, store: Store, tmp_path: Path
) -> None:
    job = play(supervisor, store, "noisy")
    assert (job.state, job.result) == (JobState.DONE, {"stdin": ""})
    log = (tmp_path / "logs" / "worker-interactive.log").read_text()
    for line in ('"id": "x"', "from C", "from a child"):
        assert line in log


def test_a_curve_is_kept_small_and_whole(supervisor: Supervisor, store: Store) -> None:
    job = play(supervisor, store, "curve", steps=5000)
    events = store.events_since(OWNER, job.id)
    steps = [e.values["step"] for e in events if e.kind == "step"]
    assert 150 <= len(steps) <= 300
    assert steps == sorted(steps)
    assert steps[-1] == 5000
    assert [e.kind for e in events if e.kind != "step"] == ["stage", "check"]
    assert job.stage == "train"
    assert job.progress["check"] == {"step": 5000, "score": 0.9, "best": True}


def test_a_stopped_job_that_keeps_its_best_is_done(supervisor: Supervisor, store: Store) -> None:
    job = begin(supervisor, store, "keeps_best")
    supervisor.stop_job(OWNER, job)
    assert supervisor.wait(OWNER, job, PATIENCE).state is JobState.DONE
    assert store.get_job(OWNER, job).result == {"best": 0.9}


def test_a_stopped_job_with_nothing_to_keep_is_cancelled_and_its_worker_stays(
    supervisor: Supervisor, store: Store
) -> None:
    job = begin(supervisor, store, "patient")
    pid = store.snapshot(OWNER, job).progress["stage"]["pid"]
    supervisor.stop_job(OWNER, job)
    ended = supervisor.wait(OWNER, job, PATIENCE)
    assert (ended.state, ended.error) == (JobState.CANCELLED, None)
    after = play(supervisor, store, "answer").result
    assert after and after["pid"] == pid


def test_a_job_that_does_not_answer_is_cancelled_within_two_seconds(
    supervisor: Supervisor, store: Store
) -> None:
    job = begin(supervisor, store, "deaf")
    pid = store.snapshot(OWNER, job).progress["stage"]["pid"]
    after = supervisor.submit(OWNER, None, "answer", {}, "interactive")
    start = time.monotonic()
    supervisor.stop_job(OWNER, job)
    assert supervisor.wait(OWNER, job, PATIENCE).state is JobState.CANCELLED
    assert time.monotonic() - start < 2.0
    assert not alive(pid)
    assert supervisor.wait(OWNER, after, PATIENCE).state is JobState.DONE


def test_asking_again_with_less_patience_shortens_the_wait(
    supervisor: Supervisor, store: Store
) -> None:
    job = begin(supervisor, store, "deaf")
    supervisor.stop_job(OWNER, job, grace=600)
    supervisor.stop_job(OWNER, job, grace=0)
    assert supervisor.wait(OWNER, job, PATIENCE).state is JobState.CANCELLED


def test_a_queued_job_is_cancelled_without_ever_running(
    supervisor: Supervisor, store: Store
) -> None:
    running = begin(supervisor, store, "patient")
    queued = supervisor.submit(OWNER, None, "answer", {}, "interactive")
    supervisor.stop_job(OWNER, queued)
    assert store.snapshot(OWNER, queued).state is JobState.CANCELLED
    supervisor.stop_job(OWNER, running)
    assert play(supervisor, store, "answer").state is JobState.DONE
    assert store.snapshot(OWNER, queued).started is None


def test_stopping_an_ended_job_changes_nothing(supervisor: Supervisor, store: Store) -> None:
    job = play(supervisor, store, "answer")
    supervisor.stop_job(OWNER, job.id)
    assert play(supervisor, store, "answer").state is JobState.DONE
    assert store.get_job(OWNER, job.id) == job


def test_another_owner_cannot_stop_or_follow_a_job(supervisor: Supervisor, store: Store) -> None:
    job = begin(supervisor, store, "patient")
    for action in (supervisor.stop_job, lambda o, j: supervisor.wait(o, j, 0)):
        with pytest.raises(RequestError) as caught:
            action("guest", job)
        assert caught.value.key == "job_not_found"
    assert store.snapshot(OWNER, job).state is JobState.RUNNING


def test_a_project_is_deleted_once_its_jobs_are_stopped(
    supervisor: Supervisor, store: Store
) -> None:
    project = store.create_project(OWNER, "P", "text_classification", "en").id
    running = supervisor.submit(OWNER, project, "deaf", {}, "training")
    supervisor.submit(OWNER, project, "answer", {}, "training")
    until(lambda: store.snapshot(OWNER, running).stage == "train")
    with pytest.raises(RequestError):
        store.delete_project(OWNER, project)
    assert supervisor.stop_project(OWNER, project)
    store.delete_project(OWNER, project)
    assert store.list_jobs(OWNER) == ()


def test_a_result_is_recorded_before_its_job_is_done(store: Store) -> None:
    project = store.create_project(OWNER, "P", "text_classification", "en").id

    def keep(job: JobRecord, result: Mapping[str, Any]) -> None:
        if result["payload"].get("broken"):
            raise RequestError("run_not_found", id=job.id)
        folder = store.home / "projects" / project / "runs" / job.id
        store.add_run(
            job.owner, project, title="r", spec={}, report=result, folder=folder, job_id=job.id
        )

    supervisor = Supervisor(store, kinds_module="jobs_kinds", env=ENV, on_done=keep)
    supervisor.start()
    try:
        good = play(supervisor, store, "answer")
        bad = play(supervisor, store, "answer", broken=True)
    finally:
        supervisor.shutdown()
    assert [r.job_id for r in store.list_runs(OWNER, project)] == [good.id]
    assert bad.state is JobState.FAILED
    assert bad.error is not None
    assert bad.error.key == "run_not_found"


def test_shutdown_ends_deaf_workers_in_time_and_leaves_their_jobs_interrupted(store: Store) -> None:
    supervisor = Supervisor(store, kinds_module="jobs_kinds", env=ENV)
    supervisor.start()
    jobs = [begin(supervisor, store, "deaf", lane) for lane in ("interactive", "training")]
    waiting = supervisor.submit(OWNER, None, "answer", {}, "training")
    pids = [store.snapshot(OWNER, job).progress["stage"]["pid"] for job in jobs]
    start = time.monotonic()
    supervisor.shutdown()
    assert time.monotonic() - start < 10
    assert not any(alive(pid) for pid in pids)
    assert [store.snapshot(OWNER, job).state for job in jobs] == [JobState.INTERRUPTED] * 2
    assert store.snapshot(OWNER, waiting).state is JobState.QUEUED

    again = Supervisor(store, kinds_module="jobs_kinds", env=ENV)
    again.start()
    assert again.wait(OWNER, waiting, PATIENCE).state is JobState.DONE
    again.shutdown()


def test_a_supervisor_that_never_ran_a_job_shuts_down_at_once(store: Store) -> None:
    Supervisor(store).shutdown()
    supervisor = Supervisor(store)
    supervisor.start()
    start = time.monotonic()
    supervisor.shutdown()
    supervisor.shutdown()
    assert time.monotonic() - start < 1


def test_the_log_of_a_fault_is_where_it_is_said_to_be(supervisor: Supervisor, store: Store) -> None:
    error = play(supervisor, store, "crash").error
    assert error is not None
    log = Path(error.params["log"])
    assert "ZeroDivisionError" in log.read_text()
    assert re.search(r"line \d+, in crash", error.detail)
