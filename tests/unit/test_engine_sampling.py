"""Which words are drawn, and what a stop leaves."""

from __future__ import annotations

import torch

from instruct_ui.engine.sampling import Drawing

END = 3
# One word has nearly half of the probability, two others most of the rest.
LOGITS = torch.tensor([0.50, 0.25, 0.24, 0.009, 0.001]).log()


def drawn(seed: int, stops_at: int = 1000, told: list[int] | None = None) -> list[int]:
    heard = [] if told is None else told
    calls = iter(range(1000))
    drawing = Drawing(1.0, 0.9, seed, END, lambda: next(calls) >= stops_at, heard.append)
    found = []
    for _ in range(60):
        left = drawing([(1,), (2, 4)], LOGITS.expand(2, -1))
        assert (left > -torch.inf).sum(-1).tolist() == [1, 1]
        found += left.argmax(-1).tolist()
    if stops_at < 1000:
        assert drawing.left == {(1,), (2, 4)}
    return found


def test_the_same_seed_draws_the_same_and_only_what_is_likely() -> None:
    first = drawn(7)
    assert first == drawn(7) and first != drawn(8)
    assert set(first) == {0, 1, 2}


def test_a_stop_ends_whatever_is_being_written() -> None:
    told: list[int] = []
    first = drawn(7, stops_at=4, told=told)
    assert first[:8] == drawn(7)[:8] and set(first[8:]) == {END}
    assert told == [2] * 4
