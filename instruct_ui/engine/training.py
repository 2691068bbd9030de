"""The training loop of every fine-tuned model.

Knows no task and no model family: they come as functions over a batch. AdamW (Loshchilov and
Hutter 2019), linear warm-up and decay, gradient clipping, early stopping on the validation score.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import psutil
import torch
from torch import Tensor, nn

from instruct_ui.engine.base import Event, Listener, Stop
from instruct_ui.errors import RequestError
from instruct_ui.spec import FineTune

B = TypeVar("B")

_CLIP = 1.0
_TELL_EVERY = 0.2
"""Seconds between two `step` events: a page cannot show more, and short steps would flood it."""


@dataclass(frozen=True, slots=True)
class Check:
    """The validation set judged: `score` to be maximised, and the mean loss."""

    score: float
    loss: float


@dataclass(frozen=True, slots=True)
class TrainOutcome:
    """`best_score` is None where there were no validation rows; the last weights are kept then."""

    steps: int
    best_score: float | None
    best_step: int
    stopped: bool
    """The person stopped it."""
    tokens_per_second: float


def train(
    model: nn.Module,
    batches_of_epoch: Callable[[int], Sequence[B]],
    loss_of_batch: Callable[[B], Tensor],
    tokens_of_batch: Callable[[B], int],
    score_on_validation: Callable[[], Check] | None,
    settings: FineTune,
    listen: Listener,
    stop: Stop,
    save_best: Callable[[], None],
    seed: int,
    dtype: torch.dtype = torch.float32,
) -> TrainOutcome:
    """Trains the parameters that require a gradient; the model then holds the best weights.

    `batches_of_epoch(epoch)`: equally many batches each epoch. `loss_of_batch`: mean loss, run
    under autocast where `dtype` is bfloat16. `score_on_validation`: None without validation rows.
    `save_best` is called at each improvement, while the model holds those weights. `stop` is asked
    at every step; stopping keeps the best, judging once where nothing was judged yet.
    Raises RequestError where the loss is no longer a number.
    """
    torch.manual_seed(seed)
    run = _Run(model, settings, len(batches_of_epoch(0)), score_on_validation, listen, save_best)
    device = next(model.parameters()).device
    stopped = False
    model.train()
    for epoch in range(settings.epochs):
        for batch in batches_of_epoch(epoch):
            if stopped := stop():
                break
            with torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32):
                loss = loss_of_batch(batch)
            run.step(loss, tokens_of_batch(batch), epoch)
            if run.check_is_due():
                run.check()
            if run.out_of_patience():
                break
        if stopped or run.out_of_patience():
            break
    if not run.best:
        run.check()
    run.restore_best()
    model.eval()
    speed = run.tokens / run.seconds_stepping if run.seconds_stepping else 0.0
    return TrainOutcome(run.steps, run.best_score, run.best_step, stopped, speed)


def memory_in_use(device: torch.device) -> int:
    """Bytes of this process (resident), or on a CUDA card the peak allocated there."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    return int(psutil.Process().memory_info().rss)


def build_optimizer(model: nn.Module, settings: FineTune) -> torch.optim.AdamW:
    """AdamW; biases and layer norms (one-dimensional) do not decay."""
    trained = [p for p in model.parameters() if p.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate)


