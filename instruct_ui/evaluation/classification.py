"""Scores of text classification, by scikit-learn."""

from __future__ import annotations

from instruct_ui.evaluation.counts import confusion, gold_and_answers, order, scored
from instruct_ui.evaluation.predictions import Predictions
from instruct_ui.evaluation.scores import Confusion, LabelScore, TaskScores


def scores(predictions: Predictions) -> TaskScores:
    """Accuracy, micro, macro and weighted F1, the per-label table and the confusion matrix.

    Macro is over every label met in gold or answers (scikit-learn's default), so a label answered
    without ever being right counts as 0. A row without an answer counts as wrong. The table holds
    all labels of the data set; one without support has zeros.
    Raises RequestError where no row has gold.
    """
    # Imported here: the page reads reports but never makes one, and should not pay for the library.
    from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

    gold, answers = gold_and_answers(scored(predictions))
    labels = order(predictions.labels, gold, answers)
    table = precision_recall_fscore_support(
        gold, answers, labels=list(labels), average=None, zero_division=0
    )
    metrics = {"accuracy": float(accuracy_score(gold, answers))}
    for average in ("micro", "macro", "weighted"):
        metrics[f"{average}_f1"] = float(f1_score(gold, answers, average=average, zero_division=0))
    return TaskScores(
        metrics=metrics,
        labels=tuple(
            LabelScore(label=label, precision=p, recall=r, f1=f, support=int(n))
            for label, p, r, f, n in zip(labels, *table, strict=True)
        ),
        confusion=Confusion(
            labels=labels,
            counts=tuple(tuple(row) for row in confusion(gold, answers, labels).tolist()),
        ),
    )
