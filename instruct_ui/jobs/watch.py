"""Watching one running job: its answers, its heartbeat, its wish to stop, its worker's death."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event as Flag
from typing import Any

from instruct_ui.errors import StorageFault
from instruct_ui.jobs.failures import death_of
from instruct_ui.jobs.process import WorkerProcess
from instruct_ui.jobs.progress import ProgressLog
from instruct_ui.jobs.protocol import Done, Event, Failed, Reply, StopJob, Stopped
from instruct_ui.storage.records import JobFailure, JobRecord, JobState
from instruct_ui.storage.store import Store

AGAIN = 1.0
"""Seconds between two tries to save where the disk is full."""
_SILENT_DEATH = 1.0  # seconds a dead worker's pipe may stay open (a child of it holds it)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LaneSetup:
    kinds_module: str
    env: Mapping[str, str]
    lease: float = 20.0
    """Seconds a job stays ours without a heartbeat."""
    beat: float = 4.0
    idle: float = 2.0
    """Seconds between two looks at an empty queue; a submitted job wakes the lane sooner."""


@dataclass(frozen=True, slots=True)
class Said:
    """`reply` None: the worker's pipe has ended."""

    worker: WorkerProcess
    reply: Reply | None


@dataclass(frozen=True, slots=True)
class StopWish:
    job_id: str
    grace: float


Inbox = SimpleQueue[Said | StopWish | None]
"""All that happens to a lane; None only wakes it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    state: JobState
    result: Mapping[str, Any] | None = None
    error: JobFailure | None = None


class JobWatch:
    def __init__(
        self,
        job: JobRecord,
        worker: WorkerProcess,
        store: Store,
        setup: LaneSetup,
        inbox: Inbox,
        closing: Flag,
    ) -> None:
        self.job = job
        self.worker = worker
        self._store = store
        self._setup = setup
        self._inbox = inbox
        self._closing = closing
        self._log = ProgressLog()
        self._beat_at = time.monotonic()
        self._kill_at: float | None = None
        self._dead_since: float | None = None

    def until_ended(self) -> Outcome | None:
        """Blocks until the job has ended; None where its record is gone, with nothing to write."""
        while True:
            if not self._keep_up():
                self.worker.kill()  # deleted, or ended by another: its work has no place to go
                return None
            outcome = self._overdue() or self._take(self._next())
            if outcome is not None:
                return outcome

    def write_progress(self) -> bool:
        """False where the job is no longer running. Raises StorageFault, and keeps all pending."""
        events = self._log.pending()
        there = self._store.record_progress(self.job.id, self._log.stage, self._log.newest, events)
        self._log.written(len(events), time.monotonic())
        return there

    def _next(self) -> Said | StopWish | None:
        moment = time.monotonic()
        times = [self._beat_at - moment, self._log.due_in(moment)]
        times.append(None if self._kill_at is None else self._kill_at - moment)
        times.append(None if self._dead_since is None else _SILENT_DEATH)
        patience = max(0.0, min(t for t in times if t is not None))
        try:
            return self._inbox.get(timeout=patience)
        except Empty:
            return None

    def _take(self, item: Said | StopWish | None) -> Outcome | None:
        if isinstance(item, StopWish) and item.job_id == self.job.id:
            self._ask_to_stop(item.grace)
        elif isinstance(item, Said) and item.worker is self.worker:
            if item.reply is None:
                return self._death()
            if item.reply.id == self.job.id:
                return self._answer(item.reply)
        return None

    def _ask_to_stop(self, grace: float) -> None:
        until = time.monotonic() + grace
        self._kill_at = until if self._kill_at is None else min(self._kill_at, until)
        try:
            self.worker.say(StopJob(self.job.id))
        except OSError:
            logger.warning("worker %s no longer listens", self.worker.pid)

    def _answer(self, reply: Reply) -> Outcome | None:
        match reply:
            case Event(kind=kind, values=values):
                self._log.add(kind, values)
                return None
            case Done(result=result):
                return Outcome(JobState.DONE, result=result)
            case Failed(error=error):
                return Outcome(JobState.FAILED, error=error)
            case Stopped():
                return Outcome(JobState.CANCELLED)

    def _death(self) -> Outcome:
        code = self.worker.kill()
        if self._kill_at is not None:
            return Outcome(JobState.CANCELLED)
        logger.error("worker %s ended with %s in job %s", self.worker.pid, code, self.job.id)
        return Outcome(JobState.FAILED, error=death_of(code, self.worker.log))

    def _overdue(self) -> Outcome | None:
        moment = time.monotonic()
        if self._closing.is_set():
            self.worker.end()
            return Outcome(JobState.INTERRUPTED)
        if self._kill_at is not None and moment >= self._kill_at:
            self.worker.kill()
            return Outcome(JobState.CANCELLED)
        if self.worker.exit_code() is not None:
            self._dead_since = moment if self._dead_since is None else self._dead_since
            if moment - self._dead_since > _SILENT_DEATH:
                return self._death()
        return None

    def _keep_up(self) -> bool:
        """Heartbeat and progress, each when due. A full disk puts them off, nothing more."""
        moment = time.monotonic()
        there = True
        try:
            if moment >= self._beat_at:
                self._beat_at = moment + self._setup.beat
                there = self._store.heartbeat(self.job.id, self._setup.lease, self.worker.pid)
            if there and self._log.due_in(moment) == 0:
                there = self.write_progress()
        except StorageFault as fault:
            logger.warning("progress of job %s waits: %s", self.job.id, fault)
            self._log.put_off(moment + AGAIN)
        return there
