"""Counts out of predictions, in numpy alone: what resampling and comparing need many times over.

The reported figures come from scikit-learn and seqeval (`classification`, `sequence`); a test holds
the two ways against each other. The page compares runs in its own process, where those libraries
would cost 100 MB, so this module does not import them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from instruct_ui.data.tags import spans
from instruct_ui.errors import RequestError
from instruct_ui.evaluation.predictions import Judged, Predictions
from instruct_ui.evaluation.scores import NO_ANSWER

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def scored(predictions: Predictions) -> list[Judged]:
    """The rows that have gold. Raises RequestError where none has."""
    match predictions.shape:
        case "tags":
            rows = [row for row in predictions.rows if row.tokens and row.gold_tags]
        case "label":
            rows = [row for row in predictions.rows if row.gold is not None]
        case "text":
            rows = [row for row in predictions.rows if row.golds]
        case _:  # none accepted is an answer too
            rows = list(predictions.rows)
    if not rows:
        raise RequestError("evaluation_no_gold", rows=len(predictions.rows))
    for row in rows:
        if len(row.gold_tags) != len(row.answer.tags):
            raise ValueError(
                f"row {row.row}: {len(row.answer.tags)} tags for {len(row.gold_tags)} gold tags"
            )
    return rows


def gold_and_answers(rows: Iterable[Judged]) -> tuple[list[str], list[str]]:
    """Gold and answered label a row; a missing answer is NO_ANSWER."""
    pairs = [
        (row.gold or NO_ANSWER, NO_ANSWER if row.answer.label is None else row.answer.label)
        for row in rows
    ]
    return [gold for gold, _ in pairs], [answer for _, answer in pairs]


def order(known: Sequence[str], *met: Iterable[str]) -> tuple[str, ...]:
    """The known labels first, then those only met in gold or answers, sorted."""
    return (*known, *sorted(set().union(*met).difference(known)))


def tag_order(types: Sequence[str], *met: Iterable[str]) -> tuple[str, ...]:
    """All IOB2 tags of `types`, O first, then tags only met in the rows."""
    return order(("O", *(f"{prefix}-{name}" for name in types for prefix in "BI")), *met)


def confusion(gold: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> Counts:
    """(L, L): rows gold, columns answered, in the order of `labels`."""
    place = {label: i for i, label in enumerate(labels)}
    size = len(labels)
    cells = [place[g] * size + place[a] for g, a in zip(gold, answers, strict=True)]
    return np.bincount(np.array(cells, dtype=np.int64), minlength=size * size).reshape(size, size)


def entity_types(predictions: Predictions, rows: Sequence[Judged]) -> tuple[str, ...]:
    met = (
        {kind for kind, _, _ in (*spans(row.gold_tags), *spans(row.answer.tags))} for row in rows
    )
    return order(predictions.labels, *met)


def entity_counts(rows: Sequence[Judged], types: Sequence[str]) -> Counts:
    """(sentences, types, 3): entities found rightly, in gold, answered."""
    place = {name: i for i, name in enumerate(types)}
    counts = np.zeros((len(rows), len(types), 3), dtype=np.int64)
    for i, row in enumerate(rows):
        gold, answered = set(spans(row.gold_tags)), set(spans(row.answer.tags))
        for column, found in enumerate((gold & answered, gold, answered)):
            for kind, _, _ in found:
                counts[i, place[kind], column] += 1
    return counts


def ratio(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    """`part / whole`, 0 where `whole` is 0."""
    above, below = np.broadcast_arrays(np.asarray(part, float), np.asarray(whole, float))
    share: Floats = np.zeros_like(above)
    np.divide(above, below, out=share, where=below != 0)
    return share


def f1(right: npt.ArrayLike, gold: npt.ArrayLike, answered: npt.ArrayLike) -> Floats:
    """2 tp / (gold + answered), 0 where a label is in neither."""
    return ratio(2 * np.asarray(right, float), np.asarray(gold, float) + np.asarray(answered))


def rows_in_cell(predictions: Predictions, gold: str, answer: str) -> tuple[int, ...]:
    """Row numbers behind one cell of the confusion matrix (NER: sentences with such a token)."""
    found = []
    for row in predictions.rows:
        if predictions.shape == "tags":
            pairs = set(zip(row.gold_tags, row.answer.tags, strict=False))
        else:
            pairs = {(row.gold or NO_ANSWER, row.answer.label or NO_ANSWER)}
        if (gold, answer) in pairs:
            found.append(row.row)
    return tuple(found)
