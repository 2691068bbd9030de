"""Two runs on the same rows: which is better, by how much, and whether that is more than luck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from instruct_ui.data.tags import spans
from instruct_ui.errors import RequestError
from instruct_ui.evaluation import significance, statistics
from instruct_ui.evaluation.counts import (
    confusion,
    entity_counts,
    f1,
    gold_and_answers,
    order,
    scored,
)
from instruct_ui.evaluation.predictions import Judged, Predictions
from instruct_ui.tasks import TaskName

Verdict = Literal["better", "worse", "cannot_tell"]
Change = Literal["fixed", "broken", "both_wrong", "both_right"]
CHANGES: tuple[Change, ...] = ("fixed", "broken", "both_wrong", "both_right")


@dataclass(frozen=True, slots=True)
class LabelChange:
    """F1 of one label (NER: entity type) in both runs."""

    label: str
    f1_a: float
    f1_b: float
    support: int

    @property
    def delta(self) -> float:
        return self.f1_b - self.f1_a


@dataclass(frozen=True, slots=True)
class Comparison:
    """Run b held against run a. Differences are b - a; row numbers are `Judged.row`."""

    task: TaskName
    metric: str
    """The task's headline metric."""
    test: Literal["mcnemar", "paired_bootstrap"]
    rows: int
    """Rows scored (NER: sentences)."""
    score_a: float
    score_b: float
    difference: float
    low: float
    high: float
    """Paired 95 % bootstrap interval of the difference."""
    p: float
    verdict: Verdict
    """Of b against a."""
    identical: bool
    """Both gave the same answer to every row."""
    changed: int
    """Rows that speak for one of the two: right in one only (NER: other entities found)."""
    fixed: tuple[int, ...]
    """Wrong in a, right in b; where rows have scores: better in b."""
    broken: tuple[int, ...]
    both_wrong: tuple[int, ...]
    both_right: tuple[int, ...]
    labels: tuple[LabelChange, ...]
    graded: bool = False
    """Rows are better or worse, not right or wrong."""

    def rows_of(self, change: Change) -> tuple[int, ...]:
        rows: tuple[int, ...] = getattr(self, change)
        return rows


def compare(a: Predictions, b: Predictions, seed: int) -> Comparison:
    """Holds b against a; the metric is the task's headline metric.

    Right or wrong: exact McNemar test; else paired bootstrap over rows (sentences).
    Raises RequestError where the two do not answer the same rows with the same gold.
    """
    rows_a, rows_b = _same_rows(a, b)
    sides: dict[Change, list[int]] = {change: [] for change in CHANGES}
    for row_a, row_b in zip(rows_a, rows_b, strict=True):
        sides[_side(row_a, row_b)].append(row_a.row)
    graded = _graded(rows_a, rows_b)
    if a.shape == "tags":
        score_a, score_b, difference, changed, labels = _entities(a, b, rows_a, rows_b, seed)
    elif graded:
        score_a, score_b, difference = _by_statistics(a, b, seed)
        changed, labels = len(sides["fixed"]) + len(sides["broken"]), _set_labels(a, b)
    else:
        score_a, score_b = (
            sum(row.correct for row in rows) / len(rows) for rows in (rows_a, rows_b)
        )
        fixed, broken = len(sides["fixed"]), len(sides["broken"])
        difference = significance.of_accuracy(fixed, broken, len(rows_a), seed)
        labels = _labels(a, b, rows_a, rows_b) if a.shape == "label" else _set_labels(a, b)
        changed = fixed + broken
    return Comparison(
        task=a.task,
        metric=a.headline,
        test="paired_bootstrap" if graded or a.shape == "tags" else "mcnemar",
        rows=len(rows_a),
        score_a=score_a,
        score_b=score_b,
        difference=score_b - score_a,
        low=difference.low,
        high=difference.high,
        p=difference.p,
        verdict=_verdict(score_b - score_a, difference),
        identical=all(_said(x) == _said(y) for x, y in zip(rows_a, rows_b, strict=True)),
        changed=changed,
        labels=labels,
        graded=graded,
        **{change: tuple(rows) for change, rows in sides.items()},
    )


def _same_rows(a: Predictions, b: Predictions) -> tuple[list[Judged], list[Judged]]:
    if a.task != b.task:
        raise RequestError("compare_tasks_differ", task_a=a.task, task_b=b.task)
    numbers_a, numbers_b = [r.row for r in a.rows], [r.row for r in b.rows]
    if numbers_a != numbers_b:
        raise RequestError(
            "compare_rows_differ",
            rows_a=len(numbers_a),
            rows_b=len(numbers_b),
            shared=len(set(numbers_a) & set(numbers_b)),
        )
    for row_a, row_b in zip(a.rows, b.rows, strict=True):
        if (row_a.text, row_a.tokens) != (row_b.text, row_b.tokens):
            raise RequestError("compare_texts_differ", row=row_a.row)
        if _gold(row_a) != _gold(row_b):
            raise RequestError("compare_gold_differs", row=row_a.row)
    return scored(a), scored(b)


