"""What happens to a run: Ctrl-C, a disk that takes no more, a worker that is killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from test_bad_input import spec_file
from test_jobs_accidents import fill, small_disk  # noqa: F401 - the second is a fixture

from instruct_ui.settings import Settings, settings
from instruct_ui.spec import FewShot, FineTune, ZeroShot
from instruct_ui.storage.records import JobState
from instruct_ui.workbench import Workbench

resource = pytest.importorskip("resource", reason="file-size limits are a Unix thing")
pytestmark = pytest.mark.models

_ME = "local"
_LONG = {"kind": "fine_tune", "epochs": 200, "patience": 0}


def until(condition: Callable[[], Any]) -> None:
    """Models are loaded meanwhile, which a busy machine takes its time for."""
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def command(spec: Path, out: Path) -> list[str]:
    return [sys.executable, "-m", "instruct_ui.cli", "run", str(spec), "--out", str(out)]


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


class Run:
    """A run in a process group of its own, as a shell starts one, and what it says."""

    def __init__(self, spec: Path, out: Path) -> None:
        self.process = subprocess.Popen(
            command(spec, out), stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.lines += iter(self.process.stderr.readline, "")

    def wait_for(self, words: str) -> None:
        """Until a line with `words` is said."""

        def said() -> bool:
            assert self.process.poll() is None, self.lines
            return any(words in line for line in self.lines)

        until(said)

    def press_ctrl_c(self) -> int:
        """The terminal sends it to the whole group. Gives the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        code = self.process.wait(timeout=20)
        self._reader.join(timeout=5)
        return code


@contextmanager
def running(spec: Path, out: Path) -> Iterator[Run]:
    run = Run(spec, out)
    try:
        yield run
    finally:
        run.process.kill()
        run.process.wait()


@pytest.mark.parametrize("moment", ["name=load", "name=train", "score="])
def test_ctrl_c_ends_a_run_with_one_true_sentence(
    tmp_path: Path, models_dir: Path, moment: str
) -> None:
    out = tmp_path / "out"
    with running(spec_file(tmp_path, approach=_LONG), out) as run:
        run.wait_for(moment)
        helpers = psutil.Process(run.process.pid).children(recursive=True)
        # Interrupted inside an `exec`, as dataclasses do it, Python ends itself by the signal; a
        # shell says 130 to both.
        assert run.press_ctrl_c() in (130, -signal.SIGINT), run.lines
    told = [line for line in run.lines if "=" not in line]
    assert len(told) == 1 and told[0].startswith("Stopped") and str(out) in told[0], run.lines
    left = files(out) if out.is_dir() else []
    assert not {"report.json", "predictions.csv", "spec.yaml"} & set(left)
    assert left == [] or "Nothing was written" not in told[0], left
    _, alive = psutil.wait_procs(helpers, timeout=5)
    assert alive == []


