"""Scores of answers that are texts, sets of labels or triples: sums of what each row is worth."""

from __future__ import annotations

import numpy as np

from instruct_ui.evaluation import statistics
from instruct_ui.evaluation.counts import order, scored
from instruct_ui.evaluation.predictions import Predictions
from instruct_ui.evaluation.scores import LabelScore, TaskScores


def scores(predictions: Predictions) -> TaskScores:
    """The metrics there are statistics for; where labels are answered, macro F1 and a line a label.

    Raises RequestError where no row has gold.
    """
    scored(predictions)
    metrics = {
        metric: float(statistics.value(metric, table.sum(axis=0)))
        for metric, table in predictions.statistics.items()
    }
    labels = _labels(predictions) if predictions.shape == "labels" else ()
    if labels:
        metrics["macro_f1"] = float(np.mean([label.f1 for label in labels]))
    return TaskScores(metrics, labels)


def _labels(predictions: Predictions) -> tuple[LabelScore, ...]:
    # Imported here: the page reads reports but never makes one, and should not pay for the library.
    from sklearn.metrics import precision_recall_fscore_support
    from sklearn.preprocessing import MultiLabelBinarizer

    golds = [row.golds for row in predictions.rows]
    answers = [row.answer.parts for row in predictions.rows]
    labels = order(predictions.labels, *golds, *answers)
    binarizer = MultiLabelBinarizer(classes=list(labels))
    table = precision_recall_fscore_support(
        binarizer.fit_transform(golds), binarizer.transform(answers), average=None, zero_division=0
    )
    return tuple(
        LabelScore(label=label, precision=p, recall=r, f1=f, support=int(n))
        for label, p, r, f, n in zip(labels, *table, strict=True)
    )