def _said(row: Judged) -> tuple[object, ...]:
    answer = row.answer
    return answer.label, answer.tags, answer.parts, answer.text


def _gold(row: Judged) -> tuple[object, ...]:
    return row.gold, row.gold_tags, row.golds


def _graded(rows_a: list[Judged], rows_b: list[Judged]) -> bool:
    return any(row.score not in (None, 0.0, 1.0) for row in (*rows_a, *rows_b))


def _side(row_a: Judged, row_b: Judged) -> Change:
    if row_a.score is not None and row_b.score is not None and row_a.score != row_b.score:
        return "fixed" if row_b.score > row_a.score else "broken"
    if row_a.correct:
        return "both_right" if row_b.correct else "broken"
    return "fixed" if row_b.correct else "both_wrong"


def _verdict(delta: float, difference: significance.Difference) -> Verdict:
    # Interval and test rest on different assumptions and disagree near the border: the bootstrap
    # is too sure of few rows, the test says nothing of the size. Claimed is what both bear out.
    apart = difference.low > 0 or difference.high < 0
    if difference.p >= significance.SIGNIFICANT or not apart:
        return "cannot_tell"
    return "better" if delta > 0 else "worse"


def _by_statistics(
    a: Predictions, b: Predictions, seed: int
) -> tuple[float, float, significance.Difference]:
    metric = a.headline
    tables = a.statistics[metric], b.statistics[metric]
    score_a, score_b = (float(statistics.value(metric, table.sum(axis=0))) for table in tables)
    return score_a, score_b, statistics.difference(metric, *tables, seed)


def _set_labels(a: Predictions, b: Predictions) -> tuple[LabelChange, ...]:
    """F1 of each label where a row has a set of them."""
    if a.shape != "labels":
        return ()
    labels = order(a.labels, b.labels, *(r.golds for r in a.rows))
    scores = []
    for predictions in (a, b):
        counts = [
            (
                sum(label in row.golds and label in row.answer.parts for row in predictions.rows),
                sum(label in row.golds for row in predictions.rows),
                sum(label in row.answer.parts for row in predictions.rows),
            )
            for label in labels
        ]
        scores.append((f1(*zip(*counts, strict=True)), [gold for _, gold, _ in counts]))
    (f1_a, support), (f1_b, _) = scores
    return tuple(
        LabelChange(label, float(one), float(two), n)
        for label, one, two, n in zip(labels, f1_a, f1_b, support, strict=True)
    )


def _labels(
    a: Predictions, b: Predictions, rows_a: list[Judged], rows_b: list[Judged]
) -> tuple[LabelChange, ...]:
    gold, answers_a = gold_and_answers(rows_a)
    _, answers_b = gold_and_answers(rows_b)
    labels = order(a.labels, b.labels, gold, answers_a, answers_b)
    scores = []
    for answers in (answers_a, answers_b):
        table = confusion(gold, answers, labels)
        scores.append(f1(table.diagonal(), table.sum(axis=1), table.sum(axis=0)))
    support = table.sum(axis=1)
    return tuple(
        LabelChange(label, float(one), float(two), int(n))
        for label, one, two, n in zip(labels, *scores, support, strict=True)
    )


def _entities(
    a: Predictions, b: Predictions, rows_a: list[Judged], rows_b: list[Judged], seed: int
) -> tuple[float, float, significance.Difference, int, tuple[LabelChange, ...]]:
    met = ({kind for kind, _, _ in _all_spans(x, y)} for x, y in zip(rows_a, rows_b, strict=True))
    types = order(a.labels, b.labels, *met)
    counts_a, counts_b = entity_counts(rows_a, types), entity_counts(rows_b, types)
    sums_a, sums_b = counts_a.sum(axis=1), counts_b.sum(axis=1)
    score_a, score_b = (float(f1(*sums.sum(axis=0))) for sums in (sums_a, sums_b))
    per_type = [f1(*counts.sum(axis=0).T) for counts in (counts_a, counts_b)]
    labels = tuple(
        LabelChange(name, float(one), float(two), int(n))
        for name, one, two, n in zip(types, *per_type, counts_a.sum(axis=0)[:, 1], strict=True)
    )
    changed = int(np.any(sums_a != sums_b, axis=1).sum())
    tables = sums_a.astype(float), sums_b.astype(float)
    difference = statistics.difference("micro_f1", *tables, seed)
    return score_a, score_b, difference, changed, labels


def _all_spans(x: Judged, y: Judged) -> list[tuple[str, int, int]]:
    return [*spans(x.gold_tags), *spans(x.answer.tags), *spans(y.answer.tags)]
