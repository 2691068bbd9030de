"""NER by a few tagged sentences, with an encoder as it is.

Every word of the shots is a labelled vector of the type it belongs to (or O); types without B-/I-,
as Yang and Katiyar 2020 do (NNShot), so that a type's words are not split in two.

- nearest tokens: a word takes the type whose five nearest labelled words are nearest on average
  (NNShot takes one; five gave 0.28 instead of 0.15 entity F1 on WNUT-17 with 5 shots a type).
- logistic: regularised logistic regression on the same vectors. Often better from some 30 sentences
  on, and behind with 8; `auto` asks the shots themselves, by cross-validation over sentences.

Vectors are centred on the shots' mean, as encoders crowd them into one direction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from instruct_ui.engine import iob2
from instruct_ui.engine.base import Listener, Question, Request, Stop
from instruct_ui.engine.encoder import Encoder
from instruct_ui.engine.prototypes import Head, Method, Numbers, Vectors, softmax
from instruct_ui.errors import RequestError
from instruct_ui.evaluation.predictions import Answer
from instruct_ui.spec import FewShot

_NEIGHBOURS = 5
_C = 10.0
_TEMPERATURE = 0.1
_FOLDS = 4
Sentence = tuple[Vectors, Numbers]
"""Vectors of its words (words, hidden), and the number of the type of each; 0 is O."""


class NearestTokens:
    """Word vectors under a head over (O, types...); the most probable type of each word."""

    def __init__(
        self,
        encoder: Encoder,
        head: Head,
        labels: tuple[str, ...],
        facts: Mapping[str, str],
    ) -> None:
        self._encoder, self._head, self._types = encoder, head, ("O", *labels)
        self.facts: Mapping[str, str | float | bool] = facts
        self.tokens_seen = 0

    def predict(self, questions: Sequence[Question], listen: Listener, stop: Stop) -> list[Answer]:
        vectors = self._encoder.embed_words([q.tokens for q in questions], listen, stop)
        self.tokens_seen = self._encoder.tokens_seen
        return [self._answer(words) for words in vectors]

    def _answer(self, words: Vectors) -> Answer:
        read = words.any(axis=1)
        types = np.zeros(len(words), np.int64)  # a word without a piece is O
        confidence = 0.0
        if read.any():
            probabilities = self._head(words[read])
            types[read] = probabilities.argmax(axis=1)
            confidence = float(probabilities.max(axis=1).mean())
        return Answer(
            confidence=confidence, tags=iob2.from_types([self._types[kind] for kind in types])
        )


def few_shot(
    encoder: Encoder, request: Request, approach: FewShot, listen: Listener, stop: Stop
) -> tuple[Head, str]:
    """A head on the request's shots, and the method it took. Raises RequestError without shots."""
    number = {kind: n for n, kind in enumerate(("O", *request.labels))}
    shots = [shot for shot in request.shots if shot.tags]
    read = encoder.embed_words([shot.question.tokens for shot in shots], listen, stop)
    sentences: list[Sentence] = []
    for words, shot in zip(read, shots, strict=True):
        gold = np.array([number[tag[2:] or "O"] for tag in shot.tags], np.int64)
        kept = words.any(axis=1)
        if kept.any():
            sentences.append((words[kept], gold[kept]))
    if not sentences:
        raise RequestError("engine_no_shots")
    types = len(number)
    method = approach.method
    if method == "auto":
        method = _choose(sentences, types, request.seed)
    name = "nearest_tokens" if method == "prototypes" else "logistic"
    return _fit(method, sentences, types), name


def _choose(sentences: Sequence[Sentence], types: int, seed: int) -> Method:
    """By cross-validation on the shots: the F1 over the words that belong to a type."""
    if len(sentences) < 2:
        return "prototypes"
    folds = KFold(min(_FOLDS, len(sentences)), shuffle=True, random_state=seed)
    right: dict[Method, int] = {"prototypes": 0, "logistic": 0}
    told = dict.fromkeys(right, 0)
    for kept, held in folds.split(sentences):
        for method in right:
            head = _fit(method, [sentences[i] for i in kept], types)
            for words, gold in (sentences[i] for i in held):
                found = head(words).argmax(axis=1)
                right[method] += int(((found == gold) & (gold > 0)).sum())
                told[method] += int((found > 0).sum())
    # F1 = 2 right / (told + there), and what is there is the same for both.
    there = sum(int((gold > 0).sum()) for _, gold in sentences)
    return max(right, key=lambda method: 2 * right[method] / max(told[method] + there, 1))


def _fit(method: Method, sentences: Sequence[Sentence], types: int) -> Head:
    vectors = np.concatenate([words for words, _ in sentences])
    gold = np.concatenate([numbers for _, numbers in sentences])
    centre: Vectors = vectors.mean(axis=0)
    fit = _nearest if method == "prototypes" else _logistic
    inner = fit(_unit(vectors - centre), gold, types)
    return lambda words: inner(_unit(words - centre))


def _unit(vectors: Vectors) -> Vectors:
    scaled: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return scaled


def _nearest(shots: Vectors, gold: Numbers, types: int) -> Head:
    def probabilities(words: Vectors) -> Vectors:
        scores = np.full((len(words), types), -np.inf, np.float32)
        for kind in np.unique(gold):
            near = np.sort(words @ shots[gold == kind].T, axis=1)[:, -_NEIGHBOURS:]
            scores[:, kind] = near.mean(axis=1) / _TEMPERATURE
        return softmax(scores)

    return probabilities


def _logistic(shots: Vectors, gold: Numbers, types: int) -> Head:
    seen = np.unique(gold)
    model = LogisticRegression(C=_C, max_iter=1000)
    if len(seen) > 1:
        model.fit(shots, gold)

    def probabilities(words: Vectors) -> Vectors:
        found = np.zeros((len(words), types), np.float32)
        found[:, seen] = model.predict_proba(words) if len(seen) > 1 else 1.0
        return found

    return probabilities
