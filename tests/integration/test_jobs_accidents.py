"""What happens around the app: it is killed, the disk is full."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from instruct_ui.errors import StorageFault
from instruct_ui.jobs.supervisor import Supervisor
from instruct_ui.storage.records import JobState
from instruct_ui.storage.store import open_store

OWNER = "local"
PATIENCE = 30.0
HERE = str(Path(__file__).parent)
APP = """
import sys
from pathlib import Path
from threading import Event
from instruct_ui.jobs.supervisor import Supervisor
from instruct_ui.storage.store import open_store

home = Path(sys.argv[1])
store = open_store(f"sqlite:///{home / 'a.db'}", home)
supervisor = Supervisor(store, kinds_module="jobs_kinds", env={"PYTHONPATH": sys.argv[2]})
supervisor.start()
print(supervisor.submit("local", None, sys.argv[3], {}, "training"), flush=True)
Event().wait()
"""


def until(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    pause = Event()
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        pause.wait(0.01)
    return value


def ended(pid: int) -> bool:
    """Gone, or a zombie nobody has collected."""
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize("kind", ["deaf", "patient"])
def test_a_killed_app_leaves_an_interrupted_job_and_no_worker(tmp_path: Path, kind: str) -> None:
    app = subprocess.Popen(
        [sys.executable, "-c", APP, str(tmp_path), HERE, kind], stdout=subprocess.PIPE, text=True
    )
    try:
        assert app.stdout is not None
        job = app.stdout.readline().strip()
        store = open_store(f"sqlite:///{tmp_path / 'a.db'}", tmp_path)
        stage = until(lambda: store.snapshot(OWNER, job).progress.get("stage"))
    finally:
        app.send_signal(signal.SIGKILL)
        app.wait()
        app.stdout.close()
    again = Supervisor(store, kinds_module="jobs_kinds", env={"PYTHONPATH": HERE})
    again.start()
    try:
        after = again.submit(OWNER, None, "answer", {}, "training")
        assert again.wait(OWNER, after, PATIENCE).state is JobState.DONE
        assert again.wait(OWNER, job, PATIENCE).state is JobState.INTERRUPTED
        until(lambda: ended(stage["pid"]))
    finally:
        again.shutdown()
        store.close()


def test_a_second_app_on_the_same_home_leaves_running_jobs_alone(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'a.db'}", tmp_path)
    env = {"PYTHONPATH": HERE}
    first, second = (Supervisor(store, kinds_module="jobs_kinds", env=env) for _ in range(2))
    first.start()
    try:
        job = first.submit(OWNER, None, "patient", {}, "training")
        until(lambda: store.snapshot(OWNER, job).stage == "train")
        second.start()
        assert store.snapshot(OWNER, job).state is JobState.RUNNING
        first.stop_job(OWNER, job)
        assert first.wait(OWNER, job, PATIENCE).state is JobState.CANCELLED
    finally:
        first.shutdown()
        second.shutdown()
        store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB, where we may make one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    try:
        made = subprocess.run(mount, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if made.returncode != 0:
        pytest.skip(f"a small file system needs root: {made.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_result_waits_until_the_full_disk_has_room_again(
    small_disk: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_store(f"sqlite:///{small_disk / 'a.db'}", small_disk)
    supervisor = Supervisor(store, kinds_module="jobs_kinds", env={"PYTHONPATH": HERE})
    supervisor.start()
    try:
        go = tmp_path / "go"
        payload = {"file": str(go), "size": 300_000}
        job = supervisor.submit(OWNER, None, "until_file", payload, "training")
        until(lambda: store.snapshot(OWNER, job).stage == "train")
        ballast = small_disk / "ballast"
        fill(ballast)
        with pytest.raises(StorageFault) as caught:
            supervisor.submit(OWNER, None, "answer", {"text": "x" * 100_000}, "interactive")
        assert caught.value.key == "storage_full"
        go.touch()
        until(lambda: "cannot be saved yet" in caplog.text)
        assert store.snapshot(OWNER, job).state is JobState.RUNNING
        ballast.unlink()
        assert supervisor.wait(OWNER, job, PATIENCE).state is JobState.DONE
        result = store.get_job(OWNER, job).result
        assert result is not None
        assert len(result["text"]) == 300_000
        assert [e.kind for e in store.events_since(OWNER, job)] == ["stage", "check"]
    finally:
        supervisor.shutdown()
        store.close()


def fill(path: Path) -> None:
    block = b"\0" * 4096
    with path.open("wb", buffering=0) as stream:
        try:
            while os.write(stream.fileno(), block):
                pass
        except OSError:
            return
