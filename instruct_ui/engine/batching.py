"""Batches of rows of similar length, so that little of a batch is padding."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from torch import Tensor

from instruct_ui.engine.base import Event, Listener, Stop, Stopped

T = TypeVar("T")

_POOL = 32
"""Batches drawn together and sorted by length: wide enough to group, yet still random."""


def batches(lengths: Sequence[int], size: int, seed: int | None) -> list[list[int]]:
    """Positions in batches of at most `size`, each position once, `ceil(n / size)` batches.

    Without a seed: longest first, so that what does not fit into memory shows at once. With a
    seed: rows are shuffled, grouped by length within pools, and the batches shuffled again.
    """
    order = list(range(len(lengths)))
    if seed is None:
        order.sort(key=lambda i: -lengths[i])
        return [order[i : i + size] for i in range(0, len(order), size)]
    draw = random.Random(seed)
    draw.shuffle(order)
    grouped: list[list[int]] = []
    for start in range(0, len(order), size * _POOL):
        pool = sorted(order[start : start + size * _POOL], key=lambda i: lengths[i])
        grouped += [pool[i : i + size] for i in range(0, len(pool), size)]
    draw.shuffle(grouped)
    return grouped


def over_batches(
    lengths: Sequence[int],
    size: int,
    answer: Callable[[list[int]], Sequence[T]],
    listen: Listener,
    stop: Stop,
) -> list[T]:
    """Runs `answer` on length-grouped batches of positions; its results in the input's order.

    Tells `progress` after each batch. Raises Stopped as soon as `stop` says so.
    """
    found: dict[int, T] = {}
    for batch in batches(lengths, size, None):
        if stop():
            raise Stopped
        found.update(zip(batch, answer(batch), strict=True))
        listen(Event("progress", {"done": len(found), "total": len(lengths)}))
    return [found[i] for i in range(len(lengths))]


def padded(
    rows: Sequence[Sequence[int]], fill: int, device: torch.device, left: bool = False
) -> tuple[Tensor, Tensor]:
    """Rows of ids as one (rows, longest) int64 tensor filled up with `fill`, and the mask of what
    is not filling. `left` puts the filling in front.
    """
    longest = max((len(row) for row in rows), default=0)
    ids = torch.full((len(rows), longest), fill, dtype=torch.long)
    mask = torch.zeros((len(rows), longest), dtype=torch.long)
    for number, row in enumerate(rows):
        place = slice(longest - len(row), longest) if left else slice(0, len(row))
        ids[number, place] = torch.tensor(row, dtype=torch.long)
        mask[number, place] = 1
    return ids.to(device), mask.to(device)
