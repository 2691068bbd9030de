"""Rows drawn with replacement, as weights: the bootstrap's one source of chance. And where no
chance is needed, Wilson's interval."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from instruct_ui.evaluation.counts import Counts

RESAMPLES = 1_000
"""Of an interval."""
Z95 = 1.959963984540054
Interval = tuple[float, float]
_CELLS = 2_000_000
"""Weights held at once, so that memory does not grow with the rows."""


def draws(rows: int, resamples: int, seed: int) -> Iterator[Counts]:
    """Chunks of (c, rows) weights, `resamples` lines in all: how often a row is in a resample."""
    chance = np.random.default_rng(seed)
    left = resamples
    while left:
        lines = min(left, max(1, _CELLS // rows))
        picked = chance.integers(0, rows, size=(lines, rows))
        picked += rows * np.arange(lines)[:, None]
        yield np.bincount(picked.ravel(), minlength=lines * rows).reshape(lines, rows)
        left -= lines


def percentiles(values: npt.ArrayLike) -> tuple[float, float]:
    """The middle 95 % of `values` along the first axis."""
    low, high = np.percentile(np.asarray(values, float), (2.5, 97.5))
    return float(low), float(high)


def wilson(right: int, rows: int) -> Interval:
    """Wilson's 95 % score interval of `right` out of `rows`."""
    share, square = right / rows, Z95**2 / rows
    middle = share + square / 2
    half = Z95 * math.sqrt(share * (1 - share) / rows + square / (4 * rows))
    return max(0.0, (middle - half) / (1 + square)), min(1.0, (middle + half) / (1 + square))
