"""Seeded, stratified splits and samples: the same on any machine and any Python.

Rows are ordered by SHA-256 of seed, purpose and row number, so no random generator is involved, and
a sample of 100 rows is part of the sample of 200.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence

from instruct_ui.data.dataset import Example
from instruct_ui.spec import SplitShares

Rows = tuple[Example, ...]


def split(examples: Sequence[Example], shares: SplitShares, seed: int) -> tuple[Rows, Rows, Rows]:
    """Train, validation and test, each in file order; shares below 1 leave rows out.

    Every label keeps its proportions within one row; one with two rows or more has at least one in
    train. Sentences are stratified by the rarest entity type in them.
    """
    parts = _deal(examples, (shares.train, shares.validation, shares.test), seed, "split")
    return parts[0], parts[1], parts[2]


def hold_out(examples: Sequence[Example], share: float, seed: int) -> tuple[Rows, Rows]:
    """(kept, held out): a stratified `share` of the rows, at least one where there are two."""
    kept, held = _deal(examples, (1 - share, share), seed, "hold out")
    if not held and len(kept) > 1 and share > 0:
        counts = Counter(_strata(kept))
        common = counts.most_common(1)[0][0]
        fitting = [e for e, s in zip(kept, _strata(kept), strict=True) if s == common]
        moved = min(fitting, key=lambda e: _key(seed, "hold out", e.row))
        kept, held = tuple(e for e in kept if e is not moved), (moved,)
    return kept, held


def sample(examples: Sequence[Example], n: int | None, seed: int) -> Rows:
    """`n` rows in file order; all of them where there are no more, or `n` is None."""
    if n is None or n >= len(examples):
        return tuple(examples)
    order = sorted(range(len(examples)), key=lambda i: _key(seed, "sample", examples[i].row))
    return tuple(examples[i] for i in sorted(order[:n]))


def _key(seed: int, purpose: str, row: int) -> bytes:
    return hashlib.sha256(f"{seed}|{purpose}|{row}".encode()).digest()


def _strata(examples: Sequence[Example]) -> list[str]:
    types = [sorted({t[2:] for t in e.tags if t != "O"}) for e in examples]
    counts = Counter(t for found in types for t in found)
    return [
        example.label or (min(found, key=lambda t: (counts[t], t)) if found else "")
        for example, found in zip(examples, types, strict=True)
    ]


def _deal(
    examples: Sequence[Example], shares: tuple[float, ...], seed: int, purpose: str
) -> list[Rows]:
    """Deals the rows, label by label, each to the part that is furthest below its share."""
    strata: defaultdict[str, list[int]] = defaultdict(list)
    for i, stratum in enumerate(_strata(examples)):
        strata[stratum].append(i)
    rest = max(0.0, 1 - sum(shares))
    targets = (*shares, rest if rest > 1e-9 else 0.0)
    given = [0] * len(targets)
    part_of = [0] * len(examples)
    dealt = 0
    for stratum in sorted(strata):
        rows = sorted(strata[stratum], key=lambda i: _key(seed, purpose, examples[i].row))
        for i in rows:
            dealt += 1
            lacking = [t * dealt - g if t else -1e9 for t, g in zip(targets, given, strict=True)]
            # Rounded, or the last bits of a float would decide between parts that lack as much.
            part = max(range(len(targets)), key=lambda p: (round(lacking[p], 6), -p))
            part_of[i] = part
            given[part] += 1
        if shares[0] and len(rows) > 1 and all(part_of[i] != 0 for i in rows):
            donor = Counter(part_of[i] for i in rows).most_common(1)[0][0]
            moved = next(i for i in rows if part_of[i] == donor)
            part_of[moved] = 0
            given[donor] -= 1
            given[0] += 1
    return [
        tuple(e for e, p in zip(examples, part_of, strict=True) if p == part)
        for part in range(len(shares))
    ]
