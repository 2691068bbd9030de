"""Scores of NER: entities by seqeval (strict, IOB2), tokens by scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence

from instruct_ui.evaluation.counts import confusion, entity_types, scored, tag_order
from instruct_ui.evaluation.predictions import Judged, Predictions
from instruct_ui.evaluation.scores import Confusion, LabelScore, TaskScores


def scores(predictions: Predictions) -> TaskScores:
    """Entity precision, recall and F1 (micro over types), token F1 over all tags including O.

    An entity counts only if type, first and last token agree. `labels` are the entity types,
    `token_labels` and the confusion matrix the tags. Token macro F1 is over the tags with support.
    Raises RequestError where no row has gold.
    """
    rows = scored(predictions)
    metrics, labels = _entities(rows, entity_types(predictions, rows))
    gold = [tag for row in rows for tag in row.gold_tags]
    answers = [tag for row in rows for tag in row.answer.tags]
    tags = tag_order(predictions.labels, gold, answers)
    token_metrics, token_labels = _tokens(gold, answers, tags)
    return TaskScores(
        metrics=metrics | token_metrics,
        labels=labels,
        token_labels=token_labels,
        confusion=Confusion(
            labels=tags,
            counts=tuple(tuple(row) for row in confusion(gold, answers, tags).tolist()),
        ),
    )


def _entities(
    rows: Sequence[Judged], types: Sequence[str]
) -> tuple[dict[str, float], tuple[LabelScore, ...]]:
    # Imported here: the page reads reports but never makes one, and should not pay for the library.
    from seqeval.metrics.v1 import precision_recall_fscore_support, unique_labels
    from seqeval.scheme import IOB2

    gold = [list(row.gold_tags) for row in rows]
    answers = [list(row.answer.tags) for row in rows]
    table = precision_recall_fscore_support(
        gold, answers, average=None, scheme=IOB2, zero_division=0
    )
    found = {
        name: LabelScore(label=name, precision=p, recall=r, f1=f, support=int(n))
        for name, p, r, f, n in zip(unique_labels(gold, answers, IOB2), *table, strict=False)
    }
    precision, recall, f1, _ = precision_recall_fscore_support(
        gold, answers, average="micro", scheme=IOB2, zero_division=0
    )
    metrics = {
        "entity_f1": float(f1),
        "entity_precision": float(precision),
        "entity_recall": float(recall),
    }
    absent = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
    return metrics, tuple(
        found.get(name) or LabelScore.model_validate({"label": name} | absent) for name in types
    )


def _tokens(
    gold: list[str], answers: list[str], tags: Sequence[str]
) -> tuple[dict[str, float], tuple[LabelScore, ...]]:
    from sklearn.metrics import f1_score, precision_recall_fscore_support

    table = precision_recall_fscore_support(
        gold, answers, labels=list(tags), average=None, zero_division=0
    )
    supported = sorted(set(gold))
    metrics = {
        "token_micro_f1": float(f1_score(gold, answers, average="micro", zero_division=0)),
        "token_macro_f1": float(
            f1_score(gold, answers, labels=supported, average="macro", zero_division=0)
        ),
        "token_weighted_f1": float(f1_score(gold, answers, average="weighted", zero_division=0)),
    }
    return metrics, tuple(
        LabelScore(label=tag, precision=p, recall=r, f1=f, support=int(n))
        for tag, p, r, f, n in zip(tags, *table, strict=True)
    )
