"""Splits that keep rows together, or in the order of time."""

from __future__ import annotations

import re
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from instruct_ui.data.dataset import Examples
from instruct_ui.errors import DataError

_Numbers = npt.NDArray[np.int64]
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_DATES = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y年%m月%d日", "%Y-%m", "%Y")


def column_of(examples: Examples, name: str) -> pa.ChunkedArray:
    """A role or column by its name; the first thing a row reads where it is none of the others.

    Raises DataError for a name that is neither.
    """
    if name in examples.fields:
        return examples.field(name)
    if name in ("text", "passage", "source", "turns", "input", "question"):
        return examples.column("text")
    raise DataError("data_split_column", column=name, columns=", ".join(examples.fields))


def group_numbers(examples: Examples, column: str) -> _Numbers:
    """A number a row, the same for the same value, in the order of their first rows; rows without
    a value are groups of their own."""
    coded = column_of(examples, column).combine_chunks().dictionary_encode()
    numbers = np.asarray(coded.indices.to_numpy(), np.int64)
    values = coded.dictionary.to_pylist()
    empty = np.flatnonzero(np.isin(numbers, [i for i, v in enumerate(values) if not v.strip()]))
    numbers[empty] = len(values) + np.arange(len(empty))
    return np.unique(numbers, return_inverse=True)[1].astype(np.int64)


def by_group(
    strata: _Numbers, groups: _Numbers, shares: tuple[float, ...], keys: npt.NDArray[np.uint64]
) -> npt.NDArray[np.int8]:
    """Whole groups dealt, the largest first, each to the part that lacks most of its labels.

    The greedy rule of scikit-learn's StratifiedGroupKFold, for parts of different sizes. `keys`
    order groups of one size. `len(shares)` is what no share takes.
    """
    kinds = int(strata.max(initial=0)) + 1
    sizes = np.bincount(groups)
    counts = np.zeros((len(sizes), kinds))
    np.add.at(counts, (groups, strata), 1)
    rest = max(0.0, 1 - sum(shares))
    targets = np.array([*shares, rest if rest > 1e-9 else 0.0])
    totals = counts.sum(axis=0)
    lacking = targets[:, None] * totals[None, :]
    weight = 1 / np.maximum(totals, 1)
    part_of = np.zeros(len(sizes), np.int8)
    possible = np.flatnonzero(targets)
    for group in np.lexsort((keys, -sizes)):
        gain = (lacking[possible] * (counts[group] * weight)).sum(axis=1)
        best = possible[int(np.argmax(np.round(gain, 9)))]
        part_of[group] = best
        lacking[best] -= counts[group]
    return part_of[groups]


def by_time(
    examples: Examples, column: str, shares: tuple[float, float, float]
) -> npt.NDArray[np.int8]:
    """The earliest rows are train, then validation, the latest test; rows of one moment stay
    together. Rows without a moment take no part."""
    moments = [_moment(value, column) for value in column_of(examples, column).to_pylist()]
    told = np.array([moment is not None for moment in moments])
    if not told.any():
        raise DataError("data_split_time", column=column, value="")
    values = np.array([moment for moment in moments if moment is not None])
    ranks = np.searchsorted(np.sort(values), values, side="left")
    ends = np.cumsum(shares) * len(values)
    dealt = np.full(len(examples), 3, np.int8)
    dealt[told] = np.searchsorted(np.round(ends, 6), ranks, side="right")
    return dealt


def _moment(value: str, column: str) -> float | None:
    """Seconds, or any number; raises DataError for what is neither date nor number."""
    text = value.strip()
    if not text:
        return None
    try:
        if len(text) > 4 and not _NUMBER.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=None).timestamp()
        if _NUMBER.fullmatch(text):
            return float(text)
    except (ValueError, OverflowError):
        pass
    for form in _DATES:
        try:
            return datetime.strptime(text, form).timestamp()
        except (ValueError, OverflowError):
            continue
    raise DataError("data_split_time", column=column, value=text[:40])
