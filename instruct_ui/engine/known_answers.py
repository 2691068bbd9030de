"""The best of the answers known to the data: nearest to the question, or to a question that a shot
answers so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from instruct_ui.engine.base import Listener, Question, Request, Stop
from instruct_ui.engine.encoder import Encoder, Vectors
from instruct_ui.engine.extractive import softmax
from instruct_ui.evaluation.predictions import Answer

_RANKED = 50
"""Answers an answer lists; one further down counts as not found."""
_LEAST_SHOTS = 3
"""Of fewer it cannot be told how near questions are to one another."""


@dataclass(frozen=True, slots=True)
class _Usual:
    """How near things of a sort usually are to each other."""

    mean: float
    deviation: float

    @classmethod
    def of_values(cls, values: Vectors) -> _Usual:
        return cls(float(values.mean()), max(float(values.std()), 1e-6))

    def of(self, near: Vectors) -> Vectors:
        score: Vectors = (near - self.mean) / self.deviation
        return score

    def back(self, score: Vectors) -> Vectors:
        near: Vectors = score * self.deviation + self.mean
        return near


class KnownAnswers:
    """Ranks `known`. With shots an answer is as near as the nearer of two: the answer itself, and
    the shots' questions that have it. Questions are nearer to questions than to answers anyway, so
    both are counted from how near the shots are to one another, and to all answers (z-scores)."""

    def __init__(
        self,
        encoder: Encoder,
        request: Request,
        listen: Listener,
        stop: Stop,
        facts: Mapping[str, str | float | bool],
    ) -> None:
        self._encoder = encoder
        self._known = request.known
        self._vectors = encoder.embed(request.known, listen, stop)
        place = {answer: i for i, answer in enumerate(request.known)}
        shots = [shot for shot in request.shots if shot.answer in place]
        self._shots = encoder.embed([shot.question.text for shot in shots], listen, stop)
        self._of_shot = np.array([place[shot.answer] for shot in shots], int)
        self._usual = self._measured() if len(shots) >= _LEAST_SHOTS else None
        self.facts: Mapping[str, str | float | bool] = {
            **facts,
            "known_answers": len(request.known),
        }
        self.tokens_seen = 0

    def predict(self, questions: Sequence[Question], listen: Listener, stop: Stop) -> list[Answer]:
        """One answer a question, with the `ranked` ones behind it."""
        vectors = self._encoder.embed([q.text for q in questions], listen, stop)
        self.tokens_seen = self._encoder.tokens_seen
        return [self._answer(vector) for vector in vectors]

    def _measured(self) -> tuple[_Usual, _Usual]:
        """Of the shots: how near to all answers, and to the other shots."""
        others = ~np.eye(len(self._shots), dtype=bool)
        to_answers = _Usual.of_values(self._shots @ self._vectors.T)
        return to_answers, _Usual.of_values((self._shots @ self._shots.T)[others])

    def _answer(self, question: Vectors) -> Answer:
        near = self._vectors @ question
        if self._usual is not None:
            to_answers, to_shots = self._usual
            score = to_answers.of(near)
            np.maximum.at(score, self._of_shot, to_shots.of(self._shots @ question))
            near = to_answers.back(score)
        order = np.argsort(-near, kind="stable")[:_RANKED].tolist()
        return Answer(
            text=self._known[order[0]],
            confidence=float(softmax(near)[order[0]]),
            ranked=tuple(self._known[i] for i in order),
        )
