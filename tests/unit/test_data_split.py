"""Splits are stratified, and the same on any machine."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruct_ui.data.dataset import Example, Examples
from instruct_ui.data.split import hold_out, sample, split
from instruct_ui.spec import SplitShares


def rows(labels: str) -> Examples:
    return Examples.of(Example(i, f"text {i}", label=label) for i, label in enumerate(labels))


def test_these_rows_on_any_machine() -> None:
    train, validation, test = split(rows("ab" * 10), SplitShares(), 7)
    assert [e.row for e in validation] == [4, 15]
    assert [e.row for e in test] == [10, 11]
    assert len(train) == 16
    assert [e.row for e in sample(rows("a" * 20), 4, 7)] == [3, 4, 5, 9]


def test_another_seed_is_another_split() -> None:
    one, other = (split(rows("ab" * 20), SplitShares(), seed)[0] for seed in (1, 2))
    assert kept_rows(one) != kept_rows(other)


@given(
    st.lists(st.sampled_from("abcdefgh"), max_size=60),
    st.sampled_from([(0.8, 0.1, 0.1), (0.5, 0, 0.5), (0.2, 0.2, 0.2), (0.1, 0.1, 0.8), (0, 0, 1)]),
    st.integers(0, 5),
)
def test_every_row_once_in_file_order_and_labels_in_train(
    labels: list[str], shares: tuple[float, float, float], seed: int
) -> None:
    examples = rows("".join(labels))
    given_shares = SplitShares(train=shares[0], validation=shares[1], test=shares[2])
    parts = split(examples, given_shares, seed)
    placed = [e.row for part in parts for e in part]
    assert len(placed) == len(set(placed))
    assert len(placed) == len(examples) or sum(shares) < 1
    assert all(list(part) == sorted(part, key=lambda e: e.row) for part in parts)
    if shares[0]:
        in_train = {e.label for e in parts[0]}
        assert {label for label, n in Counter(labels).items() if n > 1} <= in_train


def test_shares_hold_over_all_and_within_a_label() -> None:
    parts = split(rows("a" * 70 + "b" * 30), SplitShares(), 3)
    assert [len(part) for part in parts] == [80, 10, 10]
    assert Counter(e.label for e in parts[2]) == {"a": 7, "b": 3}


@pytest.mark.parametrize("count", [2, 5, 100])
def test_hold_out_leaves_at_least_one_on_both_sides(count: int) -> None:
    kept, held = hold_out(rows("ab" * (count // 2) + "a" * (count % 2)), 0.1, 0)
    assert len(held) == max(1, round(count * 0.1))
    assert len(kept) + len(held) == count and not set(kept_rows(kept)) & set(kept_rows(held))


def kept_rows(part: Examples) -> list[int]:
    return [e.row for e in part]


def test_sentences_are_stratified_by_their_rarest_type() -> None:
    common, rare = ("B-A", "O"), ("B-A", "B-B")
    examples = [
        Example(i, "x y", tokens=("x", "y"), tags=rare if i % 10 == 0 else common)
        for i in range(100)
    ]
    test = split(Examples.of(examples), SplitShares(train=0.5, validation=0, test=0.5), 0)[2]
    assert sum(e.tags == rare for e in test) == 5


def test_sample_grows_and_keeps_the_order() -> None:
    few, more = sample(rows("a" * 50), 10, 1), sample(rows("a" * 50), 20, 1)
    assert set(kept_rows(few)) < set(kept_rows(more))
    assert kept_rows(more) == sorted(kept_rows(more))
    assert len(sample(rows("aaa"), None, 0)) == len(sample(rows("aaa"), 9, 0)) == 3
