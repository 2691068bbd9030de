"""The checks that take minutes where there are many rows: near duplicates and doubtful labels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import Literal

import numpy as np

from instruct_ui.data.checks.finding import SHOWN, Finding, FoundRow, cut
from instruct_ui.data.checks.near import THRESHOLD, NearPair, near
from instruct_ui.data.checks.noise import suspects
from instruct_ui.data.checks.progress import Told, stretch
from instruct_ui.data.checks.subject import Subject
from instruct_ui.data.checks.suspect import Suspect
from instruct_ui.data.dataset import Examples
from instruct_ui.spec import DropRows, SplitName

SlowKey = Literal["near_leaks", "near_duplicates", "label_noise"]
SLOW: tuple[SlowKey, ...] = ("near_leaks", "near_duplicates", "label_noise")
_LEARNT: tuple[SplitName, ...] = ("train", "validation")


def slow(
    subject: Subject, told: Told, only: Collection[SlowKey] = SLOW, seed: int = 0
) -> list[Finding]:
    """What they find, worst first. `told` hears how much of how much is done, and may raise to
    stop."""
    found: list[Finding] = []
    alike, noise = not {"near_leaks", "near_duplicates"}.isdisjoint(only), "label_noise" in only
    stages = alike + noise
    if alike:
        found += [
            finding
            for finding in _near(subject, stretch(told, 0, 100 // stages))
            if finding.key in only
        ]
    if noise:
        found += _noise(subject, seed, stretch(told, 100 - 100 // stages, 100))
    return found


def _near(subject: Subject, told: Told) -> Iterable[Finding]:
    found = near(subject.parts, subject.dataset.task, told)
    values = {"similarity": round(100 * THRESHOLD), "crowded": found.crowded}
    leaks = [pair for pair in found.pairs if pair.part != pair.other]
    within = [pair for pair in found.pairs if pair.part == pair.other]
    if leaks:
        rows = {(pair.part, pair.position) for pair in leaks}
        # Rows of the training data first: those are the leaks that make figures too good.
        leaks.sort(key=lambda pair: (pair.part != "train", -pair.similarity, pair.position))
        yield Finding(
            "near_leaks",
            "wrong",
            len(rows),
            _shown(subject, leaks),
            _repair(subject, leaks),
            values,
        )
    if within:
        within.sort(key=lambda pair: (-pair.similarity, pair.part, pair.position))
        yield Finding(
            "near_duplicates",
            "doubtful",
            len(within),
            _shown(subject, within),
            _repair(subject, within),
            values,
        )


def _shown(subject: Subject, pairs: Iterable[NearPair]) -> tuple[FoundRow, ...]:
    found: list[FoundRow] = []
    for pair in islice(pairs, SHOWN):
        other = subject.dataset.split(pair.other)[pair.other_position]
        found += subject.shown(pair.part, [pair.position], [cut(other.text)])
    return tuple(found)


def _repair(subject: Subject, pairs: Iterable[NearPair]) -> DropRows:
    """The rows of the pairs, not those they are like, go from their files."""
    positions: dict[SplitName, set[int]] = {}
    for pair in pairs:
        positions.setdefault(pair.part, set()).add(pair.position)
    rows: dict[str, list[int]] = {}
    for part, places in positions.items():
        key = "file" if "file" in subject.files else part
        numbers = subject.dataset.split(part).rows[sorted(places)]
        rows.setdefault(key, []).extend(numbers.tolist())
    return DropRows(rows={key: tuple(sorted(numbers)) for key, numbers in rows.items()})  # type: ignore[misc]


def _noise(subject: Subject, seed: int, told: Told) -> Iterable[Finding]:
    parts = {name: subject.dataset.split(name) for name in _LEARNT if subject.dataset.split(name)}
    if not parts:
        return
    rows = Examples.joined(list(parts.values()))
    noise = suspects(rows, subject.dataset.task, seed, told)
    if not noise.suspects:
        return
    values = {
        "looked_at": noise.looked_at,
        "rows": len(rows),
        "left_out": list(noise.left_out),
    }
    shown = tuple(_suspicious(subject, parts, one) for one in noise.suspects[:SHOWN])
    yield Finding("label_noise", "doubtful", len(noise.suspects), shown, None, values)


def _suspicious(
    subject: Subject, parts: Mapping[SplitName, Examples], suspect: Suspect
) -> FoundRow:
    ends = np.cumsum([len(rows) for rows in parts.values()])
    at = int(np.searchsorted(ends, suspect.position, side="right"))
    name = list(parts)[at]
    row = parts[name][suspect.position - (int(ends[at - 1]) if at else 0)]
    table = subject.file_of(name).table
    given = f"{suspect.word}: {suspect.given}" if suspect.word else suspect.given
    return FoundRow(table.name, table.line(row.row), cut(row.text), given, suspect.suggested)
