"""Labels proposed from a few labelled rows: what Evaluate does with shots and an encoder, asked
again and again of the same texts.

Every text is read once and its vectors are kept, so that learning anew after ten more labels, and
the cross-validation that says what the proposals are worth, cost next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from instruct_ui.engine import nearest_tokens, similarity
from instruct_ui.engine.base import Listener, Question, Request, Shot, Stop
from instruct_ui.engine.encoder import Encoder, Vectors
from instruct_ui.engine.loading import load_base
from instruct_ui.engine.nearest_tokens import NearestTokens
from instruct_ui.engine.similarity import SimilarityPredictor
from instruct_ui.evaluation.predictions import Answer
from instruct_ui.models.card import ModelCard
from instruct_ui.spec import FewShot

_FOLDS = 5
_KEPT = 2000
"""Texts whose vectors are kept: some 3 MB of sentences, some 80 MB of words."""
K = TypeVar("K", bound=Hashable)


class RememberingEncoder(Encoder):
    """An encoder that reads a text once, however often it is asked for it."""

    def __init__(self, folder: Path, card: ModelCard) -> None:
        super().__init__(load_base(folder, "encoder"), card)
        self._texts: dict[str, Vectors] = {}
        self._sentences: dict[tuple[str, ...], Vectors] = {}

    def embed(self, texts: Sequence[str], listen: Listener, stop: Stop) -> Vectors:
        def read(unread: list[str]) -> Sequence[Vectors]:
            return list(super(RememberingEncoder, self).embed(unread, listen, stop))

        found = _remembered(self._texts, texts, read)
        return np.stack(found) if found else super().embed((), listen, stop)

    def embed_words(
        self, sentences: Sequence[Sequence[str]], listen: Listener, stop: Stop
    ) -> list[Vectors]:
        def read(unread: list[tuple[str, ...]]) -> Sequence[Vectors]:
            return super(RememberingEncoder, self).embed_words(unread, listen, stop)

        return _remembered(self._sentences, [tuple(words) for words in sentences], read)


def _remembered(
    known: dict[K, Vectors], keys: Sequence[K], read: Callable[[list[K]], Sequence[Vectors]]
) -> list[Vectors]:
    unread = list(dict.fromkeys(key for key in keys if key not in known))
    if len(known) + len(unread) > _KEPT:
        known.clear()
        unread = list(dict.fromkeys(keys))
    known.update(zip(unread, read(unread), strict=True))
    return [known[key] for key in keys]


@lru_cache(maxsize=1)
def encoder_of(folder: Path, card: ModelCard) -> RememberingEncoder:
    """The encoder of a worker that goes on from one proposal to the next."""
    return RememberingEncoder(folder, card)


def propose(
    encoder: Encoder, request: Request, questions: Sequence[Question], listen: Listener, stop: Stop
) -> list[Answer]:
    """An answer to each question, learnt from the request's shots.

    Raises RequestError without shots, Stopped when stopped.
    """
    approach = request.approach
    assert isinstance(approach, FewShot)
    if request.task == "token_classification":
        head, _ = nearest_tokens.few_shot(encoder, request, approach, listen, stop)
        tagger = NearestTokens(encoder, head, request.labels, {})
        return tagger.predict(questions, listen, stop)
    head, _ = similarity.few_shot(encoder, request, approach, listen, stop)
    return SimilarityPredictor(encoder, head, request.labels, {}).predict(questions, listen, stop)


def cross_validated(
    encoder: Encoder, request: Request, listen: Listener, stop: Stop
) -> list[Answer]:
    """The answer to every shot of the request by what was learnt from shots of other folds."""
    shots = request.shots
    answers: dict[int, Answer] = {}
    for held in folds([_stratum(shot) for shot in shots], request.seed):
        kept = tuple(shots[i] for i in range(len(shots)) if i not in held)
        asked = sorted(held)
        found = propose(
            encoder,
            replace(request, shots=kept),
            [shots[i].question for i in asked],
            listen,
            stop,
        )
        answers.update(zip(asked, found, strict=True))
    return [answers[i] for i in range(len(shots))]


def _stratum(shot: Shot) -> str:
    """A row's label; a sentence's entity types."""
    return shot.label or " ".join(sorted({tag[2:] for tag in shot.tags if tag != "O"}))


def folds(strata: Sequence[str], seed: int, count: int = _FOLDS) -> list[set[int]]:
    """Positions in `count` parts of like size, each with its share of every stratum as far as the
    rows go; unlike scikit-learn's, a stratum may have fewer rows than there are parts."""
    shuffled = np.random.RandomState(seed).permutation(len(strata)).tolist()
    order = sorted(shuffled, key=lambda i: strata[i])
    return [set(order[start::count]) for start in range(min(count, len(order)))]