def under_limit(spec: Path, out: Path, most: int) -> subprocess.CompletedProcess[str]:
    """The run where no file may grow beyond `most` bytes: to a program, a disk that is full."""
    return subprocess.run(
        command(spec, out),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def said_once(done: subprocess.CompletedProcess[str], what: str) -> None:
    """One message that names the file and the way out, then where the log is."""
    assert "Traceback" not in done.stderr
    told = [line for line in done.stderr.splitlines() if "=" not in line]
    assert len(told) == 2, done.stderr
    assert what in told[0] and "too large" in told[0] and "disk" in told[0]
    assert done.returncode == 1


def test_a_disk_that_does_not_take_the_predictions_leaves_no_report(
    tmp_path: Path, models_dir: Path
) -> None:
    rows = [f"where is parcel number {i},{('delivery', 'refund')[i % 2]}\n" for i in range(600)]
    path = tmp_path / "many.csv"
    path.write_text("text,label\n" + "".join(rows), encoding="utf-8")
    out = tmp_path / "out"
    data = {"test": str(path)}
    done = under_limit(spec_file(tmp_path, data=data, limit={}), out, 12_000)
    said_once(done, "predictions.csv")
    assert "report.json" not in files(out), "a report says that a run is finished"


def test_a_disk_that_does_not_take_the_spec_leaves_no_report(
    tmp_path: Path, models_dir: Path
) -> None:
    template = {
        "name": "wordy",
        "task": "text_classification",
        "description": "many words " * 3000,
        "blocks": [{"kind": "input", "text": "{{ text }}"}],
    }
    out = tmp_path / "out"
    done = under_limit(spec_file(tmp_path, template=template), out, 20_000)
    said_once(done, "spec.yaml")
    assert "report.json" not in files(out)
    assert "spec.yaml" not in files(out), "half a spec is none"


def test_a_disk_that_does_not_take_the_model_leaves_nothing_that_looks_like_one(
    tmp_path: Path, models_dir: Path
) -> None:
    out = tmp_path / "out"
    spec = spec_file(tmp_path, approach={"kind": "fine_tune", "epochs": 1})
    done = under_limit(spec, out, 2_000_000)
    said_once(done, str(out / "model"))
    left = files(out)
    assert "report.json" not in left
    assert not [name for name in left if "safetensors" in name or name.endswith(".part")]


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "instruct_ui.cli", "serve"],
            env={**os.environ, "INSTRUCT_UI_PORT": port},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 2, done.stderr
    message, *more = done.stderr.splitlines()
    assert more == []
    assert port in message and "INSTRUCT_UI_PORT" in message


@pytest.fixture
def workbench(models_dir: Path) -> Iterator[Workbench]:
    opened = Workbench.open(settings())
    yield opened
    opened.close()


def done(workbench: Workbench, job: str) -> bool:
    return workbench.wait(_ME, job, 300).state is JobState.DONE


def trainer() -> psutil.Process:
    """The worker of the training lane: the only one that was started."""
    workers = [p for p in psutil.Process().children() if "instruct_ui.jobs.worker" in p.cmdline()]
    assert len(workers) == 1
    return workers[0]


def test_a_worker_killed_in_a_training_costs_that_run_and_no_more(workbench: Workbench) -> None:
    project = workbench.open_sample(_ME, "support_intents")
    doomed = workbench.start(
        _ME, project, model="minilm", approach=FineTune(epochs=200, patience=0)
    )
    waiting = workbench.start(_ME, project, model="minilm", approach=FineTune(epochs=1))
    until(lambda: workbench.job(_ME, doomed).stage == "train")
    assert workbench.job(_ME, waiting).state is JobState.QUEUED, "one training at a time"
    trainer().kill()
    after = workbench.wait(_ME, doomed, 30)
    assert after.state is JobState.FAILED and after.error is not None
    for part in ("SIGKILL", "memory", "smaller batch size", "Log:"):
        assert part in after.error.message("en")
    assert "SIGKILL" in after.error.message("zh")
    assert workbench.runs(_ME, project) == []
    assert done(workbench, waiting), "the next one gets a new worker"
    assert len(workbench.runs(_ME, project)) == 1


def test_a_run_that_a_full_disk_did_not_take_is_told_and_can_be_done_again(
    small_disk: Path,  # noqa: F811
    models_dir: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    workbench = Workbench.open(Settings(home=small_disk, models=models_dir))
    try:
        project = workbench.open_sample(_ME, "support_intents")
        template = workbench.template(_ME, project)
        lost = workbench.start(_ME, project, model="minilm", approach=ZeroShot())
        until(lambda: workbench.job(_ME, lost).stage == "load")
        ballast = small_disk / "ballast"
        fill(ballast)
        until(lambda: "cannot be saved yet" in caplog.text)
        assert not workbench.job(_ME, lost).state.ended, "its end cannot be written either"
        ballast.unlink()
        after = workbench.wait(_ME, lost, 30)
        assert after.state is JobState.FAILED and after.error is not None
        assert "No space left" in after.error.message("en")
        assert workbench.runs(_ME, project) == []
        assert workbench.template(_ME, project) == template
        assert done(
            workbench,
            workbench.start(_ME, project, model="minilm", approach=FewShot(shots_per_label=2)),
        )
    finally:
        workbench.close()
