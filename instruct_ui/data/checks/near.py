"""Texts that are nearly the same: within a part and, which matters more, in two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist, cpdist

from instruct_ui.data.checks import minhash
from instruct_ui.data.checks.different import BETWEEN, Texts, different_texts
from instruct_ui.data.checks.minhash import Hashes, Numbers
from instruct_ui.data.checks.progress import Told, stretch
from instruct_ui.data.dataset import Examples
from instruct_ui.data.language import language_of
from instruct_ui.spec import SPLITS, SplitName
from instruct_ui.tasks import TaskName

THRESHOLD = 0.9
"""One character of ten, or one word beside eight others."""
_AT_ONCE = 10_000
_CHARACTERS = 200_000
_FLOOR = 0.3
"""Signatures that share less belong to no texts as alike as that."""
_PAIRS = 50_000
_COMPARED = 1_000_000_000
"""Characters times characters: some tenths of a second."""
_READ, _SIGNED, _MET = 40, 85, 99
"""Hundredths of the whole time after which the stages end."""


@dataclass(frozen=True, slots=True)
class NearPair:
    part: SplitName
    position: int
    other: SplitName
    """The part in which the text it is like stands: the same one, or one it is judged by."""
    other_position: int
    similarity: float
    """1 less the share of characters to take out or put in; of several columns the least."""


@dataclass(frozen=True, slots=True)
class Near:
    pairs: tuple[NearPair, ...]
    """For every row at most one pair with an earlier row of its part, and one with each part that
    it is judged by: the most similar text."""
    crowded: int
    """Texts so common in their pattern that they were compared with some of the others only."""


def similarities(text: str, others: Sequence[str]) -> npt.NDArray[np.float64]:
    """How like each of `others` is, all of them normalised; 0 where it is less than `THRESHOLD`."""
    found: npt.NDArray[np.float64] = cdist(
        [text],
        others,
        scorer=Indel.normalized_similarity,
        score_cutoff=THRESHOLD,
        dtype=np.float64,
    )[0]
    return found


def near(
    parts: Mapping[SplitName, Examples], task: TaskName, told: Told, threshold: float = THRESHOLD
) -> Near:
    """Rows whose normalised texts are not equal, but at least `threshold` alike."""
    names: list[SplitName] = [name for name in reversed(SPLITS) if parts.get(name)]
    if not names:
        return Near((), 0)
    texts = different_texts([parts[name] for name in names], task, stretch(told, 0, _READ))
    signed = _signed(texts, stretch(told, _READ, _SIGNED))
    lower, higher, similarity, crowded = _verified(
        texts, signed, threshold, stretch(told, _SIGNED, _MET)
    )
    pairs = _pairs(names, texts, lower, higher, similarity, stretch(told, _MET, 100))
    return Near(pairs, crowded)


def _signed(texts: Texts, told: Told) -> Hashes:
    count = len(texts.home)
    signed = np.empty((count, minhash.SIZE), np.uint32)
    shingle = shingle_size(texts.columns[0].slice(0, _AT_ONCE).to_pylist())
    for start, end in _helpings(sum(texts.lengths, np.zeros(count, np.int64)), _CHARACTERS):
        lists = [column.slice(start, end - start).to_pylist() for column in texts.columns]
        joined = list(map(BETWEEN.join, zip(*lists, strict=True)))
        signed[start:end] = minhash.signatures(joined, shingle)
        told(end, count)
    return signed


def shingle_size(texts: Sequence[str]) -> int:
    """Characters a shingle: few where each says much or there are few of them, more where texts
    are long, because unrelated ones have most of their short shingles in common."""
    length = float(np.median([len(text) for text in texts])) if texts else 0.0
    if language_of(texts) == "zh":
        return 2 if length < 100 else 3
    return 3 if length < 60 else 4 if length < 300 else 5


def _verified(
    texts: Texts, signed: Hashes, threshold: float, told: Told
) -> tuple[Numbers, Numbers, npt.NDArray[np.float64], int]:
    """(lower, higher, similarity) of the texts that are alike, and how many were crowded."""
    count = len(texts.home)
    crowded = np.zeros(count, np.int64)
    known = np.empty(0, np.int64)
    found: list[tuple[Numbers, Numbers, npt.NDArray[np.float64]]] = []
    for band, lower, higher, full in minhash.meetings(signed, texts.home):
        crowded[full] += 1
        pair = minhash.different(lower * count + higher)
        pair = pair[~_among(pair, known)]
        known = np.sort(np.concatenate([known, pair]), kind="stable")
        told(band, minhash.BANDS)
        for start in range(0, len(pair), _PAIRS):
            one, other = np.divmod(pair[start : start + _PAIRS], count)
            for places in _candidates(texts, signed, one, other, threshold):
                told(band, minhash.BANDS)
                found.append(_compared(texts, one[places], other[places], threshold))
    lowers, highers, similarities = zip(*found, strict=True) if found else ([known[:0]],) * 3
    return (
        np.concatenate(lowers),
        np.concatenate(highers),
        np.concatenate(similarities).astype(np.float64),
        int((2 * crowded >= minhash.BANDS).sum()),
    )


def _candidates(
    texts: Texts, signed: Hashes, one: Numbers, other: Numbers, threshold: float
) -> Iterator[Numbers]:
    """Helpings of the pairs that can be alike by their lengths and their signatures."""
    likely = minhash.shared(signed, one, other) >= _FLOOR
    costs = np.full(len(one), 10_000, np.int64)
    for lengths in texts.lengths:
        # What one text has more than the other is to be taken out in any case.
        most = (1 - threshold) * (lengths[one] + lengths[other]) + 1e-6
        likely &= np.abs(lengths[one] - lengths[other]) <= most
        costs += lengths[one] * lengths[other]
    places = np.flatnonzero(likely)
    for start, end in _helpings(costs[places], _COMPARED):
        yield places[start:end]


def _compared(
    texts: Texts, one: Numbers, other: Numbers, threshold: float
) -> tuple[Numbers, Numbers, npt.NDArray[np.float64]]:
    """Those of the pairs that are at least `threshold` alike in every column."""
    least = np.ones(len(one))
    for column in texts.columns:
        ones, others = (column.take(pa.array(at)).to_pylist() for at in (one, other))
        alike = cpdist(
            ones,
            others,
            scorer=Indel.normalized_similarity,
            score_cutoff=threshold,
            dtype=np.float64,
        )
        least = np.minimum(least, alike)
    enough = least >= threshold
    return one[enough], other[enough], least[enough]


def _pairs(
    names: Sequence[SplitName],
    texts: Texts,
    lower: Numbers,
    higher: Numbers,
    similarity: npt.NDArray[np.float64],
    told: Told,
) -> tuple[NearPair, ...]:
    count = len(texts.home)
    firsts = [_first(codes, count) for codes in texts.codes]
    ones, others = np.concatenate([lower, higher]), np.concatenate([higher, lower])
    alike = np.concatenate([similarity, similarity])
    found: list[NearPair] = []
    for at, name in enumerate(names):
        # The parts stand in the order in which the later ones are judged by the earlier ones.
        for by in range(at + 1):
            place = firsts[by][others]
            there = place >= 0
            if by == at:
                there &= place < firsts[at][ones]
            else:
                there &= firsts[by][ones] < 0  # an equal text is there, which is told elsewhere
            best, close = _best(ones[there], place[there], alike[there], count)
            rows = np.flatnonzero(best[texts.codes[at]] >= 0)
            for start in range(0, len(rows), _PAIRS):
                told(at, len(names))
                some = rows[start : start + _PAIRS]
                own = texts.codes[at][some]
                values = zip(some.tolist(), best[own].tolist(), close[own].tolist(), strict=True)
                found += [NearPair(name, row, names[by], to, sure) for row, to, sure in values]
    return tuple(found)


def _best(
    texts: Numbers, places: Numbers, alike: npt.NDArray[np.float64], count: int
) -> tuple[Numbers, npt.NDArray[np.float64]]:
    """For every text the place of the one that is most like it (-1: none), and how like."""
    order = np.lexsort((-places, alike))
    place, close = np.full(count, -1, np.int64), np.zeros(count)
    place[texts[order]] = places[order]
    close[texts[order]] = alike[order]
    return place, close


def _first(codes: Numbers, count: int) -> Numbers:
    """For every text its first row in a part; -1: none."""
    first = np.full(count, -1, np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return first


def _among(values: Numbers, known: Numbers) -> npt.NDArray[np.bool_]:
    """Which of the values stand in `known`, which is sorted."""
    places = np.searchsorted(known, values)
    among = places < len(known)
    among[among] = known[places[among]] == values[among]
    return among


def _helpings(costs: Numbers, most: int) -> Iterator[tuple[int, int]]:
    """(start, end) of stretches that cost about `most` each, at least one value."""
    if not len(costs):
        return
    cut = np.flatnonzero(np.diff((np.cumsum(costs) - costs) // most)) + 1
    yield from zip([0, *cut.tolist()], [*cut.tolist(), len(costs)], strict=True)
