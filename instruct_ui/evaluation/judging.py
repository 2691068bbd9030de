"""Answers held against gold: what each row is worth, and the statistics its metrics are sums of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from instruct_ui.evaluation import statistics, text_metrics
from instruct_ui.evaluation.predictions import Judged, Predictions, headline_of
from instruct_ui.evaluation.statistics import Statistics
from instruct_ui.tasks import REGISTRY, TaskName

SET_METRICS = ("micro_f1", "micro_precision", "micro_recall")
_RANKING = ("recall_at_1", "mrr")


def judged(
    task: TaskName,
    labels: Sequence[str],
    rows: Sequence[Judged],
    language: str,
    metrics: Sequence[str] = (),
) -> Predictions:
    """`rows` with their scores; `language` is that of the answers (`en`, `zh`, other); `metrics`:
    those of texts, the headline metric first, where they are not all of the task's.

    Labels and tags are right or wrong and get none. An answer that could not be read counts as an
    empty one.
    """
    found = _statistics(task, rows, language, metrics or REGISTRY[task].text_metrics)
    if not found:
        return Predictions(task, tuple(labels), tuple(rows))
    headline = headline_of(task, found)
    values = statistics.row_values(headline, found[headline])
    scored = tuple(
        replace(row, score=float(value) if row.answer.readable else 0.0)
        for row, value in zip(rows, values, strict=True)
    )
    return Predictions(task, tuple(labels), scored, statistics=found)


def judged_columns(
    task: TaskName, columns: Sequence[str], labels: Sequence[str], rows: Sequence[Judged]
) -> Predictions:
    """Rows with a label in each of `columns`, as `column=label` in `golds` and in the answers'
    `parts`, in the order of the columns. A row is right where all its labels are.

    Metrics: `exact_match`, `micro_f1` (the mean of the accuracies), `accuracy_1`, `accuracy_2`, ...
    """
    right = [[gold in row.answer.parts for gold in row.golds] for row in rows]
    whole = [all(row) for row in right]
    counts = text_metrics.set_statistics(
        [row.answer.parts for row in rows], [row.golds for row in rows]
    )
    found = {"exact_match": _shares(whole), "micro_f1": counts}
    for n in range(len(columns)):
        found[f"accuracy_{n + 1}"] = _shares([row[n] for row in right])
    scored = tuple(
        replace(row, score=float(all_right)) for row, all_right in zip(rows, whole, strict=True)
    )
    return Predictions(task, tuple(labels), scored, tuple(columns), found)


def _statistics(
    task: TaskName, rows: Sequence[Judged], language: str, metrics: Sequence[str]
) -> dict[str, Statistics]:
    shape = REGISTRY[task].gold.shape
    if shape in ("labels", "triples"):
        counts = text_metrics.set_statistics(
            [row.answer.parts for row in rows], [row.golds for row in rows]
        )
        exact = [set(row.answer.parts) == set(row.golds) for row in rows]
        found = {**dict.fromkeys(SET_METRICS, counts), "exact_match": _shares(exact)}
        return _without_unreadable(found, rows)
    found = {}
    answers = [_text(row) for row in rows]
    for metric in metrics:
        if metric in _RANKING:
            if any(row.answer.ranked for row in rows):
                found[metric] = text_metrics.rank_statistics(metric, [_rank(row) for row in rows])
        else:
            golds = [row.golds for row in rows]
            found[metric] = text_metrics.statistics(metric, answers, golds, language)
    return _without_unreadable(found, rows)


def _shares(right: Sequence[bool]) -> Statistics:
    return np.column_stack([np.array(right, float), np.ones(len(right))])


def _without_unreadable(
    found: dict[str, Statistics], rows: Sequence[Judged]
) -> dict[str, Statistics]:
    """An unreadable answer is not the answer that there is none, which may be right."""
    unreadable = np.array([not row.answer.readable for row in rows], bool)
    for table in found.values():
        if table.shape[1] == 2:
            table[unreadable, 0] = 0
    return found


def _text(row: Judged) -> str:
    return (row.answer.text or "") if row.answer.readable else ""


def _rank(row: Judged) -> int | None:
    """From 1; None where no accepted answer is among the best ones."""
    places = [n for n, known in enumerate(row.answer.ranked, start=1) if known in row.golds]
    return places[0] if places else None
