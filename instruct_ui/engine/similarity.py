"""Text classification with an encoder as it is: by label descriptions, or by a few shots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from instruct_ui.engine import prototypes
from instruct_ui.engine.base import Listener, Question, Request, Stop
from instruct_ui.engine.encoder import Encoder
from instruct_ui.engine.prototypes import Head, Vectors
from instruct_ui.errors import RequestError
from instruct_ui.evaluation.predictions import Answer
from instruct_ui.spec import FewShot


class SimilarityPredictor:
    """Sentence vectors under a head; see `prototypes` for the heads and their confidences."""

    def __init__(
        self, encoder: Encoder, head: Head, labels: tuple[str, ...], facts: Mapping[str, str]
    ) -> None:
        self._encoder, self._head, self._labels = encoder, head, labels
        self.facts: Mapping[str, str | float | bool] = facts
        self.tokens_seen = 0

    def predict(self, questions: Sequence[Question], listen: Listener, stop: Stop) -> list[Answer]:
        vectors = self._encoder.embed([q.text for q in questions], listen, stop)
        self.tokens_seen = self._encoder.tokens_seen
        if not len(vectors):
            return []
        return [answer(self._labels, row) for row in self._head(vectors)]


def answer(labels: tuple[str, ...], probabilities: Vectors) -> Answer:
    """The most probable label out of one row of probabilities."""
    best = int(probabilities.argmax())
    return Answer(
        labels[best], float(probabilities[best]), tuple(float(share) for share in probabilities)
    )


def zero_shot(encoder: Encoder, request: Request, listen: Listener, stop: Stop) -> Head:
    """Each text goes to the label whose description is nearest."""
    return prototypes.nearest(encoder.embed(request.descriptions, listen, stop))


def few_shot(
    encoder: Encoder, request: Request, approach: FewShot, listen: Listener, stop: Stop
) -> tuple[Head, str]:
    """A head on the request's shots, and the method it took. Raises RequestError without shots."""
    number = {label: n for n, label in enumerate(request.labels)}
    shots = [shot for shot in request.shots if shot.label in number]
    if not shots:
        raise RequestError("engine_no_shots")
    vectors = encoder.embed([shot.question.text for shot in shots], listen, stop)
    gold = np.array([number[shot.label] for shot in shots if shot.label is not None])
    descriptions = encoder.embed(request.descriptions, listen, stop)
    method = approach.method
    if method == "auto":
        method = prototypes.choose(vectors, gold, descriptions, request.seed)
    return prototypes.fit(method, vectors, gold, descriptions), method
