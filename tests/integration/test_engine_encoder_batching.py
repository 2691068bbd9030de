"""Length-grouped batches, and answers back in the order of the rows."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from instruct_ui.engine.base import Event, Stopped
from instruct_ui.engine.batching import batches, over_batches, padded

LENGTHS = st.lists(st.integers(1, 99), max_size=200)


@given(LENGTHS, st.integers(1, 17), st.one_of(st.none(), st.integers(0, 9)))
def test_every_row_is_in_one_batch(lengths: list[int], size: int, seed: int | None) -> None:
    found = batches(lengths, size, seed)
    assert sorted(i for batch in found for i in batch) == list(range(len(lengths)))
    assert len(found) == -(-len(lengths) // size)
    assert all(len(batch) <= size for batch in found)


def test_little_of_a_batch_is_padding_yet_epochs_differ() -> None:
    lengths = [10 + (7 * i) % 50 for i in range(640)]
    first, second = batches(lengths, 16, 0), batches(lengths, 16, 1)
    filled = sum(max(lengths[i] for i in batch) * len(batch) for batch in first)
    assert filled < 1.1 * sum(lengths)
    assert first != second
    assert first == batches(lengths, 16, 0)


def test_answers_come_in_the_order_of_the_rows_with_progress() -> None:
    heard: list[Event] = []
    lengths = [3, 1, 2, 5, 4]
    answers = over_batches(
        lengths, 2, lambda batch: [lengths[i] * 10 for i in batch], heard.append, lambda: False
    )
    assert answers == [30, 10, 20, 50, 40]
    assert [event.values["done"] for event in heard] == [2, 4, 5]


def test_stopping_leaves_at_the_next_batch() -> None:
    ran: list[list[int]] = []

    def answer(batch: list[int]) -> list[int]:
        ran.append(batch)
        return batch

    with pytest.raises(Stopped):
        over_batches([1] * 6, 2, answer, lambda event: None, lambda: len(ran) == 2)
    assert len(ran) == 2


def test_padding_on_either_side_is_masked() -> None:
    ids, mask = padded([[5, 6], [7]], 9, torch.device("cpu"))
    assert (ids.tolist(), mask.tolist()) == ([[5, 6], [7, 9]], [[1, 1], [1, 0]])
    ids, mask = padded([[5, 6], [7]], 9, torch.device("cpu"), left=True)
    assert (ids.tolist(), mask.tolist()) == ([[5, 6], [9, 7]], [[1, 1], [0, 1]])
