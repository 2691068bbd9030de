"""Messages survive the pipe, failures keep what a person needs, progress stays small."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from instruct_ui.errors import RequestError, StorageFault
from instruct_ui.jobs import protocol
from instruct_ui.jobs.failures import death_of, failure_of
from instruct_ui.jobs.kinds import KINDS
from instruct_ui.jobs.progress import STEPS_KEPT, ProgressLog
from instruct_ui.jobs.supervisor import LANES
from instruct_ui.storage.records import JobFailure, JobState
from instruct_ui.texts import LANGUAGES, say


@pytest.mark.parametrize(
    "message",
    [
        protocol.Event("1", "step", {"loss": 0.5, "text": "换\n行"}),
        protocol.Done("1", {"labels": ["好", "坏"]}),
        protocol.Failed("1", JobFailure("mistake", "project_not_found", {"id": "x"}, "")),
        protocol.Stopped("1"),
    ],
)
def test_a_reply_is_one_line_and_survives(message: protocol.Reply) -> None:
    line = protocol.encode(message)
    assert line.count(b"\n") == 1
    assert protocol.decode_reply(line) == message


@pytest.mark.parametrize(
    "message", [protocol.StartJob("1", "run", {"spec": {}}), protocol.StopJob("1")]
)
def test_a_command_survives(message: protocol.Command) -> None:
    assert protocol.decode_command(protocol.encode(message)) == message


@pytest.mark.parametrize(
    "line",
    [
        b"Loading weights: 50%\n",
        b"3\n",
        b"{}\n",
        b'{"type": "done"}\n',
        b'{"type": "job", "id": "1", "kind": "run", "payload": {}}\n',
        b'{"type": "failed", "id": "1", "error": {"kind": "fault"}}\n',
    ],
)
def test_a_line_that_is_no_reply_is_told_from_one(line: bytes) -> None:
    with pytest.raises(protocol.ProtocolError):
        protocol.decode_reply(line)


def test_scalars_and_paths_are_sent_as_plain_values() -> None:
    done = protocol.Done("1", {"f1": np.float32(0.5), "n": np.int64(3), "out": Path("/a")})
    answer = protocol.decode_reply(protocol.encode(done))
    assert answer == protocol.Done("1", {"f1": 0.5, "n": 3, "out": "/a"})


def test_what_cannot_be_sent_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        protocol.encode(protocol.Done("1", {"model": object()}))


def test_a_mistake_keeps_its_key_and_parameters() -> None:
    failure = failure_of(RequestError("project_not_found", id=Path("x")), "log")
    assert failure == JobFailure("mistake", "project_not_found", {"id": "x"}, "")
    assert failure.message() == str(RequestError("project_not_found", id="x"))


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (StorageFault("storage_file", where="a", cause="b"), "storage_file"),
        (OSError(errno.ENOSPC, "No space left on device", "/a/b"), "storage_full"),
        (MemoryError(), "job_out_of_memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "job_out_of_memory"),
        (KeyError("x"), "job_fault"),
    ],
)
def test_a_fault_names_its_cause(error: Exception, key: str) -> None:
    failure = failure_of(error, "/logs/worker.log")
    assert (failure.kind, failure.key) == ("fault", key)
    assert type(error).__name__ in failure.detail
    for language in LANGUAGES:
        assert failure.message(language)


def test_a_death_names_the_signal_or_the_code() -> None:
    assert "SIGKILL" in death_of(-9, "l").message()
    assert "code 3" in death_of(3, "l").message()


def test_every_state_kind_and_lane_has_words() -> None:
    names = [f"state_{s}" for s in JobState]
    names += [f"kind_{k}" for k in KINDS] + [f"lane_{lane}" for lane in LANES]
    for name in names:
        for language in LANGUAGES:
            assert say(f"jobs.{name}", language)
    assert set(get_args(protocol.Reply)) == set(protocol._REPLIES.values())


@pytest.mark.parametrize("steps", [10, 299, 300, 301, 599, 45_000])
def test_a_curve_of_any_length_is_thinned_and_keeps_its_end(steps: int) -> None:
    log = ProgressLog()
    for step in range(1, steps + 1):
        log.add("step", {"step": step, "steps": steps})
    kept = [e.values["step"] for e in log.pending()]
    assert min(steps, STEPS_KEPT // 2) <= len(kept) <= STEPS_KEPT
    assert kept[-1] == steps
    assert log.newest["step"]["step"] == steps


def test_a_curve_without_a_known_end_is_thinned_too() -> None:
    log = ProgressLog()
    for step in range(100_000):
        log.add("step", {"step": step})
    assert 100 < len(log.pending()) <= STEPS_KEPT


def test_checks_and_stages_are_all_kept_and_counts_are_not() -> None:
    log = ProgressLog()
    for n in range(400):
        log.add("check", {"step": n})
        log.add("progress", {"done": n})
    log.add("stage", {"name": "predict"})
    assert [e.kind for e in log.pending()].count("check") == 400
    assert {e.kind for e in log.pending()} == {"check", "stage"}
    assert log.stage == "predict"
    assert "progress" not in log.newest


def test_at_most_four_writes_a_second() -> None:
    log = ProgressLog()
    assert log.due_in(0.0) is None
    log.add("check", {"n": 1})
    assert log.due_in(100.0) == 0
    log.written(1, 100.0)
    assert log.due_in(100.0) is None
    log.add("check", {"n": 2})
    assert log.due_in(100.0) == pytest.approx(0.25)
    assert log.due_in(100.25) == 0
    assert [e.values for e in log.pending()] == [{"n": 2}]


def test_a_write_that_failed_is_put_off_and_loses_nothing() -> None:
    log = ProgressLog()
    log.add("check", {"n": 1})
    log.put_off(10.0)
    assert log.due_in(10.0) == pytest.approx(0.25)
    assert len(log.pending()) == 1
