"""One LoRA training: the model with its fresh adapter, the rows as token ids, loss and check."""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor

from instruct_ui.engine.base import Listener, Request, Stop
from instruct_ui.engine.batching import batches
from instruct_ui.engine.causal_checkpoint import TunedForm, save_adapter
from instruct_ui.engine.lessons import LabelLessons, Lessons, WritingLessons, answer_logits
from instruct_ui.engine.loading import Base
from instruct_ui.engine.precision import pick_dtype
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
        self.form = TunedForm(
            name,
            request.labels,
            request.words,
            frame,
            ending,
            request.way,
            request.answer_tokens,
            request.answer_lines,
        )
        torch.manual_seed(request.seed)
        self.model = get_peft_model(base.model, _lora_config(self.settings))
        kind = WritingLessons if request.way == "writing" else LabelLessons
        self.lessons: Lessons = kind(request, base, self.form)
        self.rows = self.lessons.rows

    def run(self, listen: Listener, stop: Stop) -> tuple[TrainOutcome, torch.dtype]:
        dtype = self.pick_dtype()
        outcome = train(
            self.model,
            self.batches_of_epoch,
            self.loss_of_batch,
            self.tokens_of_batch,
            self.check if self.lessons.has_validation else None,
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
        """Mean cross-entropy over the batch's answer tokens."""
        logits, answers = answer_logits(self.model, [self.rows[i] for i in batch])
        return torch.nn.functional.cross_entropy(logits, answers)

    def check(self) -> Check:
        return self.lessons.check(self.model.get_base_model())

    def save(self) -> None:
        if self.request.out is not None:
            save_adapter(self.model, self.form, self.request.out)

    def validation_tokens(self) -> int:
        return self.lessons.validation_tokens()

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


def _lora_config(settings: FineTune) -> LoraConfig:
    return LoraConfig(
        r=settings.lora_rank,
        lora_alpha=2 * settings.lora_rank,
        lora_dropout=_DROPOUT if settings.dropout is None else settings.dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
