"""What a causal model is trained on, and how it is checked meanwhile: the answers' tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch

from instruct_ui.engine.base import Request, Shot
from instruct_ui.engine.batching import batches, padded
from instruct_ui.engine.calibration import probabilities
from instruct_ui.engine.candidates import CandidateReader, Ids, common_length
from instruct_ui.engine.causal_checkpoint import TunedForm
from instruct_ui.engine.causal_form import window_of, writing_form
from instruct_ui.engine.loading import Base
from instruct_ui.engine.prefix_cache import LabelScorer
from instruct_ui.engine.training import Check

_BATCH = 8


class Lessons(Protocol):
    rows: list[tuple[Ids, Ids]]
    """(prompt, answer with its ending) of every training row."""

    @property
    def has_validation(self) -> bool: ...

    def check(self, model: Any) -> Check:
        """How `model` does on the validation rows."""

    def validation_tokens(self) -> int:
        """Tokens one check runs."""


class LabelLessons:
    """Rows with a label out of the data's; checked by scoring all label words."""

    def __init__(self, request: Request, base: Base, form: TunedForm) -> None:
        self._labels = request.labels
        shots = [shot for shot in request.train if shot.label in self._labels]
        reader = build_reader(request, base, form, always_ended=True)
        read = [reader.read(shot.question.prompt) for shot in shots]
        self.rows = [
            (row.shared, row.tails[gold]) for row, gold in zip(read, self._gold(shots), strict=True)
        ]
        reader = build_reader(request, base, form)
        held = [shot for shot in request.validation if shot.label in self._labels]
        self._validation = [reader.read(shot.question.prompt) for shot in held]
        self._held_gold = self._gold(held)

    @property
    def has_validation(self) -> bool:
        return bool(self._validation)

    def check(self, model: Any) -> Check:
        """Accuracy, and the mean of -log p of the right label."""
        scorer = LabelScorer(model)
        scores = np.zeros((len(self._validation), len(self._labels)))
        for batch, found in scorer.score(self._validation):
            scores[batch] = found.numpy()
        right = float((scores.argmax(axis=1) == np.array(self._held_gold)).mean())
        gold = probabilities(scores)[np.arange(len(self._held_gold)), self._held_gold]
        return Check(right, float(-np.log(gold.clip(min=1e-12)).mean()))

    def validation_tokens(self) -> int:
        """The shared prefix once, of every row its own."""
        rows = self._validation
        shared = common_length([row.shared for row in rows])
        own = sum(len(r.shared) - shared + sum(len(t) - 1 for t in r.tails) for r in rows)
        return shared + own

    def _gold(self, shots: Sequence[Shot]) -> list[int]:
        return [self._labels.index(str(shot.label)) for shot in shots]


class WritingLessons:
    """Rows with a written gold; checked by how many of its tokens the model would have written."""

    def __init__(self, request: Request, base: Base, form: TunedForm) -> None:
        writing = writing_form(request, base, form.frame)

        def lessons(shots: Sequence[Shot]) -> list[tuple[Ids, Ids]]:
            return [writing.lesson(s.question.prompt, s.answer) for s in shots if s.answer]

        self.rows, self._validation = lessons(request.train), lessons(request.validation)

    @property
    def has_validation(self) -> bool:
        return bool(self._validation)

    @torch.inference_mode()
    def check(self, model: Any) -> Check:
        """Share of the gold tokens that were the likeliest (teacher forcing), and their mean
        -log p."""
        lengths = [len(prompt) + len(answer) for prompt, answer in self._validation]
        right = total = 0
        loss = 0.0
        for batch in batches(lengths, _BATCH, None):
            rows = [self._validation[i] for i in batch]
            logits, answers = answer_logits(model, rows)
            loss += float(torch.nn.functional.cross_entropy(logits, answers, reduction="sum"))
            right += int((logits.argmax(-1) == answers).sum())
            total += len(answers)
        return Check(right / total, loss / total)

    def validation_tokens(self) -> int:
        return sum(len(prompt) + len(answer) for prompt, answer in self._validation)


def answer_logits(model: Any, rows: Sequence[tuple[Ids, Ids]]) -> tuple[torch.Tensor, torch.Tensor]:
    """(tokens, vocabulary) float32 logits of all answer tokens of `rows`, and the tokens.

    Rows are filled up on the left, so all answers stand in the last columns.
    """
    device = model.device
    ids, mask = padded([(p + a)[:-1] for p, a in rows], 0, device, left=True)
    answers, real = padded([a for _, a in rows], 0, device, left=True)
    logits = model(
        input_ids=ids,
        attention_mask=mask,
        position_ids=(mask.cumsum(-1) - 1).clamp(min=0),
        use_cache=False,
        logits_to_keep=answers.shape[1],
    ).logits
    return logits[real == 1].float(), answers[real == 1]


def build_reader(
    request: Request, base: Base, form: TunedForm, always_ended: bool = False
) -> CandidateReader:
    return CandidateReader(
        tokenizer=base.tokenizer,
        words=form.words,
        window=window_of(base.model, request.card),
        model=request.card.title,
        frame=form.frame,
        ending=form.ending,
        always_ended=always_ended,
    )
