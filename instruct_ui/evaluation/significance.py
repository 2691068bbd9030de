"""Whether two runs on the same rows differ by more than luck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from instruct_ui.evaluation.resampling import percentiles

RESAMPLES = 5_000
SIGNIFICANT = 0.05
"""A smaller p is called more than luck."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Score of b minus score of a: 95 % interval and two-sided p."""

    low: float
    high: float
    p: float


def mcnemar(fixed: int, broken: int) -> float:
    """Exact two-sided McNemar test: are the rows that changed sides a fair coin's throws?

    Two times the binomial tail, at most 1 (McNemar 1947; exact form as in statsmodels). Computed in
    whole numbers.
    """
    changed, fewer = fixed + broken, min(fixed, broken)
    tail = ways = 1
    for k in range(fewer):
        ways = ways * (changed - k) // (k + 1)
        tail += ways
    return min(1.0, 2 * tail / (1 << changed))


def of_accuracy(fixed: int, broken: int, rows: int, seed: int) -> Difference:
    """Paired percentile bootstrap of the difference of two accuracies, and McNemar's p.

    A row adds +1, -1 or 0 to the difference, so a resample of rows is one multinomial draw.
    """
    shares = [fixed / rows, broken / rows, (rows - fixed - broken) / rows]
    drawn = np.random.default_rng(seed).multinomial(rows, shares, size=RESAMPLES)
    low, high = percentiles((drawn[:, 0] - drawn[:, 1]) / rows)
    return Difference(low, high, mcnemar(fixed, broken))
