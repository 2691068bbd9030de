"""One lane: a thread that takes its queued jobs one after another and keeps one worker warm.

Everything that happens (an answer, a wish to stop, a new job) comes through one inbox, so no state
of a job is touched by two threads.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import Thread
from typing import Any

from instruct_ui.errors import StorageFault
from instruct_ui.jobs.failures import failure_of
from instruct_ui.jobs.process import WorkerProcess
from instruct_ui.jobs.protocol import Reply, StartJob
from instruct_ui.jobs.watch import AGAIN, Inbox, JobWatch, LaneSetup, Outcome, Said, StopWish
from instruct_ui.storage.artifacts import logs_folder
from instruct_ui.storage.records import JobFailure, JobRecord, JobState
from instruct_ui.storage.store import Store

OnDone = Callable[[JobRecord, Mapping[str, Any]], None]

logger = logging.getLogger(__name__)


class Lane:
    def __init__(
        self,
        name: str,
        store: Store,
        setup: LaneSetup,
        on_ended: Callable[[], None],
        on_idle: Callable[[], None],
        on_done: OnDone | None,
    ) -> None:
        self.current: str | None = None
        """The job being run, for others to read."""
        self._name = name
        self._store = store
        self._setup = setup
        self._log = logs_folder(store.home) / f"worker-{name}.log"
        self._on_ended = on_ended
        self._on_idle = on_idle
        self._on_done = on_done
        self._inbox: Inbox = SimpleQueue()
        self._closing = Flag()
        self._worker: WorkerProcess | None = None
        self._thread = Thread(target=self._serve, name=f"lane {name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._inbox.put(None)

    def stop_job(self, job_id: str, grace: float) -> None:
        self._inbox.put(StopWish(job_id, grace))

    def close(self) -> None:
        """Asks the thread to end its worker and itself; a running job becomes interrupted."""
        self._closing.set()
        self.wake()

    def join(self, seconds: float) -> None:
        """Waits for the thread; kills the worker of one that is stuck."""
        if self._thread.ident is None:
            return  # never started
        self._thread.join(max(0.0, seconds))
        worker = self._worker
        if self._thread.is_alive() and worker is not None:
            worker.kill()
            self._thread.join(1.0)

    def _serve(self) -> None:
        try:
            while not self._closing.is_set():
                try:
                    self._serve_one()
                except Exception:
                    logger.exception("lane %s stumbled and goes on", self._name)
                    self._closing.wait(AGAIN)
        finally:
            if self._worker is not None:
                self._worker.end()

    def _serve_one(self) -> None:
        job = self._store.claim_next(self._name, self._setup.lease)
        if job is None:
            self._rest()
            return
        self.current = job.id
        try:
            self._run(job)
        finally:
            self.current = None
            self._on_ended()

    def _rest(self) -> None:
        """Until something comes or it is time to look again. Stops of ended jobs are dropped."""
        try:
            item = self._inbox.get(timeout=self._setup.idle)
        except Empty:
            self._on_idle()
            return
        if isinstance(item, Said) and item.reply is None and item.worker is self._worker:
            logger.warning("the idle worker of lane %s ended", self._name)
            self._drop_worker()

    def _run(self, job: JobRecord) -> None:
        try:
            worker = self._ready_worker()
            worker.say(StartJob(job.id, job.kind, job.payload))
        except OSError as error:
            failure = JobFailure("fault", "worker_not_started", {"cause": str(error)})
            self._drop_worker()
            self._end(job, None, Outcome(JobState.FAILED, error=failure))
            return
        watch = JobWatch(job, worker, self._store, self._setup, self._inbox, self._closing)
        try:
            outcome = watch.until_ended()
        except Exception as error:  # a bug of ours: the job must not stay running for ever
            logger.exception("watching job %s failed", job.id)
            outcome = Outcome(JobState.FAILED, error=failure_of(error, self._log))
            worker.kill()
        if worker.exit_code() is not None:
            self._worker = None
        if outcome is not None:
            self._end(job, watch, outcome)

    def _ready_worker(self) -> WorkerProcess:
        if self._worker is None or self._worker.exit_code() is not None:
            self._worker = WorkerProcess(
                self._name, self._setup.kinds_module, self._log, self._setup.env, self._hear
            )
        return self._worker

    def _drop_worker(self) -> None:
        if self._worker is not None:
            self._worker.kill()
            self._worker = None

    def _hear(self, worker: WorkerProcess, reply: Reply | None) -> None:
        self._inbox.put(Said(worker, reply))

    def _end(self, job: JobRecord, watch: JobWatch | None, outcome: Outcome) -> None:
        """Writes how it ended; where the disk is full again and again, so that nothing is lost."""
        recorded = self._on_done is None or outcome.state is not JobState.DONE
        while True:
            try:
                if watch is not None:
                    watch.write_progress()
                if not recorded:
                    outcome = self._record_result(job, outcome)
                    recorded = True
                self._write_end(job, outcome)
                return
            except StorageFault as fault:
                logger.error("the end of job %s cannot be saved yet: %s", job.id, fault)
            if self._closing.wait(AGAIN):
                return

    def _record_result(self, job: JobRecord, outcome: Outcome) -> Outcome:
        """`on_done` keeps what came out; where it cannot, the job has failed."""
        assert self._on_done is not None
        try:
            self._on_done(job, outcome.result or {})
        except StorageFault:
            raise  # tried again
        except Exception as error:
            logger.exception("the result of job %s could not be kept", job.id)
            return Outcome(JobState.FAILED, error=failure_of(error, self._log))
        return outcome

    def _write_end(self, job: JobRecord, outcome: Outcome) -> None:
        ended = self._store.set_state(
            job.id, outcome.state, result=outcome.result, error=outcome.error
        )
        if not ended:
            logger.warning("job %s was no longer running when it ended", job.id)
