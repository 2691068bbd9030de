"""Reading, checking and paging of large files, beside pandas.read_csv in the same run.

    python benchmarks/data.py [--rows 10000,100000,1000000] [--seed 0] [--json]

The files are made from the seed: texts of about 180 characters with commas, quotes and line ends
inside, 8 labels, one row of fifty said again. Every measurement has a process of its own, so that
its peak of memory is its own; a bare process with what is imported is told beside it.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any

ROWS = "10000,100000,1000000"
GOALS = {
    ("reading", "all"): "30 s",
    ("reading", "memory"): "2,000 MB",
    ("paging", "page_start"): "0.3 s",
    ("paging", "page_middle"): "0.3 s",
    ("paging", "page_end"): "0.3 s",
}
"""For 1,000,000 rows."""
_LABELS = ["delivery", "refund", "account", "order", "payment", "invoice", "contact", "feedback"]
_SYLLABLES = [a + b for a in "bdfgklmnprst" for b in "aeiou"]
_PAGE = 50
Figures = dict[str, float]


def make(path: Path, rows: int, seed: int) -> None:
    chance = random.Random(seed)
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 3))) for _ in range(4000)]
    often = list(accumulate(1 / (10 + rank) for rank in range(len(words))))
    before: list[tuple[str, str]] = []
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        for number in range(rows):
            if number % 50 == 49:
                row = chance.choice(before)
            else:
                said = [
                    *chance.choices(words, cum_weights=often, k=35),
                    str(chance.randrange(10**6)),
                ]
                said[8] += ","
                said[16] += "\n" if number % 5 == 0 else '"' if number % 7 == 0 else "."
                row = (" ".join(said), _LABELS[number % 8])
            if len(before) < 1000:
                before.append(row)
            writer.writerow(row)


@contextmanager
def _timed(into: Figures, name: str) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    into[name] = time.perf_counter() - begin


def reading(path: Path, folder: Path) -> Figures:
    """All that comes before the first look at a file, and what makes up the time."""
    from instruct_ui.data.checks import Subject, quick
    from instruct_ui.data.load import dataset_of, fault_of, read_files
    from instruct_ui.data.overview import overview
    from instruct_ui.data.prepared import write

    data, task = _spec(path)
    taken: Figures = {}
    before = time.process_time()
    with _timed(taken, "read"):
        files = read_files(data, task, strict=False)
    with _timed(taken, "split"):
        dataset = dataset_of(files, data, 0)
        fault_of(files, dataset, data)
    with _timed(taken, "overview"):
        overview(dataset)
    with _timed(taken, "checks"):
        quick(Subject(files, dataset, data))
    taken["all"] = sum(taken.values())
    taken["processor"] = time.process_time() - before
    with _timed(taken, "write"):
        write(folder / "rows.arrow", dataset)
    return taken


def paging(path: Path, folder: Path) -> Figures:
    """Three pages of rows, each from the opening of the prepared file on."""
    from instruct_ui.data.prepared import load

    taken: Figures = {}
    rows = len(load(folder / "rows.arrow").everything())
    for name, start in (("start", 0), ("middle", rows // 2), ("end", rows - _PAGE)):
        with _timed(taken, f"page_{name}"):
            dataset = load(folder / "rows.arrow")
            shown = list(dataset.everything()[start : start + _PAGE])
        assert len(shown) == _PAGE
    return taken


def each(path: Path, folder: Path) -> Figures:
    """Every check by itself."""
    from instruct_ui.data.checks import Subject, answers, labels, reading, repeats
    from instruct_ui.data.load import dataset_of, read_files

    data, task = _spec(path)
    files = read_files(data, task, strict=False)
    subject = Subject(files, dataset_of(files, data, 0), data)
    taken: Figures = {}
    for check in (labels, repeats, answers, reading):
        with _timed(taken, check.__name__.rpartition(".")[2]):
            list(check.check(subject))
    return taken


def near(path: Path, folder: Path) -> Figures:
    """Near duplicates, a job by itself on the page."""
    from instruct_ui.data.checks.near import near
    from instruct_ui.data.prepared import load

    dataset = load(folder / "rows.arrow")
    parts = {n: dataset.split(n) for n in ("train", "validation", "test")}
    few = {name: rows[:100] for name, rows in parts.items()}
    near(few, dataset.task, lambda done, of: None)  # type: ignore[arg-type] # loads what it needs
    taken: Figures = {}
    with _timed(taken, "near"):
        near(parts, dataset.task, lambda done, of: None)  # type: ignore[arg-type]
    return taken


def pandas(path: Path, folder: Path) -> Figures:
    import pandas

    taken: Figures = {}
    with _timed(taken, "pandas"):
        pandas.read_csv(path)
    return taken


def bare(path: Path, folder: Path) -> Figures:
    """What a process takes up before it has read anything."""
    import instruct_ui.data.matching  # noqa: F401

    return {}


MEASURES: tuple[Callable[[Path, Path], Figures], ...] = (bare, reading, paging, each, near, pandas)


def _spec(path: Path) -> tuple[Any, str]:
    from instruct_ui.data.matching import SHARES
    from instruct_ui.spec import DataSpec

    return DataSpec(file=path, split=SHARES), "text_classification"


def measured(name: str, path: Path, folder: Path) -> Figures:
    """In a fresh process, with its peak of memory."""
    command = [sys.executable, __file__, "--measure", name, str(path), str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: Figures = json.loads(done.stdout)
    return found


def _measure(name: str, path: Path, folder: Path) -> None:
    function = next(function for function in MEASURES if function.__name__ == name)
    taken = function(path, folder)
    taken["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps(taken))


def _lines(results: dict[int, dict[str, Figures]], sizes: dict[int, float]) -> Iterator[str]:
    rows = list(results)
    yield (
        "| | "
        + " | ".join(f"{n:,} rows, {sizes[n]:.1f} MB" for n in rows)
        + " | goal at 1,000,000 |"
    )
    yield "|---" * (len(rows) + 2) + "|"
    for title, measure, key in (
        ("read, s", "reading", "read"),
        ("split, s", "reading", "split"),
        ("overview, s", "reading", "overview"),
        ("checks at once, s", "reading", "checks"),
        ("**all that comes at once, s**", "reading", "all"),
        ("the same, processor s", "reading", "processor"),
        ("its memory at most, MB", "reading", "memory"),
        ("written as a mapped file, s", "reading", "write"),
        ("page of 50 rows at the start, s", "paging", "page_start"),
        ("in the middle, s", "paging", "page_middle"),
        ("at the end, s", "paging", "page_end"),
        ("memory of a process that pages, MB", "paging", "memory"),
        ("near duplicates (a job), s", "near", "near"),
        ("their memory at most, MB", "near", "memory"),
        ("pandas.read_csv alone, s", "pandas", "pandas"),
        ("its memory at most, MB", "pandas", "memory"),
        ("a bare process, MB", "bare", "memory"),
    ):
        cells = [_shown(results[n][measure][key]) for n in rows]
        goal = GOALS.get((measure, key), "")
        yield f"| {title} | " + " | ".join(cells) + f" | {goal} |"
    yield ""
    first, last = rows[0], rows[-1]
    yield f"| microseconds a row | at {first:,} | at {last:,} | ratio (goal: about 1) |"
    yield "|---|---|---|---|"
    for name, one in costs(results, first).items():
        other = costs(results, last)[name]
        yield f"| {name} | {one:.2f} | {other:.2f} | {other / one:.2f} |"


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.3f}"


def costs(results: dict[int, dict[str, Figures]], rows: int) -> dict[str, float]:
    """Microseconds a row of every check."""
    found = {**results[rows]["each"], "near duplicates": results[rows]["near"]["near"]}
    return {name: 1e6 * s / rows for name, s in found.items() if name != "memory"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default=ROWS, help="sizes, with commas between them")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        name, path, folder = options.measure
        _measure(name, Path(path), Path(folder))
        return
    results: dict[int, dict[str, Figures]] = {}
    sizes: dict[int, float] = {}
    for rows in map(int, options.rows.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"rows-{rows}.csv"
            make(path, rows, options.seed)
            sizes[rows] = path.stat().st_size / 1e6
            names = [function.__name__ for function in MEASURES]
            results[rows] = {name: measured(name, path, Path(folder)) for name in names}
        print(f"{rows:,} rows done", file=sys.stderr, flush=True)
    if options.json:
        print(json.dumps({"seed": options.seed, "megabytes": sizes, "results": results}, indent=2))
    else:
        print(*_lines(results, sizes), sep="\n")


if __name__ == "__main__":
    main()
