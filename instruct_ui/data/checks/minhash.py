"""Texts that may be alike, without comparing each with each: MinHash signatures (Broder 1997) over
character shingles, and bands of them (Leskovec et al., Mining of Massive Datasets, chapter 3).

The permutations are those of datasketch 2 (`affine32`: a * hash + b in 32 bits), made for many
texts at once instead of one after another, which is ten times as fast.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

BANDS, ROWS = 16, 4
"""Texts that share half of their shingles meet in a band 64 times of 100, those that share 70 %
99 times, those that share 10 % once in 600."""
HEADS = 5
"""With so many texts of every part the others of a band's group are compared, so that a pattern
that stands there 100,000 times costs 100,000 comparisons and not their square."""
SIZE = BANDS * ROWS
Hashes = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.int64]
_random = np.random.RandomState(1)  # its numbers are the same with every numpy
_TIMES = _random.randint(0, 1 << 31, SIZE, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
_PLUS = _random.randint(0, 1 << 32, SIZE, dtype=np.uint32)
_FACTOR = np.uint32(0x9E3779B1)


def signatures(texts: Sequence[str], shingle: int) -> Hashes:
    """A row of `SIZE` hashes a text; the share of equal ones is about the share of shingles that
    two texts have in common. A shingle begins at every character; those at the end are padded."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    pad = "\0" * max(1, shingle - 1)
    characters = np.frombuffer((pad.join(texts) + pad + "\0").encode("utf-32-le"), np.uint32)
    hashes = _mixed(_shingles(characters, shingle))
    starts = np.concatenate([[0], np.cumsum(lengths + len(pad))[:-1]])
    # The ends stand between the starts, and what lies behind an end is thrown away.
    borders = np.stack([starts, starts + lengths], 1).ravel()
    found = np.empty((len(texts), SIZE), np.uint32)
    turned = np.empty_like(hashes)
    for at in range(SIZE):
        np.multiply(hashes, _TIMES[at], out=turned)
        np.add(turned, _PLUS[at], out=turned)
        found[:, at] = np.minimum.reduceat(turned, borders)[::2]
    return found


def meetings(signed: Hashes, part: Numbers) -> Iterator[tuple[int, Numbers, Numbers, Numbers]]:
    """(band, lower, higher, crowded): pairs of texts that meet in a band, in many small helpings;
    a pair can come more than once. `part` rises. `crowded` are texts whose group was too large for
    all of its pairs, each told once a band."""
    none = np.empty(0, np.int64)
    for band in range(BANDS):
        keys = _band_keys(signed[:, band * ROWS : (band + 1) * ROWS])
        order = np.argsort(keys, kind="stable")
        order = order[_in_company(keys[order])]
        new = begins(keys[order])
        group = np.cumsum(new) - 1
        runs = new | begins(part[order])
        rank = np.arange(len(order)) - np.flatnonzero(runs)[np.cumsum(runs) - 1]
        head = np.flatnonzero(rank < HEADS)
        count = np.bincount(group[head], minlength=int(new.sum()))
        first = np.cumsum(count) - count
        full = np.zeros(len(count), bool)
        full[group[rank >= HEADS]] = True
        yield band, none, none, order[full[group]]
        for turn in range(int(count.max(initial=0))):
            has = np.flatnonzero(count[group] > turn)
            one, other = order[has], order[head[first[group[has]] + turn]]
            apart = one != other
            yield (
                band,
                np.minimum(one, other)[apart],
                np.maximum(one, other)[apart],
                none,
            )


def shared(signed: Hashes, lower: Numbers, higher: Numbers) -> npt.NDArray[np.float64]:
    """The share of shingles that pairs have in common, as the signatures tell it."""
    return np.asarray((signed[lower] == signed[higher]).mean(axis=1), np.float64)


def _shingles(characters: Hashes, size: int) -> Hashes:
    count = len(characters) - size + 1
    hashes = np.zeros(max(0, count), np.uint32)
    for at in range(size):
        hashes = hashes * _FACTOR + characters[at : at + count]
    return hashes


def _mixed(hashes: Hashes) -> Hashes:
    """MurmurHash3's last step: hashes of like shingles are no more alike than any others."""
    hashes ^= hashes >> np.uint32(16)
    hashes *= np.uint32(0x85EBCA6B)
    hashes ^= hashes >> np.uint32(13)
    hashes *= np.uint32(0xC2B2AE35)
    hashes ^= hashes >> np.uint32(16)
    return hashes


def _band_keys(part: Hashes) -> npt.NDArray[np.uint64]:
    keys = np.zeros(len(part), np.uint64)
    for at in range(part.shape[1]):
        keys = (keys ^ part[:, at]) * np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(29)
    return keys


def different(values: Numbers) -> Numbers:
    """Each value once, in order. (numpy.unique hashes whole numbers since 2.3, which takes
    quadratic time for numbers such as these.)"""
    values = np.sort(values)
    return values[begins(values)]


def begins(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Where a new value begins, in sorted ones."""
    new = np.ones(len(values), bool)
    new[1:] = values[1:] != values[:-1]
    return new


def _in_company(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Where a value stands more than once, in sorted ones."""
    new = begins(keys)
    alone = new.copy()
    alone[:-1] &= new[1:]
    return ~alone
