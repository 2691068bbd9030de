"""Answers an encoder takes out of the row's own text: the sentence that fits a question, or those
that stand for the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from instruct_ui.data.sentences import sentences_of
from instruct_ui.engine.base import Listener, Question, Stop
from instruct_ui.engine.encoder import Encoder, Vectors
from instruct_ui.evaluation.predictions import Answer

SHARPNESS = 20.0
"""Cosines to probabilities: softmax of so many times the cosine, as the embedded encoders were
trained (their temperature was 0.05)."""
_SHARE = 0.3
_MOST = 3
"""A summary by central sentences: up to this share of the text's characters, at most so many
sentences, at least one."""
_REPEATED = 0.9
"""A sentence this near to one already taken says nothing new."""


class _Extractive:
    def __init__(self, encoder: Encoder, facts: Mapping[str, str | float | bool]) -> None:
        self._encoder = encoder
        self.facts = facts
        self.tokens_seen = 0

    def _embedded(self, texts: Sequence[str], listen: Listener, stop: Stop) -> dict[str, Vectors]:
        """Each text once: many questions are asked of one passage."""
        different = list(dict.fromkeys(texts))
        vectors = self._encoder.embed(different, listen, stop)
        self.tokens_seen = self._encoder.tokens_seen
        return dict(zip(different, vectors, strict=True))


class BestSentence(_Extractive):
    """The sentence of the passage (`Question.text`) nearest to the question (`Question.second`)."""

    def predict(self, questions: Sequence[Question], listen: Listener, stop: Stop) -> list[Answer]:
        rows = [sentences_of(q.text) for q in questions]
        texts = [*(q.second for q in questions), *(s for row in rows for s in row)]
        known = self._embedded(texts, listen, stop)
        answers = []
        for question, row in zip(questions, rows, strict=True):
            if not row:
                answers.append(Answer(readable=False))
                continue
            near = np.array([known[s] @ known[question.second] for s in row])
            best = int(near.argmax())
            answers.append(Answer(text=row[best], confidence=float(softmax(near)[best])))
        return answers


class CentralSentences(_Extractive):
    """The sentences nearest to the middle of all, in their own order, none twice (after LexRank,
    Erkan and Radev 2004, with sentence vectors for their word counts)."""

    def predict(self, questions: Sequence[Question], listen: Listener, stop: Stop) -> list[Answer]:
        rows = [sentences_of(q.text) for q in questions]
        known = self._embedded([s for row in rows for s in row], listen, stop)
        return [
            _summary(q.text, row, np.stack([known[s] for s in row]))
            if row
            else Answer(readable=False)
            for q, row in zip(questions, rows, strict=True)
        ]


def _summary(text: str, sentences: Sequence[str], vectors: Vectors) -> Answer:
    central = (vectors @ vectors.T).mean(axis=1)
    taken: list[int] = []
    for i in np.argsort(-central, kind="stable").tolist():
        length = sum(len(sentences[j]) for j in (*taken, i))
        if taken and (length > _SHARE * len(text) or len(taken) == _MOST):
            break
        if all(vectors[i] @ vectors[j] < _REPEATED for j in taken):
            taken.append(i)
    shares = softmax(central)
    glue = "" if _is_chinese(text) else " "
    return Answer(
        text=glue.join(sentences[i] for i in sorted(taken)),
        confidence=float(shares[taken].sum()),
    )


def _is_chinese(text: str) -> bool:
    return any(mark in text for mark in "。！？，")


def softmax(cosines: Vectors, sharpness: float = SHARPNESS) -> Vectors:
    raised = np.exp(sharpness * (cosines - cosines.max()))
    shares: Vectors = raised / raised.sum()
    return shares
