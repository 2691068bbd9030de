"""How far a piece of work has come, told as its share of a larger one."""

from __future__ import annotations

from collections.abc import Callable

Told = Callable[[int, int], None]
"""Hears how much of how much is done; may raise to stop."""


def stretch(told: Told, start: int, end: int) -> Told:
    """For work that takes the whole from `start` to `end` hundredths."""

    def part(done: int, of: int) -> None:
        told(1000 * start + 1000 * (end - start) * done // max(of, 1), 100_000)

    return part
