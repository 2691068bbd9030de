"""Seeded, stratified splits and samples: the same on any machine and any Python.

Rows are ordered by SHA-256 of seed, purpose and row number, so no random generator is involved, and
a sample of 100 rows is part of the sample of 200.
"""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from instruct_ui.data.dataset import Examples
from instruct_ui.data.grouping import by_group, by_time, group_numbers
from instruct_ui.spec import SplitShares

_WHOLE = 1_000_000
"""A share is so many millionths."""
_Numbers = npt.NDArray[np.int64]


def split(
    examples: Examples, shares: SplitShares, seed: int
) -> tuple[Examples, Examples, Examples]:
    """Train, validation and test, each in file order; shares below 1 leave rows out.

    By label, every label keeps its proportions within one row; one with two rows or more has at
    least one in train, and one in test. Sentences are stratified by the rarest entity type in them.
    By group, rows of one group stay together and labels keep their proportions as far as the groups
    allow. Raises DataError for a column that is not there, or one by which time cannot be told.
    """
    three = (shares.train, shares.validation, shares.test)
    if shares.by == "time":
        dealt = by_time(examples, shares.column or "", three)
    elif shares.folds is None:
        dealt = _dealt(examples, shares, three, seed)
    else:
        dealt = _folded(examples, shares, seed)
    train, validation, test = (examples.take(np.flatnonzero(dealt == p)) for p in range(3))
    return train, validation, test


def _dealt(
    examples: Examples, shares: SplitShares, parts: tuple[float, ...], seed: int
) -> npt.NDArray[np.int8]:
    if shares.by == "group":
        groups = group_numbers(examples, shares.column or "")
        return by_group(_strata(examples), groups, parts, _group_keys(groups, examples.rows, seed))
    return _deal(examples, parts, seed, "split")


def _folded(examples: Examples, shares: SplitShares, seed: int) -> npt.NDArray[np.int8]:
    assert shares.folds is not None
    folds = _dealt(examples, shares, (1 / shares.folds,) * shares.folds, seed)
    dealt = np.full(len(examples), 2, np.int8)
    rest = np.flatnonzero(folds != shares.fold)
    learnt = shares.train + shares.validation
    inner = (shares.train / learnt, shares.validation / learnt) if learnt else (1.0, 0.0)
    dealt[rest] = _dealt(examples.take(rest), shares, inner, seed)
    return dealt


def hold_out(examples: Examples, share: float, seed: int) -> tuple[Examples, Examples]:
    """(kept, held out): a stratified `share` of the rows, at least one where there are two."""
    dealt = _deal(examples, (1 - share, share), seed, "hold out")
    if not (dealt == 1).any() and len(examples) > 1 and share > 0:
        strata = _strata(examples)
        common = np.flatnonzero(strata == np.bincount(strata).argmax())
        dealt[common[np.argmin(_keys(examples.rows[common], seed, "hold out"))]] = 1
    return examples.take(np.flatnonzero(dealt == 0)), examples.take(np.flatnonzero(dealt == 1))


def sample(examples: Examples, n: int | None, seed: int) -> Examples:
    """`n` rows in file order; all of them where there are no more, or `n` is None."""
    if n is None or n >= len(examples):
        return examples
    order = np.argsort(_keys(examples.rows, seed, "sample"), kind="stable")
    return examples.take(np.sort(order[:n]))


def _keys(rows: _Numbers, seed: int, purpose: str) -> npt.NDArray[np.uint64]:
    """The first eight bytes of each row's hash: two of a million rows hardly ever share them, and
    then their place in the file decides."""
    start = hashlib.sha256(f"{seed}|{purpose}|".encode())
    keys = bytearray()
    for row in rows.tolist():
        own = start.copy()
        own.update(b"%d" % row)
        keys += own.digest()[:8]
    return np.frombuffer(bytes(keys), ">u8").astype(np.uint64)


def _group_keys(groups: _Numbers, rows: _Numbers, seed: int) -> npt.NDArray[np.uint64]:
    """By the first row of each group, so that names do not matter."""
    first = np.full(int(groups.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, groups, rows)
    return _keys(first, seed, "group")


def _strata(examples: Examples) -> _Numbers:
    """A number for each row's label, in the order of the labels; for sentences for the rarest
    entity type in them."""
    labels = examples.column("label")
    if labels.null_count == len(labels):
        labels = _rarest(examples)
    coded = labels.fill_null("").combine_chunks().dictionary_encode()
    names = coded.dictionary.to_pylist()
    of_code = np.empty(len(names), np.int64)
    of_code[sorted(range(len(names)), key=lambda code: names[code])] = np.arange(len(names))
    codes: _Numbers = coded.indices.to_numpy()
    return of_code[codes]


def _rarest(examples: Examples) -> pa.ChunkedArray:
    types = [
        sorted({t[2:] for t in tags or () if t != "O"})
        for tags in examples.column("tags").to_pylist()
    ]
    counts = Counter(t for found in types for t in found)
    rarest = [min(found, key=lambda t: (counts[t], t)) if found else "" for found in types]
    return pa.chunked_array([pa.array(rarest, pa.string())])


def _deal(
    examples: Examples, shares: tuple[float, ...], seed: int, purpose: str
) -> npt.NDArray[np.int8]:
    """The part of each row, dealt label by label to the part that is furthest below its share;
    `len(shares)` is what no share takes."""
    strata = _strata(examples)
    order = np.lexsort((_keys(examples.rows, seed, purpose), strata))
    rest = max(0.0, 1 - sum(shares))
    targets = (*shares, rest if rest > 1e-9 else 0.0)
    # Whole numbers, or the last bits of a float would decide between parts that lack as much.
    wanted = [(p, round(target * _WHOLE)) for p, target in enumerate(targets) if target]
    given = [0] * len(targets)
    part_of = np.full(len(examples), len(shares), np.int8)
    dealt = 0
    ends = np.flatnonzero(np.diff(strata[order])) + 1
    for rows in np.split(order, ends):
        parts = []
        for _ in range(len(rows)):
            dealt += 1
            best, most = 0, -dealt * _WHOLE
            for p, target in wanted:
                lacking = target * dealt - given[p]
                if lacking > most:
                    best, most = p, lacking
            given[best] += _WHOLE
            parts.append(best)
        # What cannot be learnt, or is never tested, says nothing about the label.
        for owed in (0, 2) if len(shares) == 3 else (0,):
            if shares[owed] and len(parts) > 1 and owed not in parts:
                donor = Counter(p for p in parts if p or parts.count(0) > 1).most_common(1)[0][0]
                parts[parts.index(donor)] = owed
                given[donor] -= _WHOLE
                given[owed] += _WHOLE
        part_of[rows] = parts
    return part_of
