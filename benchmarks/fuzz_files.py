"""Broken and hostile files, read as `instruct-ui check` reads them: each is read or refused.

    python benchmarks/fuzz_files.py [--files 10000] [--seed 0] [--save DIR] [--json]

Counts crashes (any exception that is no refusal in both languages, and processes that die), hangs
and overruns of memory. The file of a failure with number N comes again with `--seed N --files 1`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
from mutated import Files, made

SECONDS = 5.0
"""Of the processor, so that other work on the machine does not count; a worker that waits for
nothing is found by the clock."""
_CLOCK = 30.0
MEGABYTES = 1000
OUTCOMES = ("read", "refused", "crash", "hang", "memory")
_LOOK = 0.02
"""Seconds between two looks at a worker's memory."""


def read(files: Files) -> str:
    """What `instruct-ui check` prints of the files; raises what ends it."""
    from instruct_ui.data.matching import spec_of, unpacked
    from instruct_ui.data.report import inspect
    from instruct_ui.reporting.data_report import as_json, as_lines

    with tempfile.TemporaryDirectory() as brought, tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, raw in files:
            paths.append((name, Path(brought) / name))
            paths[-1][1].write_bytes(raw)
        data, task, _ = spec_of(unpacked(paths, Path(folder)))
        report = inspect(data, task, 0)
        told = json.dumps(as_json(report), ensure_ascii=False) + "\n".join(as_lines(report))
        return told.encode().decode()


def outcome(files: Files) -> tuple[str, str]:
    from instruct_ui.errors import UserMistake

    try:
        read(files)
    except UserMistake as error:
        said = error.message("en"), error.message("zh")
        return ("refused", error.key) if all(said) else ("crash", f"{error.key} has no text")
    except Exception:  # noqa: BLE001 - that is what is looked for
        return "crash", traceback.format_exc()
    return "read", ""


def _work(pipe: Connection) -> None:
    read(made_valid())  # imports what is needed before the clock runs
    pipe.send(None)
    while (seed := pipe.recv()) is not None:
        kind, files = made(seed)
        pipe.send(kind)
        pipe.send(outcome(files))


def made_valid() -> Files:
    return [("a.csv", b"text,label\nhello there,a\ngood bye,b\n" * 4)]


@dataclass(slots=True)
class Failure:
    seed: int
    kind: str
    outcome: str
    said: str


class Worker:
    """A process of its own that may die."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=_work, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.watched = psutil.Process(self.process.pid)
        self.pipe.recv()
        self.seed = -1
        self.kind = ""
        self.began = 0.0
        self.worked = 0.0
        self.taken = 0.0
        self.most = 0

    def begin(self, seed: int) -> None:
        self.seed, self.kind, self.taken = seed, "", 0.0
        self.pipe.send(seed)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()

    def _worked(self) -> float:
        """Seconds of the processor that the process has had."""
        return float(sum(self.watched.cpu_times()[:2]))

    def look(self) -> tuple[str, str] | None:
        """How the file ended, once it has."""
        try:
            while self.pipe.poll():
                told = self.pipe.recv()
                if self.kind:
                    self.taken = self._worked() - self.worked
                    return str(told[0]), str(told[1])
                self.kind, self.began = told, time.monotonic()
                self.worked = self._worked()
            if not self.kind:  # still being made
                return None
            megabytes = self.watched.memory_info().rss // 10**6
            self.taken = self._worked() - self.worked
        except (EOFError, OSError, psutil.Error):
            self.process.join()
            return "crash", f"the process died: exit code {self.process.exitcode}"
        self.most = max(self.most, megabytes)
        if megabytes > MEGABYTES:
            return "memory", f"{megabytes} MB"
        if self.taken > SECONDS or time.monotonic() - self.began > _CLOCK:
            return "hang", f"over {SECONDS:.0f} s"
        return None


class Run:
    def __init__(self, first: int, files: int, workers: int) -> None:
        self.counts: dict[str, Counter[str]] = {}
        self.keys: Counter[str] = Counter()
        self.failures: list[Failure] = []
        self.slowest, self.most = 0.0, 0
        self._seeds = iter(range(first, first + files))
        busy = [worker for worker in (Worker() for _ in range(workers)) if self._next(worker)]
        while busy:
            wait([worker.pipe for worker in busy], _LOOK)
            busy = [worker for held in busy if (worker := self._after(held)) is not None]

    def _next(self, worker: Worker) -> bool:
        seed = next(self._seeds, None)
        if seed is None:
            worker.end()
            return False
        worker.begin(seed)
        return True

    def _after(self, worker: Worker) -> Worker | None:
        """The worker at its next file, or another one in its place; None where there are none."""
        ended = worker.look()
        self.most = max(self.most, worker.most)
        if ended is None:
            return worker
        how, said = ended
        self.counts.setdefault(worker.kind or "not made", Counter())[how] += 1
        self.keys[said if how == "refused" else how] += 1
        self.slowest = max(self.slowest, worker.taken)
        if how not in ("read", "refused"):
            self.failures.append(Failure(worker.seed, worker.kind, how, said))
            print(f"{worker.seed} {worker.kind}: {how}\n{said}", file=sys.stderr, flush=True)
        done = sum(map(Counter.total, self.counts.values()))
        if done % 500 == 0:
            print(f"{done} files, {len(self.failures)} failures", file=sys.stderr, flush=True)
        if how in ("hang", "memory") or not worker.process.is_alive():
            worker.end()
            worker = Worker()
        return worker if self._next(worker) else None


def _table(run: Run) -> str:
    lines = ["| began as | files | " + " | ".join(OUTCOMES) + " |", "|---" * 7 + "|"]
    for kind, counts in sorted(run.counts.items()):
        cells = [kind.replace("|", "\\|"), counts.total(), *(counts[name] for name in OUTCOMES)]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    whole: Counter[str] = sum(run.counts.values(), Counter())
    cells = ["all", whole.total(), *(whole[name] for name in OUTCOMES)]
    lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="number of the first file")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--save", type=Path, metavar="DIR", help="write the files, read nothing")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.save:
        for seed in range(options.seed, options.seed + options.files):
            for name, raw in made(seed)[1]:
                (options.save / f"{seed}-{name}").write_bytes(raw)
        return
    begin = time.monotonic()
    run = Run(options.seed, options.files, options.workers)
    seconds = time.monotonic() - begin
    if options.json:
        plain = {
            "files": options.files,
            "seed": options.seed,
            "counts": run.counts,
            "refusals": dict(run.keys.most_common()),
            "failures": [[f.seed, f.kind, f.outcome, f.said] for f in run.failures],
            "slowest_s": round(run.slowest, 2),
            "most_mb": run.most,
            "seconds": round(seconds),
        }
        print(json.dumps(plain, indent=2))
    else:
        print(_table(run))
        print(
            f"\nSeeds {options.seed} to {options.seed + options.files - 1}; slowest file "
            f"{run.slowest:.1f} s of {SECONDS:.0f}, largest process {run.most} MB of {MEGABYTES}; "
            f"{len(run.keys - Counter(OUTCOMES))} different refusals; {seconds:.0f} s in all."
        )
    sys.exit(1 if run.failures else 0)


if __name__ == "__main__":
    main()
