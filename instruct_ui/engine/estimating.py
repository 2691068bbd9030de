"""What a training would take, from a few trial steps on the rows at hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn

from instruct_ui.engine.base import Estimate
from instruct_ui.engine.precision import name_of
from instruct_ui.engine.training import build_optimizer, checks_per_epoch, memory_in_use
from instruct_ui.spec import FineTune

B = TypeVar("B")

_TRIAL_STEPS = 4


def probe(
    model: nn.Module,
    batches_of_epoch: Callable[[int], Sequence[B]],
    loss_of_batch: Callable[[B], Tensor],
    tokens_of_batch: Callable[[B], int],
    validation_tokens: int,
    settings: FineTune,
    dtype: torch.dtype = torch.float32,
) -> Estimate:
    """What `train` would take, from a few trial steps that spoil `model`.

    Give it a model to throw away. The trial batches spread over the lengths and hold the longest,
    for the peak of memory. A check counts as `validation_tokens` at the measured speed of a forward
    pass. Early stopping is not foreseen, so it is the longest it can take.
    """
    rounds = list(batches_of_epoch(0))
    rounds.sort(key=tokens_of_batch)
    trial = [rounds[i * (len(rounds) - 1) // (_TRIAL_STEPS - 1)] for i in range(_TRIAL_STEPS)]
    device = next(model.parameters()).device
    optimizer = build_optimizer(model, settings)
    memory = forward = whole = 0.0
    model.train()
    for number, batch in enumerate((trial[-1], *trial)):  # the first one only warms up
        start = time.perf_counter()
        with torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32):
            loss = loss_of_batch(batch)
        memory = max(memory, memory_in_use(device))  # all activations are alive here
        after_forward = time.perf_counter()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        memory = max(memory, memory_in_use(device))
        if number:
            forward += after_forward - start
            whole += time.perf_counter() - start
    tokens = sum(tokens_of_batch(batch) for batch in trial)
    per_epoch = sum(tokens_of_batch(batch) for batch in rounds) * whole / tokens
    checks = checks_per_epoch(len(rounds)) * settings.epochs
    seconds = settings.epochs * per_epoch + checks * validation_tokens * forward / tokens
    return Estimate(seconds, int(memory), settings.epochs * len(rounds), name_of(dtype))
