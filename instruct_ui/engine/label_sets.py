"""Several labels a text with an encoder as it is: by their descriptions, or by a few shots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from instruct_ui.engine.base import Listener, Question, Request, Stop
from instruct_ui.engine.encoder import Encoder, Vectors
from instruct_ui.engine.extractive import softmax
from instruct_ui.errors import RequestError
from instruct_ui.evaluation.predictions import Answer

Head = Callable[[Vectors], Vectors]
"""(rows, hidden) to (rows, labels): how sure each label is, in [0, 1]; from 0.5 on it is given."""
_C = 10.0
"""As for single labels (`prototypes`)."""


class LabelSetPredictor:
    def __init__(
        self, encoder: Encoder, head: Head, labels: tuple[str, ...], facts: Mapping[str, str]
    ) -> None:
        self._encoder, self._head, self._labels = encoder, head, labels
        self.facts: Mapping[str, str | float | bool] = facts
        self.tokens_seen = 0

    def predict(self, questions: Sequence[Question], listen: Listener, stop: Stop) -> list[Answer]:
        vectors = self._encoder.embed([q.text for q in questions], listen, stop)
        self.tokens_seen = self._encoder.tokens_seen
        return [answer(self._labels, row) for row in self._head(vectors)]


def answer(labels: Sequence[str], sure: Vectors) -> Answer:
    """The labels from 0.5 on; as confidence the chance that none of them and of the others is
    wrong, were they independent."""
    given = sure >= 0.5
    right = np.where(given, sure, 1 - sure)
    return Answer(
        parts=tuple(label for label, yes in zip(labels, given, strict=True) if yes),
        confidence=float(right.prod()),
        scores=tuple(float(share) for share in sure),
    )


def zero_shot(encoder: Encoder, request: Request, listen: Listener, stop: Stop) -> Head:
    """Given is the label whose description is nearest, and those at least half as likely. There is
    no way to tell that no label fits, as nothing says how near is near enough."""
    descriptions = encoder.embed(request.descriptions, listen, stop)

    def head(vectors: Vectors) -> Vectors:
        shares = np.stack([softmax(row) for row in vectors @ descriptions.T])
        sure: Vectors = shares / (shares + 0.5 * shares.max(axis=1, keepdims=True))
        return sure

    return head


def few_shot(encoder: Encoder, request: Request, listen: Listener, stop: Stop) -> Head:
    """One logistic regression a label, on the shots. A label none or all of the shots have is as
    sure as it is frequent. Raises RequestError without shots."""
    if not request.shots:
        raise RequestError("engine_no_shots")
    vectors = encoder.embed([shot.question.text for shot in request.shots], listen, stop)
    heads = [
        _one(vectors, np.array([label in shot.parts for shot in request.shots]))
        for label in request.labels
    ]
    return lambda rows: np.stack([head(rows) for head in heads], axis=1)


def _one(vectors: Vectors, given: np.ndarray) -> Callable[[Vectors], Vectors]:
    if given.all() or not given.any():
        constant = float(given.mean())
        return lambda rows: np.full(len(rows), constant, "f")
    model = LogisticRegression(C=_C, class_weight="balanced", max_iter=1000).fit(vectors, given)
    return lambda rows: model.predict_proba(rows)[:, 1]
