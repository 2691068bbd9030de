"""The preview's processes from outside: a nursery, and the renderers forked from it.

The nursery has everything imported and the tokenizer last asked for loaded, and never renders. A
renderer is a fork of it: there in a few milliseconds, sharing that memory, and so cheap to end when
a template asked too much. Each answers one request at a time.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import socket
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any

import psutil

_PATIENCE = 10.0
"""Seconds by the clock beyond a request's processor time, for a process that hardly gets to
work."""
_START_SECONDS = 60.0
"""By the clock: imports, and the loading of a tokenizer."""
_CHUNK = 1 << 20
NO_BLOCK = 255
"""What stands in the shared byte until a block is rendered."""
AT_CHAT = 254
"""What stands there while the model's chat template is rendered."""
_ENDED = (OSError, EOFError, psutil.NoSuchProcess)


class Gone(Exception):
    """The process ended, or had to be ended, without an answer. `at`: the block it was at."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


class Renderer:
    """One process that renders and counts; `folder` is the model it has the tokenizer of."""

    def __init__(
        self, process: psutil.Process, connection: socket.socket, at: mmap.mmap, folder: str
    ) -> None:
        self.folder = folder
        self._process = process
        self._connection = connection
        self._at = at

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """`seconds` of processor time; at their end the process is no more. Raises Gone."""
        line = json.dumps(request | {"seconds": seconds}, ensure_ascii=False)
        self._at[0] = NO_BLOCK
        try:
            self._connection.settimeout(seconds + _PATIENCE)
            self._connection.sendall(line.encode("utf-8", "surrogatepass") + b"\n")
            answer: dict[str, Any] = json.loads(self._line(seconds + _PATIENCE))
        except (OSError, EOFError) as error:
            at = self._at[0]
            self.end()
            raise Gone(at) from error
        return answer

    def lives(self) -> bool:
        """Whether it is there for a request; one that waits may be ended by the system."""
        self._connection.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            return bool(self._connection.recv(1, socket.MSG_PEEK))
        return True

    def _line(self, patience: float) -> bytes:
        until = time.monotonic() + patience
        chunks: list[bytes] = []
        while not chunks or not chunks[-1].endswith(b"\n"):  # nothing follows an answer
            self._connection.settimeout(max(until - time.monotonic(), 0.001))
            chunks.append(self._connection.recv(_CHUNK))
            if not chunks[-1]:
                raise EOFError
        return b"".join(chunks)

    def end(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            self._process.kill()
        self._connection.close()
        self._at.close()


class Nursery:
    """Where renderers come from; starts with the first. Safe to call from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def renderer(self, folder: str) -> Renderer:
        """A new one, with the tokenizer of the model in `folder` ("": none). Raises Gone."""
        with self._lock:
            try:
                return self._forked(folder)
            except _ENDED:  # the system ended the nursery: another one may live
                self._end()
            try:
                return self._forked(folder)
            except _ENDED as error:
                self._end()
                raise Gone(at=NO_BLOCK) from error

    def close(self) -> None:
        with self._lock:
            self._end()

    def _forked(self, folder: str) -> Renderer:
        if self._process is None or self._process.poll() is not None:
            self._start()
        assert self._control is not None
        with tempfile.TemporaryFile() as shared, contextlib.ExitStack() as on_failure:
            shared.truncate(mmap.PAGESIZE)
            at = on_failure.enter_context(mmap.mmap(shared.fileno(), mmap.PAGESIZE))
            ours, theirs = socket.socketpair()
            on_failure.enter_context(ours)
            with theirs:
                files = [theirs.fileno(), shared.fileno()]
                socket.send_fds(self._control, [folder.encode() + b"\n"], files)
            answer = self._control.recv(4)
            if len(answer) < 4:
                raise EOFError
            process = psutil.Process(int.from_bytes(answer, "big"))
            on_failure.pop_all()
            return Renderer(process, ours, at, folder)

    def _start(self) -> None:
        self._end()
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "instruct_ui.preview.server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        ours.settimeout(_START_SECONDS)
        self._control = ours

    def _end(self) -> None:
        process, self._process = self._process, None
        control, self._control = self._control, None
        if control is not None:
            control.close()
        if process is not None:
            process.kill()
            process.wait()
