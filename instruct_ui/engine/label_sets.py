"""Several labels a text with an encoder as it is: by their descriptions, or by a few shots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from instruct_ui.engine.base import Listener, Question, Request, Stop
from instruct_ui.engine.encoder import Encoder, Vectors
from instruct_ui.engine.extractive import SHARPNESS, softmax
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
    no way to tell that no label fits, as nothing says how near is near enough.

    How much a difference of cosines weighs follows from how far the descriptions lie apart: some
    encoders crowd all texts into a narrow cone.
    """
    descriptions = encoder.embed(request.descriptions, listen, stop)
    between = (descriptions @ descriptions.T)[~np.eye(len(descriptions), dtype=bool)]
    spread = float(between.std()) if len(between) else 0.0
    sharpness = 1 / spread if spread > 0 else SHARPNESS

    def head(vectors: Vectors) -> Vectors:
        shares = np.stack([softmax(row, sharpness) for row in vectors @ descriptions.T])
        sure: Vectors = shares / (shares + 0.5 * shares.max(axis=1, keepdims=True))
        return sure

    return head


def few_shot(encoder: Encoder, request: Request, listen: Listener, stop: Stop) -> Head:
    """One logistic regression a label, on the shots and the descriptions, each the example of its
    own label. Encoders crowd their vectors around one point: centred and of length about 1 they can
    be told apart by moderate weights. Raises RequestError without shots."""
    if not request.shots:
        raise RequestError("engine_no_shots")
    texts = [shot.question.text for shot in request.shots]
    vectors = encoder.embed([*texts, *request.descriptions], listen, stop)
    centre = vectors.mean(axis=0)
    spread = float(np.linalg.norm(vectors - centre, axis=1).mean())
    of = [*(shot.parts for shot in request.shots), *((label,) for label in request.labels)]
    heads = [
        _one((vectors - centre) / spread, np.array([label in parts for parts in of]))
        for label in request.labels
    ]
    return lambda rows: np.stack([head((rows - centre) / spread) for head in heads], axis=1)


def _one(vectors: Vectors, given: NDArray[np.bool_]) -> Callable[[Vectors], Vectors]:
    """How sure one label is; one that every text has is sure."""
    if given.all():
        return lambda rows: np.ones(len(rows), "f")
    model = LogisticRegression(C=_C, class_weight="balanced", max_iter=1000).fit(vectors, given)
    return lambda rows: model.predict_proba(rows)[:, 1]
