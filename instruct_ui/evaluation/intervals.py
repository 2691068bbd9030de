"""95 % intervals of one run's metrics.

Accuracy and micro F1 (the same figure) by Wilson's score interval (Wilson 1927), which holds on few
rows and near 0 and 1, where a bootstrap of a run without errors has no width. Everything else by
the percentile bootstrap over rows, for NER over sentences, whose tokens are not independent
(Efron and Tibshirani 1993, chapter 13).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from instruct_ui.evaluation import statistics
from instruct_ui.evaluation.counts import (
    Floats,
    entity_counts,
    entity_types,
    f1,
    gold_and_answers,
    order,
    ratio,
    scored,
    tag_order,
)
from instruct_ui.evaluation.predictions import Judged, Predictions
from instruct_ui.evaluation.resampling import RESAMPLES, Interval, draws, percentiles, wilson


def intervals(
    predictions: Predictions, seed: int, resamples: int = RESAMPLES
) -> dict[str, Interval]:
    """Metric -> (low, high). Raises RequestError where no row has gold."""
    rows = scored(predictions)
    if predictions.statistics:
        found = {
            metric: statistics.interval(metric, table, seed, resamples)
            for metric, table in predictions.statistics.items()
        }
        if predictions.shape == "labels":
            found["macro_f1"] = _macro_of_sets(predictions, rows, seed, resamples)
        return found
    if predictions.shape == "tags":
        return _entities(predictions, rows, seed, resamples) | _tokens(
            predictions, rows, seed, resamples
        )
    gold, answers = gold_and_answers(rows)
    correct = sum(g == a for g, a in zip(gold, answers, strict=True))
    accuracy = wilson(correct, len(rows))
    labels = order(predictions.labels, gold, answers)
    units = [([g], [a]) for g, a in zip(gold, answers, strict=True)]
    drawn = _label_counts(units, labels, seed, resamples)
    return {
        "accuracy": accuracy,
        "micro_f1": accuracy,
        "macro_f1": percentiles(_macro(*drawn, drawn[1] + drawn[2] > 0)),
        "weighted_f1": percentiles(_weighted(*drawn)),
    }


def _macro_of_sets(
    predictions: Predictions, rows: Sequence[Judged], seed: int, resamples: int
) -> Interval:
    """Mean of the F1 of all labels, as the report's."""
    labels = order(
        predictions.labels, *(row.golds for row in rows), *(r.answer.parts for r in rows)
    )
    gold, answered = (
        np.array([[label in said for label in labels] for said in given], np.int64)
        for given in ([row.golds for row in rows], [row.answer.parts for row in rows])
    )
    tables = np.concatenate([gold & answered, gold, answered], axis=1)
    drawn = np.concatenate([w @ tables for w in draws(len(rows), resamples, seed)])
    right, wanted, said = np.split(drawn, 3, axis=1)
    return percentiles(f1(right, wanted, said).mean(axis=1))


def _entities(
    predictions: Predictions, rows: Sequence[Judged], seed: int, resamples: int
) -> dict[str, Interval]:
    per_sentence = entity_counts(rows, entity_types(predictions, rows)).sum(axis=1)
    drawn = np.concatenate([w @ per_sentence for w in draws(len(rows), resamples, seed)])
    right, gold, answered = drawn.T
    return {
        "entity_f1": percentiles(f1(right, gold, answered)),
        "entity_precision": percentiles(ratio(right, answered)),
        "entity_recall": percentiles(ratio(right, gold)),
    }


def _tokens(
    predictions: Predictions, rows: Sequence[Judged], seed: int, resamples: int
) -> dict[str, Interval]:
    units = [(row.gold_tags, row.answer.tags) for row in rows]
    tags = tag_order(predictions.labels, *(set(g) | set(a) for g, a in units))
    right, gold, answered = _label_counts(units, tags, seed, resamples)
    return {
        "token_micro_f1": percentiles(ratio(right.sum(axis=1), gold.sum(axis=1))),
        "token_macro_f1": percentiles(_macro(right, gold, answered, gold > 0)),
        "token_weighted_f1": percentiles(_weighted(right, gold, answered)),
    }


def _label_counts(
    units: Sequence[tuple[Sequence[str], Sequence[str]]],
    labels: Sequence[str],
    seed: int,
    resamples: int,
) -> tuple[Floats, Floats, Floats]:
    """Right, gold and answered a label in every resample, (resamples, L) each.

    `units` are what is drawn: (gold, answers) of one row or sentence. The counts a unit are held
    sparse, since a row touches two labels of perhaps hundreds.
    """
    from scipy.sparse import csr_array  # 20 MB the page does without

    place = {label: i for i, label in enumerate(labels)}
    size = len(labels)
    lines: list[int] = []
    columns: list[int] = []
    for i, (gold, answers) in enumerate(units):
        for g, a in zip(gold, answers, strict=True):
            touched = [size + place[g], 2 * size + place[a], *([place[g]] if g == a else [])]
            columns += touched
            lines += [i] * len(touched)
    table = csr_array((np.ones(len(lines)), (lines, columns)), shape=(len(units), 3 * size))
    drawn: Floats = np.concatenate([w @ table for w in draws(len(units), resamples, seed)])
    return drawn[:, :size], drawn[:, size : 2 * size], drawn[:, 2 * size :]


def _macro(right: Floats, gold: Floats, answered: Floats, counted: npt.NDArray[np.bool_]) -> Floats:
    return ratio((f1(right, gold, answered) * counted).sum(axis=1), counted.sum(axis=1))


def _weighted(right: Floats, gold: Floats, answered: Floats) -> Floats:
    return ratio((f1(right, gold, answered) * gold).sum(axis=1), gold.sum(axis=1))
