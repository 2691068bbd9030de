"""A worker process: `python -m instruct_ui.jobs.worker LANE`. Runs one job after another.

Stays alive between jobs, so that models stay loaded. Knows neither database nor page: all it is
told and tells goes over two pipes. What libraries print goes to stderr, which is the lane's log.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from queue import SimpleQueue
from threading import Event as Flag
from threading import Lock, Thread
from typing import Any, BinaryIO

from instruct_ui.errors import RequestError
from instruct_ui.jobs.failures import failure_of
from instruct_ui.jobs.kinds import JobFunction
from instruct_ui.jobs.protocol import (
    Done,
    Event,
    Failed,
    ProtocolError,
    Reply,
    StartJob,
    Stopped,
    decode_command,
    encode,
)

_IN_THE_BACKGROUND = ("training",)
"""Lanes that take what processor time others leave."""
_LAST_WORDS = 1.5
"""Seconds a running job has to end by itself once the parent is gone."""

logger = logging.getLogger(__name__)


class Worker:
    def __init__(
        self, kinds: Mapping[str, str], commands: BinaryIO, replies: BinaryIO, log: str
    ) -> None:
        self._kinds = kinds
        self._commands = commands
        self._replies = replies
        self._log = log
        self._jobs: SimpleQueue[StartJob | None] = SimpleQueue()
        self._to_stop: set[str] = set()
        self._closing = Flag()
        self._ended = Flag()
        self._sending = Lock()

    def serve(self) -> None:
        """Runs jobs until the input ends; raises SystemExit where nobody reads the answers."""
        Thread(target=self._listen, name="commands", daemon=True).start()
        try:
            while (job := self._jobs.get()) is not None and not self._closing.is_set():
                self._send(self._run(job))
                self._to_stop.discard(job.id)
                gc.collect()  # a finished model's cycles should not wait for the next one
        finally:
            self._ended.set()

    def _listen(self) -> None:
        """The reader thread: takes commands while a job runs."""
        for line in self._commands:
            try:
                command = decode_command(line)
            except ProtocolError:
                logger.exception("a line that is no command")
                continue
            if isinstance(command, StartJob):
                self._jobs.put(command)
            else:
                self._to_stop.add(command.id)
        self._closing.set()
        self._jobs.put(None)
        if not self._ended.wait(_LAST_WORDS):
            os._exit(1)  # no parent is left to end a job that does not listen

    def _run(self, job: StartJob) -> Reply:
        def listen(kind: str, values: Mapping[str, Any]) -> None:
            self._send(Event(job.id, kind, dict(values)))

        def stop() -> bool:
            return job.id in self._to_stop or self._closing.is_set()

        try:
            function = self._function(job.kind)
            answer = Done(job.id, dict(function(job.payload, listen, stop)))
            encode(answer)  # an answer that cannot be sent is this job's failure
        except Exception as error:
            logger.exception("job %s (%s) failed", job.id, job.kind)
            return self._reply_to(job, error)
        return answer

    def _reply_to(self, job: StartJob, error: Exception) -> Reply:
        from instruct_ui.engine.base import Stopped as NothingToKeep

        if isinstance(error, NothingToKeep):
            return Stopped(job.id)
        return Failed(job.id, failure_of(error, self._log))

    def _function(self, kind: str) -> JobFunction:
        target = self._kinds.get(kind)
        if target is None:
            raise RequestError("job_kind_unknown", kind=kind, known=", ".join(self._kinds))
        module, _, name = target.partition(":")
        function: JobFunction = getattr(import_module(module), name)
        return function

    def _send(self, reply: Reply) -> None:
        line = encode(reply)
        try:
            with self._sending:
                self._replies.write(line)
                self._replies.flush()
        except BrokenPipeError:
            raise SystemExit("nobody reads the answers any more") from None


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m instruct_ui.jobs.worker")
    parser.add_argument("lane")
    parser.add_argument("--kinds", default="instruct_ui.jobs.kinds", help="module with KINDS")
    parser.add_argument("--log", default="(stderr)", help="where stderr goes, to be told")
    options = parser.parse_args(arguments)
    commands, replies = _take_pipes()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level="INFO")
    if options.lane in _IN_THE_BACKGROUND:
        _give_way()
    kinds: Mapping[str, str] = import_module(options.kinds).KINDS
    Worker(kinds, commands, replies, options.log).serve()


def _give_way() -> None:
    """Whoever types is served first: where the system has a class for idle work, a waking page
    takes the processor from it at once; elsewhere the lowest priority has to do."""
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    elif hasattr(os, "nice"):
        os.nice(19)


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keeps the pipes to ourselves: stdout of anything else becomes stderr, stdin is empty."""
    commands = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return commands, replies


if __name__ == "__main__":
    main()
