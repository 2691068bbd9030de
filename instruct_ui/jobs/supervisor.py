"""The supervisor: the one writer of job states, with one lane thread and one worker a lane."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from threading import Condition
from typing import Any

from instruct_ui.jobs.lane import Lane, OnDone
from instruct_ui.jobs.watch import LaneSetup
from instruct_ui.storage.records import JobSnapshot, JobState
from instruct_ui.storage.store import Store

LANES = ("data", "interactive", "training")
GRACE = 1.5
"""Seconds a job has to end by itself once it was asked to stop."""
_SHUTDOWN = 8.0


class Supervisor:
    """Lanes run beside each other, the jobs of one lane one after another.

    Workers start with the first job of their lane and stay. `on_done(job, result)` is called in the
    lane's thread before the job becomes `done`; an error in it makes the job fail.
    """

    def __init__(
        self,
        store: Store,
        lanes: Sequence[str] = LANES,
        kinds_module: str = "instruct_ui.jobs.kinds",
        env: Mapping[str, str] | None = None,
        on_done: OnDone | None = None,
    ) -> None:
        self._store = store
        self._something_ended = Condition()
        setup = LaneSetup(kinds_module, dict(env or {}))
        self._lanes = {
            name: Lane(name, store, setup, self._told, self._recover, on_done) for name in lanes
        }

    def start(self) -> None:
        """Marks what an earlier app left running as interrupted, then goes on with the queue."""
        self._recover()
        for lane in self._lanes.values():
            lane.start()

    def submit(
        self, owner: str, project_id: str | None, kind: str, payload: Mapping[str, Any], lane: str
    ) -> str:
        """Queues a job and gives its id at once. Raises RequestError for another's project,
        StorageFault where it cannot be saved, KeyError for a lane that is not there.
        """
        takes = self._lanes[lane]
        job_id = self._store.add_job(owner, project_id, lane, kind, payload)
        takes.wake()
        return job_id

    def stop_job(self, owner: str, job_id: str, grace: float = GRACE) -> None:
        """Stop and keep best: a queued job is cancelled, a running one asked to end.

        A job that returns a result within `grace` seconds is `done`; one that raises Stopped is
        `cancelled`, and so is one that does not answer, whose worker is killed. Asking again with
        less grace shortens the wait. Does nothing to a job that has ended. Raises RequestError.
        """
        state = self._store.snapshot(owner, job_id).state
        if state is JobState.QUEUED:
            if self._store.set_state(job_id, JobState.CANCELLED, only_from=JobState.QUEUED):
                self._told()
                return
            state = self._store.snapshot(owner, job_id).state  # claimed in between
        if state is JobState.RUNNING:
            lane = self._store.snapshot(owner, job_id).lane
            self._lanes[lane].stop_job(job_id, grace)

    def stop_project(self, owner: str, project_id: str, timeout: float = 5.0) -> bool:
        """Stops all jobs of a project, so that it can be deleted; False where one still runs."""
        jobs = self._store.list_jobs(owner, project_id, unfinished=True)
        for job in jobs:
            self.stop_job(owner, job.id)
        deadline = time.monotonic() + timeout
        ends = [self.wait(owner, job.id, deadline - time.monotonic()) for job in jobs]
        return all(job.state.ended for job in ends)

    def wait(self, owner: str, job_id: str, timeout: float) -> JobSnapshot:
        """The job once it has ended, or as it stands after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with self._something_ended:
            while True:
                job = self._store.snapshot(owner, job_id)
                left = deadline - time.monotonic()
                if job.state.ended or left <= 0:
                    return job
                # Another app on the same home may end it, and tells nobody.
                self._something_ended.wait(min(left, 1.0))

    def shutdown(self) -> None:
        """Ends all workers within 10 seconds; what was running becomes interrupted."""
        for lane in self._lanes.values():
            lane.close()
        deadline = time.monotonic() + _SHUTDOWN
        for lane in self._lanes.values():
            lane.join(deadline - time.monotonic())

    def _told(self) -> None:
        with self._something_ended:
            self._something_ended.notify_all()

    def _recover(self) -> None:
        running = [lane.current for lane in self._lanes.values()]
        self._store.recover_interrupted([job_id for job_id in running if job_id is not None])
