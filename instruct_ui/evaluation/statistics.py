"""Metrics as functions of sums over rows, in numpy alone.

Each row gives a few numbers, its sufficient statistics (`text_metrics` makes them); a metric is a
function of their sums. So rows can be drawn again for intervals and comparisons, also under metrics
of a whole corpus such as BLEU, without looking at a text again. The page does so in its own
process; a test holds the values against sacrebleu.

What the columns of a kind are:

- mean: score in [0, 1], 1.
- counts: right, in gold, answered.
- bleu: length of the answer and of its closest reference; n-grams right, n = 1 to 4; n-grams
  answered, n = 1 to 4 (Papineni et al. 2002).
- chrf: for characters, then for their n-grams of n = 2 to 6: answered, in the reference, right
  (Popović 2015).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from instruct_ui.evaluation import significance
from instruct_ui.evaluation.counts import Floats, f1, ratio
from instruct_ui.evaluation.resampling import RESAMPLES, draws, percentiles, wilson

Statistics = npt.NDArray[np.float64]
"""(rows, k)."""
Kind = Literal["mean", "counts", "bleu", "chrf"]

KIND: dict[str, Kind] = {
    "exact_match": "mean",
    "accuracy_1": "mean",
    "accuracy_2": "mean",
    "accuracy_3": "mean",
    "f1": "mean",
    "rouge1": "mean",
    "rouge2": "mean",
    "rougeL": "mean",
    "recall_at_1": "mean",
    "mrr": "mean",
    "micro_f1": "counts",
    "micro_precision": "counts",
    "micro_recall": "counts",
    "bleu": "bleu",
    "chrf": "chrf",
}
_ORDERS = 4
"""The longest n-gram of BLEU."""
_BETA = 2
"""chrF: recall weighs twice as much as precision."""
_DECIMALS = 12


def value(metric: str, sums: Floats) -> Floats:
    """The metric in [0, 1]: `sums` (..., k) -> (...,). 0 where nothing was answered or is in gold.

    BLEU and chrF are sacrebleu's corpus scores with its defaults, divided by 100.
    Raises KeyError for an unknown metric.
    """
    kind = KIND[metric]
    if kind == "bleu":
        return _bleu(sums)
    if kind == "chrf":
        return _chrf(sums)
    if kind == "mean":
        return ratio(sums[..., 0], sums[..., 1])
    right, gold, answered = np.moveaxis(sums, -1, 0)
    if metric == "micro_f1":
        return f1(right, gold, answered)
    return ratio(right, answered if metric == "micro_precision" else gold)


def row_values(metric: str, statistics: Statistics) -> Floats:
    """(rows,): the metric of each row alone; their mean is not the metric where it is not a mean.

    BLEU of a row counts the n-grams up to its own length (sacrebleu's effective order, which it
    advises for sentences), else every answer of three words would be 0. A row with nothing to find
    and nothing found is right: 1.
    """
    if KIND[metric] == "bleu":
        return _bleu(statistics, effective_order=True)
    values = value(metric, statistics)
    if KIND[metric] == "counts":
        values[(statistics == 0).all(axis=1)] = 1
    return values


def interval(
    metric: str, statistics: Statistics, seed: int, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """95 % interval of the metric: Wilson's where it is a share of rows, else bootstrap over rows.

    A share: every row is right or wrong and weighs the same, as under exact match, or under micro
    F1 with one label in gold and one answered. `statistics` has at least one row.
    """
    if _is_share(metric, statistics):
        return wilson(int(statistics[:, 0].sum()), len(statistics))
    drawn = [value(metric, w @ statistics) for w in draws(len(statistics), resamples, seed)]
    return percentiles(np.concatenate(drawn))


def difference(metric: str, a: Statistics, b: Statistics, seed: int) -> significance.Difference:
    """Paired bootstrap over rows of the metric of `b` minus that of `a` (Koehn 2004 for BLEU).

    Row i of both is the same row of the data. p is twice the share of resamples on the other side
    of 0, ties on both sides, which is the level at which the percentile interval just touches 0
    (Efron and Tibshirani 1993, chapter 15), with one added to both counts so that it is never 0. It
    is also never below 2 * 0.5^k, k the rows in which the two differ: no paired test is surer than
    the signs of k rows, but the bootstrap of two or three would claim it.
    Raises ValueError where the two do not have the same rows.
    """
    if a.shape != b.shape:
        raise ValueError(f"statistics of shapes {a.shape} and {b.shape} are not of the same rows")
    drawn = [
        value(metric, w @ b) - value(metric, w @ a)
        for w in draws(len(a), significance.RESAMPLES, seed)
    ]
    # Sums of fractions can differ in their last bits where the scores are equal: a tie is a tie.
    deltas = np.round(np.concatenate(drawn), _DECIMALS)
    other_side = 1 + min(int((deltas <= 0).sum()), int((deltas >= 0).sum()))
    differing = int((a != b).any(axis=1).sum())
    p = max(2 * other_side / (significance.RESAMPLES + 1), 2 * 0.5**differing)
    return significance.Difference(*percentiles(deltas), min(1.0, p))


def _is_share(metric: str, statistics: Statistics) -> bool:
    scores, weights = statistics[:, 0], statistics[:, 1:]
    return (
        KIND[metric] in ("mean", "counts")
        and bool((weights == 1).all())
        and bool(((scores == 0) | (scores == 1)).all())
    )


def _bleu(sums: Floats, effective_order: bool = False) -> Floats:
    """Smoothing "exp" of sacrebleu: the i-th order without a hit counts as 1 / 2^i hits.

    An order too long for all answers makes the score 0; under `effective_order` it is left out.
    """
    answered, reference = sums[..., 0], sums[..., 1]
    right, total = sums[..., 2 : 2 + _ORDERS], sums[..., 2 + _ORDERS :]
    smoothed = np.where(right > 0, right, 0.5 ** np.cumsum(right == 0, axis=-1))
    long_enough = total > 0
    logs = np.log(ratio(smoothed, total), out=np.zeros_like(total), where=long_enough)
    orders = long_enough.sum(axis=-1)
    precision = np.exp(ratio(logs.sum(axis=-1), orders))
    brevity_penalty = np.exp(np.minimum(0, 1 - ratio(reference, answered)))
    counted = right.any(axis=-1) & (effective_order | (orders == _ORDERS))
    return np.where(counted, brevity_penalty * precision, 0.0)


def _chrf(sums: Floats) -> Floats:
    """F of the mean precision and mean recall over the orders that answers and references have."""
    answered, reference, right = np.moveaxis(sums.reshape(*sums.shape[:-1], -1, 3), -1, 0)
    present = (answered > 0) & (reference > 0)
    orders = present.sum(axis=-1)
    precision = ratio((ratio(right, answered) * present).sum(axis=-1), orders)
    recall = ratio((ratio(right, reference) * present).sum(axis=-1), orders)
    return ratio((1 + _BETA**2) * precision * recall, _BETA**2 * precision + recall)
