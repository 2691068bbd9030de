"""Whatever a job raises -> why it failed, in words a person can read."""

from __future__ import annotations

import errno
import signal
import traceback
from pathlib import Path

from instruct_ui.errors import InstructError, UserMistake
from instruct_ui.jobs.protocol import shown
from instruct_ui.storage import faults
from instruct_ui.storage.records import JobFailure

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def failure_of(error: BaseException, log: Path | str) -> JobFailure:
    """Mistakes keep key and parameters; faults carry the traceback and name the log."""
    if isinstance(error, UserMistake):
        return JobFailure("mistake", error.key, shown(error.params))
    detail = "".join(traceback.format_exception(error))
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        error = faults.of_os_error(error, Path(str(error.filename or ".")))
    if isinstance(error, InstructError):
        return JobFailure("fault", error.key, shown(error.params), detail)
    cause = f"{type(error).__name__}: {error}"
    if _is_out_of_memory(error):
        return JobFailure("fault", "job_out_of_memory", {"cause": cause}, detail)
    return JobFailure("fault", "job_fault", {"cause": cause, "log": str(log)}, detail)


def death_of(exit_code: int, log: Path | str) -> JobFailure:
    """A worker that ended without an answer; `exit_code` as in subprocess, minus the signal."""
    if exit_code < 0:
        params = {"signal": signal.Signals(-exit_code).name, "log": str(log)}
        return JobFailure("fault", "worker_died", params)
    return JobFailure("fault", "worker_exited", {"code": exit_code, "log": str(log)})


def _is_out_of_memory(error: BaseException) -> bool:
    """torch has a class of its own on a GPU, and on a CPU only a RuntimeError with these words."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