def checks_per_epoch(steps: int) -> int:
    """One check an epoch; two or three where an epoch is long."""
    return min(3, max(1, steps // 100))


class _Run:
    """What changes while a model is trained."""

    def __init__(
        self,
        model: nn.Module,
        settings: FineTune,
        steps_per_epoch: int,
        score: Callable[[], Check] | None,
        listen: Listener,
        save_best: Callable[[], None],
    ) -> None:
        self.model, self.settings, self.score = model, settings, score
        self.listen, self.save_best = listen, save_best
        self.device = next(model.parameters()).device
        self.total = steps_per_epoch * settings.epochs
        self.every = math.ceil(steps_per_epoch / checks_per_epoch(steps_per_epoch))
        self.steps_per_epoch = steps_per_epoch
        self.optimizer = build_optimizer(model, settings)
        warmup = round(settings.warmup * self.total)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer,
            lambda step: (
                (step + 1) / (warmup + 1)
                if step < warmup
                else max(0.0, (self.total - step) / max(1, self.total - warmup))
            ),
        )
        self.trained = [p for p in model.parameters() if p.requires_grad]
        self.best: list[Tensor] = []
        self.best_score: float | None = None
        self.best_loss = math.inf
        self.best_step = 0
        self.without_gain = 0
        self.steps = self.tokens = 0
        self.seconds_stepping = self.seconds_checking = 0.0
        self.checks = 0
        self.losses: list[float] = []
        self.started = self.told = time.perf_counter()

    def step(self, loss: Tensor, tokens: int, epoch: int) -> None:
        value = float(loss.detach())
        if not math.isfinite(value):
            raise RequestError(
                "engine_diverged", step=self.steps + 1, rate=self.settings.learning_rate
            )
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.trained, _CLIP)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.steps += 1
        self.tokens += tokens
        self.losses.append(value)
        now = time.perf_counter()
        self.seconds_stepping = now - self.started - self.seconds_checking
        if self.steps in (1, self.total) or now - self.told >= _TELL_EVERY:
            self._tell(epoch)
            self.told = now

    def _tell(self, epoch: int) -> None:
        left = self.seconds_stepping / self.steps * (self.total - self.steps)
        if self.checks:
            checks_left = checks_per_epoch(self.steps_per_epoch) * self.settings.epochs
            left += self.seconds_checking / self.checks * max(0, checks_left - self.checks)
        values = {
            "step": self.steps,
            "steps": self.total,
            "epoch": epoch + 1,
            "epochs": self.settings.epochs,
            "loss": sum(self.losses) / len(self.losses),
            "seconds_left": left,
            "tokens_per_second": self.tokens / max(self.seconds_stepping, 1e-9),
            "memory_bytes": memory_in_use(self.device),
        }
        self.losses.clear()
        self.listen(Event("step", values))

    def check_is_due(self) -> bool:
        within = self.steps % self.steps_per_epoch
        return within == 0 or within % self.every == 0

    def check(self) -> None:
        """Judges the validation rows; keeps and saves the weights where they are the best so far.

        On equal scores the lower loss is the better one: a score that cannot rise yet (no entity
        found so far) or any more is no reason to stop.
        """
        start = time.perf_counter()
        self.model.eval()
        with torch.inference_mode():
            found = self.score() if self.score is not None else None
        self.model.train()
        best = found is None or self.best_score is None
        if found is not None and self.best_score is not None:
            best = (found.score, -found.loss) > (self.best_score, -self.best_loss)
        if best:
            self._keep()
            self.best_step = self.steps
            if found is not None:
                self.best_score, self.best_loss = found.score, found.loss
            self.save_best()
        self.without_gain = 0 if best else self.without_gain + 1
        self.checks += 1
        self.seconds_checking += time.perf_counter() - start
        self.listen(
            Event(
                "check",
                {
                    "step": self.steps,
                    "loss": found.loss if found else None,
                    "score": found.score if found else None,
                    "best": best,
                },
            )
        )

    def _keep(self) -> None:
        if not self.best:
            self.best = [torch.empty_like(p, requires_grad=False) for p in self.trained]
        with torch.no_grad():
            for kept, parameter in zip(self.best, self.trained, strict=True):
                kept.copy_(parameter)

    def out_of_patience(self) -> bool:
        return 0 < self.settings.patience <= self.without_gain

    def restore_best(self) -> None:
        with torch.no_grad():
            for parameter, kept in zip(self.trained, self.best, strict=True):
                parameter.copy_(kept)
