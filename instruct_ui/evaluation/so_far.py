"""The headline figure while a run still answers, with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from instruct_ui.evaluation import statistics
from instruct_ui.evaluation.counts import entity_counts, entity_types
from instruct_ui.evaluation.predictions import Predictions
from instruct_ui.evaluation.resampling import Interval
from instruct_ui.evaluation.statistics import Statistics

_RIGHT, _ENTITIES = "exact_match", "micro_f1"
"""What accuracy and entity F1 are as functions of sums."""


@dataclass(frozen=True, slots=True)
class Figure:
    metric: str
    """The name it has in the report."""
    score: float
    interval: Interval
    """95 %."""
    rows: int


class SoFar:
    """Takes in what is judged, slice by slice, so that each row is judged once."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._tables: list[Statistics] = []

    def add(self, judged: Predictions) -> Figure | None:
        """The figure over all slices so far; None as long as no row has gold."""
        function, table = _statistics(judged)
        if len(table):
            self._tables.append(table)
        if not self._tables:
            return None
        rows = np.concatenate(self._tables)
        score = float(statistics.value(function, rows.sum(axis=0)))
        interval = statistics.interval(function, rows, self._seed)
        return Figure(judged.headline, score, interval, len(rows))


def _statistics(judged: Predictions) -> tuple[str, Statistics]:
    """The function and what it sums, a line a row that has gold."""
    if judged.statistics:
        return judged.headline, judged.statistics[judged.headline]
    if judged.shape == "tags":
        rows = [row for row in judged.rows if row.gold_tags]
        counts = entity_counts(rows, entity_types(judged, rows))
        return _ENTITIES, counts.sum(axis=1).astype(float)
    right = [float(row.correct) for row in judged.rows if row.gold is not None]
    return _RIGHT, np.column_stack([right, np.ones(len(right))])
