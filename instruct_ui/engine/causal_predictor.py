"""Answers of a causal model: the label whose word is the likeliest continuation of the prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from instruct_ui.engine.base import Event, Listener, Question, Stop, Stopped
from instruct_ui.engine.calibration import Floats, calibrated, probabilities
from instruct_ui.engine.candidates import CandidateReader, Candidates
from instruct_ui.engine.prefix_cache import LabelScorer
from instruct_ui.evaluation.predictions import Answer

_CHUNK = 512
"""Rows encoded at once; the shared prefix is kept from one chunk to the next."""


class CausalPredictor:
    """One model, one prompt form (with chat frame or without), with or without calibration."""

    def __init__(
        self,
        scorer: LabelScorer,
        reader: CandidateReader,
        labels: tuple[str, ...],
        blank: Question | None = None,
    ) -> None:
        """`labels` in the order of `reader.words`; `blank`: the row without content, where the
        answers are to be calibrated on it.
        """
        self._scorer = scorer
        self._reader = reader
        self._labels = labels
        self._blank = blank
        self._blank_scores: Floats | None = None
        self._cut = 0
        self.tokens_seen = 0
        self.facts: Mapping[str, str | float | bool] = {
            "chat": "off" if reader.frame is None else "on",
            "calibrated": blank is not None,
        }

    def predict(self, questions: Sequence[Question], listen: Listener, stop: Stop) -> list[Answer]:
        """One answer a question; confidence is the (calibrated) probability among the labels.

        Raises Stopped within a batch of `stop`, ModelError where a prompt does not fit the window.
        """
        answers: list[Answer] = []
        for start in range(0, len(questions), _CHUNK):
            chunk = questions[start : start + _CHUNK]
            scores = self._score(chunk, start, len(questions), listen, stop)
            answers += [self._answer(row) for row in self._probabilities(scores)]
        self.note(shared_prefix_tokens=self._scorer.shared_tokens, rows_cut=self._cut)
        return answers

    def note(self, **facts: str | float | bool) -> None:
        """Adds to `facts`."""
        self.facts = {**self.facts, **facts}

    def _score(
        self, questions: Sequence[Question], done: int, total: int, listen: Listener, stop: Stop
    ) -> Floats:
        """Log-probabilities [rows, labels]."""
        rows = [self._read(question, stop) for question in questions]
        self._cut += sum(row.cut for row in rows)
        wants_blank = self._blank is not None and self._blank_scores is None
        if self._blank is not None and wants_blank:
            rows.append(self._read(self._blank, stop))
        scores: Floats = np.zeros((len(rows), len(self._labels)))
        before = self._scorer.tokens_seen
        for batch, found in self._scorer.score(rows):
            scores[batch] = found.numpy()
            self.tokens_seen += self._scorer.tokens_seen - before
            before = self._scorer.tokens_seen
            done += sum(i < len(questions) for i in batch)
            listen(Event("progress", {"done": done, "total": total}))
            if stop():
                raise Stopped
        if wants_blank:
            self._blank_scores = scores[-1]
        return scores[: len(questions)]

    def _read(self, question: Question, stop: Stop) -> Candidates:
        if stop():
            raise Stopped
        return self._reader.read(question.prompt)

    def _probabilities(self, scores: Floats) -> Floats:
        if self._blank_scores is None:
            return probabilities(scores)
        return calibrated(scores, self._blank_scores)

    def _answer(self, row: Floats) -> Answer:
        best = int(row.argmax())
        return Answer(
            label=self._labels[best],
            confidence=float(row[best]),
            scores=tuple(float(p) for p in row),
        )
