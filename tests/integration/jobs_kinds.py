"""Kinds of job for the tests of the supervisor: every way a job can go."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

KINDS = {
    name: f"{__name__}:{name}"
    for name in (
        "answer",
        "mistaken",
        "crash",
        "killed",
        "killed_with_child",
        "exits",
        "starved",
        "unsendable",
        "noisy",
        "patient",
        "keeps_best",
        "deaf",
        "until_file",
        "curve",
    )
}
KINDS["nowhere"] = "no_such_module:run"

Listen = Callable[[str, dict[str, Any]], None]
Stop = Callable[[], bool]


def answer(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    return {
        "payload": payload,
        "pid": os.getpid(),
        "gives_way": _gives_way(),
        "env": os.environ.get("JOBS_TEST"),
    }


def mistaken(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    from instruct_ui.errors import RequestError

    raise RequestError("project_name_long", length=130, limit=120)


def crash(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    raise ZeroDivisionError("in the middle")


def killed(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    listen("check", {"loss": 0.5})
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def killed_with_child(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    """The child holds the pipe open, so the death shows only in the exit code."""
    child = os.fork()
    if child == 0:
        Event().wait(60)
        os._exit(0)
    listen("stage", {"name": "train", "child": child})
    return killed(payload, listen, stop)


def exits(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    os._exit(7)


def starved(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    return {"bytes": len(bytearray(1 << 50))}


def unsendable(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    return {"model": object()}


def noisy(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    """Everything that could break the pipe: Python, C code, a subprocess, reading stdin."""
    sys.stdout.write('{"type": "done", "id": "x", "result": {}}\n')
    sys.stdout.flush()
    ctypes.CDLL(None).puts(b"from C")
    ctypes.CDLL(None).fflush(None)
    subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
    return {"stdin": sys.stdin.read()}


def patient(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    from instruct_ui.engine.base import Stopped

    _until(stop, listen)
    raise Stopped


def keeps_best(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    _until(stop, listen)
    return {"best": 0.9}


def deaf(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    listen("stage", {"name": "train", "pid": os.getpid()})
    Event().wait()
    return {}


def until_file(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    listen("stage", {"name": "train"})
    _until(lambda: Path(payload["file"]).exists() or stop())
    listen("check", {"score": 0.5})
    return {"text": "x" * payload.get("size", 1)}


def curve(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    listen("stage", {"name": "train"})
    for step in range(1, payload["steps"] + 1):
        listen("step", {"step": step, "steps": payload["steps"], "loss": 1 / step})
    listen("check", {"step": payload["steps"], "score": 0.9, "best": True})
    return {}


def _until(condition: Stop, listen: Listen | None = None) -> None:
    if listen is not None:
        listen("stage", {"name": "train", "pid": os.getpid()})
    never = Event()
    while not condition():
        never.wait(0.01)


def _gives_way() -> bool:
    """Whether this process leaves the processor to others (`worker._give_way`)."""
    if hasattr(os, "SCHED_IDLE"):
        return os.sched_getscheduler(0) == os.SCHED_IDLE
    return os.nice(0) == 19
