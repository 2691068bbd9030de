"""One LoRA training: the model with its fresh adapter, the rows as token ids, loss and check."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor

from instruct_ui.engine.base import Listener, Request, Shot, Stop
from instruct_ui.engine.batching import batches, padded
from instruct_ui.engine.calibration import probabilities
from instruct_ui.engine.candidates import CandidateReader, Ids, common_length
from instruct_ui.engine.causal_checkpoint import TunedForm, save_adapter
from instruct_ui.engine.causal_form import window_of
from instruct_ui.engine.loading import Base
from instruct_ui.engine.precision import pick_dtype
from instruct_ui.engine.prefix_cache import LabelScorer
from instruct_ui.engine.training import Check, TrainOutcome, train
from instruct_ui.spec import FineTune
from instruct_ui.templates.prompt import ChatFrame

_DROPOUT = 0.0
"""Where the spec names none: dropout in every adapted layer doubles the memory of a step, and early
stopping guards against overfitting already.
"""
_TRIAL_BATCHES = 2
_TRIAL_ROWS = 2


class Tuning:
    """One training: the model with its fresh adapter, and the rows as token ids."""

    def __init__(self, request: Request, base: Base, frame: ChatFrame | None) -> None:
        assert isinstance(request.approach, FineTune)
        self.request, self.base = request, base
        self.settings: FineTune = request.approach
        ending = (frame.end if frame else "") or base.tokenizer.eos_token or "\n"
        name = request.card.name
        self.form = TunedForm(name, request.labels, request.words, frame, ending)
        torch.manual_seed(request.seed)
        self.model = get_peft_model(base.model, _lora_config(self.settings))
        self.rows = self._answers([s for s in request.train if s.label in request.labels])
        reader = build_reader(request, base, self.form)
        validation = [s for s in request.validation if s.label in request.labels]
        self.validation = [reader.read(shot.question.prompt) for shot in validation]
        self.gold = self._gold(validation)

    def run(self, listen: Listener, stop: Stop) -> tuple[TrainOutcome, torch.dtype]:
        dtype = self.pick_dtype()
        outcome = train(
            self.model,
            self.batches_of_epoch,
            self.loss_of_batch,
            self.tokens_of_batch,
            self.check if self.validation else None,
            self.settings,
            listen,
            stop,
            self.save,
            self.request.seed,
            dtype,
        )
        return outcome, dtype

    def batches_of_epoch(self, epoch: int) -> list[list[int]]:
        lengths = [len(prompt) + len(answer) for prompt, answer in self.rows]
        return batches(lengths, self.settings.batch_size, self.request.seed + epoch)

    def tokens_of_batch(self, batch: Sequence[int]) -> int:
        return sum(len(prompt) + len(answer) for prompt, answer in (self.rows[i] for i in batch))

    def loss_of_batch(self, batch: Sequence[int]) -> Tensor:
        """Mean cross-entropy over the batch's answer tokens.

        Rows are filled up on the left, so all answers stand in the last columns.
        """
        rows = [self.rows[i] for i in batch]
        device = self.base.device
        ids, mask = padded([(p + a)[:-1] for p, a in rows], 0, device, left=True)
        answers, real = padded([a for _, a in rows], 0, device, left=True)
        logits = self.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(-1) - 1).clamp(min=0),
            use_cache=False,
            logits_to_keep=answers.shape[1],
        ).logits
        return torch.nn.functional.cross_entropy(logits[real == 1].float(), answers[real == 1])

    def check(self) -> Check:
        """Accuracy on the validation rows, and the mean of -log p of the right label."""
        scorer = LabelScorer(self.model.get_base_model())
        scores = np.zeros((len(self.validation), len(self.request.labels)))
        for batch, found in scorer.score(self.validation):
            scores[batch] = found.numpy()
        right = float((scores.argmax(axis=1) == np.array(self.gold)).mean())
        gold = probabilities(scores)[np.arange(len(self.gold)), self.gold]
        return Check(right, float(-np.log(gold.clip(min=1e-12)).mean()))

    def save(self) -> None:
        if self.request.out is not None:
            save_adapter(self.model, self.form, self.request.out)

    def validation_tokens(self) -> int:
        """Tokens one check runs: the shared prefix once, of every row its own."""
        shared = common_length([row.shared for row in self.validation])
        own = sum(
            len(r.shared) - shared + sum(len(t) - 1 for t in r.tails) for r in self.validation
        )
        return shared + own

    def pick_dtype(self) -> torch.dtype:
        """By a short timing. Every batch of it has a shape of its own, as in training: a bfloat16
        kernel is built for each shape, which a repeated batch would hide.
        """

        def time_step(dtype: torch.dtype) -> float:
            self._step(trial[0], dtype)
            start = time.perf_counter()
            for batch in trial[1:]:
                self._step(batch, dtype)
            return time.perf_counter() - start

        rounds = sorted(self.batches_of_epoch(0), key=self.tokens_of_batch)
        last = len(rounds) - 1
        trial = [rounds[i * last // _TRIAL_BATCHES] for i in range(_TRIAL_BATCHES + 1)]
        dtype = pick_dtype(self.request.dtype, time_step, self.base.device)
        self.model.zero_grad(set_to_none=True)
        return dtype

    def _step(self, batch: Sequence[int], dtype: torch.dtype) -> None:
        low = dtype != torch.float32
        with torch.autocast(self.base.device.type, dtype=dtype, enabled=low):
            loss = self.loss_of_batch(batch[:_TRIAL_ROWS])
        loss.backward()  # type: ignore[no-untyped-call]

    def _answers(self, shots: Sequence[Shot]) -> list[tuple[Ids, Ids]]:
        """(prompt, answer with its ending) of every row."""
        reader = build_reader(self.request, self.base, self.form, always_ended=True)
        rows = [reader.read(shot.question.prompt) for shot in shots]
        return [
            (row.shared, row.tails[gold]) for row, gold in zip(rows, self._gold(shots), strict=True)
        ]

    def _gold(self, shots: Sequence[Shot]) -> list[int]:
        return [self.request.labels.index(str(shot.label)) for shot in shots]


def _lora_config(settings: FineTune) -> LoraConfig:
    return LoraConfig(
        r=settings.lora_rank,
        lora_alpha=2 * settings.lora_rank,
        lora_dropout=_DROPOUT if settings.dropout is None else settings.dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


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
