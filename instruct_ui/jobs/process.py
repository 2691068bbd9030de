"""One worker process as its lane sees it: start, say, hear, end."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Thread

from instruct_ui.jobs.protocol import Command, ProtocolError, Reply, decode_reply, encode

_LOG_LIMIT = 5_000_000  # bytes; an older log is kept once beside it
_TO_LEAVE, _TO_TERMINATE = 2.5, 1.5
"""Seconds to end after the input was closed, and after SIGTERM."""

logger = logging.getLogger(__name__)


class WorkerProcess:
    """`hear(worker, reply)` is called from a thread of ours, with None once the pipe has ended."""

    def __init__(
        self,
        lane: str,
        kinds_module: str,
        log: Path,
        env: Mapping[str, str],
        hear: Callable[[WorkerProcess, Reply | None], None],
    ) -> None:
        """Raises OSError where it cannot be started."""
        self.log = log
        self._hear = hear
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(".old.log"))
        command = [sys.executable, "-m", "instruct_ui.jobs.worker", lane]
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [*command, "--kinds", kinds_module, "--log", str(log)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, **env},
                start_new_session=True,  # Ctrl-C is for the page process, which then ends us
            )
        self.pid = self._process.pid
        Thread(target=self._read, name=f"worker {self.pid}", daemon=True).start()

    def exit_code(self) -> int | None:
        """None while it lives; minus the signal where one ended it."""
        return self._process.poll()

    def say(self, command: Command) -> None:
        """Raises OSError where the worker no longer listens."""
        assert self._process.stdin is not None
        self._process.stdin.write(encode(command))
        self._process.stdin.flush()

    def kill(self) -> int:
        """Ends it now, with whatever it started itself, and gives the exit code."""
        # The group outlives a worker that died by itself and left children.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        return self._process.wait()

    def end(self) -> None:
        """Closes its input, then asks harder; at most 5 seconds."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        if self._ends_within(_TO_LEAVE):
            return
        self._process.terminate()
        if not self._ends_within(_TO_TERMINATE):
            self.kill()

    def _ends_within(self, seconds: float) -> bool:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                try:
                    reply = decode_reply(line)
                except ProtocolError:
                    logger.exception("worker %s wrote a line that is no reply", self.pid)
                    continue
                self._hear(self, reply)
        self._hear(self, None)
