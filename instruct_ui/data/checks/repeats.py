"""The same text twice: within a split, between splits, and under different labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from instruct_ui.data import alike
from instruct_ui.data.alike import Alike
from instruct_ui.data.checks.finding import SHOWN, Finding, FoundRow
from instruct_ui.data.checks.subject import Subject
from instruct_ui.spec import SPLITS, DropDuplicates, DropLeaks

_Numbers = npt.NDArray[np.int64]


def check(subject: Subject) -> Iterator[Finding]:
    parts = subject.parts
    task = subject.dataset.task
    exact = alike.part_codes(parts, task, "exact")
    loose = alike.part_codes(parts, task, "normalised")
    yield from _leaks(subject, exact, "exact")
    yield from _leaks(subject, _but(loose, exact), "normalised")
    gold = alike.gold_codes(subject.everything, task)
    yield from _conflicts(subject, loose, gold)
    yield from _duplicates(subject, loose, exact, gold)


def _but(loose: Mapping[str, _Numbers], exact: Mapping[str, _Numbers]) -> dict[str, _Numbers]:
    """The loose codes, made different where the rows of two splits are exactly the same."""
    found = alike.leaked(exact)
    other = {name: code.copy() for name, code in loose.items()}
    for name, positions in found.items():
        other[name][positions] = -1 - SPLITS.index(name)
    return other


def _leaks(subject: Subject, codes: Mapping[str, _Numbers], how: Alike) -> Iterator[Finding]:
    found = alike.leaked(codes)
    count = sum(len(positions) for positions in found.values())
    if not count:
        return
    rows: list[FoundRow] = []
    for name, positions in found.items():
        some = positions[:SHOWN]
        others = [_twin(subject, codes, name, int(codes[name][p])) for p in some]
        rows += subject.shown(name, some.tolist(), others)
    values = {f"in_{name}": len(positions) for name, positions in found.items()}
    yield Finding(
        f"leaks_{how}",
        "wrong",
        count,
        tuple(rows[:SHOWN]),
        DropLeaks(alike=how),
        {**values, "judged": alike.known_beforehand(codes)},
    )


def _twin(subject: Subject, codes: Mapping[str, _Numbers], name: str, code: int) -> str:
    """Where else the text stands, as `test.csv 12`."""
    for other in ("test", "validation"):
        if other != name and other in codes:
            places = np.flatnonzero(codes[other] == code)
            if len(places):
                twin = subject.shown(other, places[:1].tolist())[0]
                return f"{twin.file}:{twin.line} ({other})"
    return ""


def _conflicts(
    subject: Subject, codes: Mapping[str, _Numbers], gold: _Numbers
) -> Iterator[Finding]:
    """Texts that stand there under different labels."""
    if not subject.dataset.labels:
        return
    code = np.concatenate(list(codes.values()))
    pairs = np.unique(np.stack([code, gold]), axis=1)
    texts, kinds = np.unique(pairs[0], return_counts=True)
    torn = texts[kinds > 1]
    if not len(torn):
        return
    positions = np.flatnonzero(np.isin(code, torn))
    order = positions[np.argsort(code[positions], kind="stable")]
    rows = _placed(subject, codes, order[: 2 * SHOWN].tolist())
    yield Finding("conflicts", "doubtful", len(positions), tuple(rows), values={"texts": len(torn)})


def _placed(
    subject: Subject, codes: Mapping[str, _Numbers], positions: list[int]
) -> list[FoundRow]:
    """Rows by their place in all splits joined."""
    starts = dict(zip(codes, np.cumsum([0, *map(len, codes.values())]), strict=False))
    rows: list[FoundRow] = []
    for position in positions:
        name = max((n for n in starts if starts[n] <= position), key=lambda n: starts[n])
        rows += subject.shown(name, [position - int(starts[name])])
    return rows


def _duplicates(
    subject: Subject,
    loose: Mapping[str, _Numbers],
    exact: Mapping[str, _Numbers],
    gold: _Numbers,
) -> Iterator[Finding]:
    """Rows that read and answer as an earlier one of the same split."""
    starts = np.cumsum([0, *map(len, exact.values())])
    found: dict[Alike, list[tuple[str, _Numbers]]] = {"exact": [], "normalised": []}
    for name, start in zip(exact, starts, strict=False):
        golds = gold[start : start + len(exact[name])]
        same = alike.again(_both(exact[name], golds))
        near = np.setdiff1d(alike.again(_both(loose[name], golds)), same)
        found["exact"].append((name, same))
        found["normalised"].append((name, near))
    for how, places in found.items():
        count = sum(len(positions) for _, positions in places)
        if count:
            rows = [row for name, some in places for row in subject.shown(name, some.tolist())]
            yield Finding(
                f"duplicates_{how}",
                "doubtful",
                count,
                tuple(rows[:SHOWN]),
                DropDuplicates(alike=how),
            )


def _both(code: _Numbers, gold: _Numbers) -> _Numbers:
    """One number for text and answer together."""
    return code * (int(gold.max(initial=0)) + 1) + gold
