"""Groups stay together, time goes forward, folds cover everything once."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruct_ui.data.dataset import Example, Examples
from instruct_ui.data.split import split
from instruct_ui.errors import DataError
from instruct_ui.spec import SplitShares


def rows(groups: list[str], labels: str = "ab") -> Examples:
    return Examples.of(
        Example(i, f"text {i}", label=labels[i % len(labels)], fields={"group": g, "when": g})
        for i, g in enumerate(groups)
    )


@settings(deadline=None)
@given(st.lists(st.sampled_from([*"abcdefghijkl", ""]), min_size=1, max_size=80), st.integers(0, 5))
def test_no_group_is_in_two_parts(groups: list[str], seed: int) -> None:
    shares = SplitShares(train=0.5, validation=0.2, test=0.3, by="group", column="group")
    parts = split(rows(groups), shares, seed)
    seen = [{e.fields["group"] for e in part} - {""} for part in parts]
    assert not seen[0] & seen[1] and not seen[0] & seen[2] and not seen[1] & seen[2]
    assert sum(map(len, parts)) == len(groups)


def test_groups_keep_shares_and_labels_where_they_can() -> None:
    groups = [f"g{i // 4}" for i in range(400)]
    shares = SplitShares(train=0.6, validation=0.1, test=0.3, by="group", column="group")
    parts = split(rows(groups), shares, 0)
    assert [len(part) for part in parts] == [240, 40, 120]
    assert Counter(e.label for e in parts[2]) == {"a": 60, "b": 60}
    again = split(rows(groups), shares, 0)
    assert [e.row for e in again[2]] == [e.row for e in parts[2]]
    assert [e.row for e in split(rows(groups), shares, 1)[2]] != [e.row for e in parts[2]]


def test_the_earliest_are_trained_on_and_one_moment_is_not_torn() -> None:
    days = [f"2026-01-{1 + i % 10:02}" for i in range(40)]
    shares = SplitShares(train=0.5, validation=0.2, test=0.3, by="time", column="when")
    train, validation, test = split(rows(days), shares, 0)
    assert max(e.fields["when"] for e in train) < min(e.fields["when"] for e in validation)
    assert max(e.fields["when"] for e in validation) < min(e.fields["when"] for e in test)
    assert [len(part) for part in (train, validation, test)] == [20, 8, 12]


@pytest.mark.parametrize(
    "days", [["3", "20", "100", "1"], ["1.2.2026", "13.2.2026"], ["2025", "2026年3月1日", ""]]
)
def test_times_are_numbers_or_dates_of_many_kinds(days: list[str]) -> None:
    shares = SplitShares(train=0.5, validation=0, test=0.5, by="time", column="when")
    train, _, test = split(rows(days), shares, 0)
    assert len(train) + len(test) == sum(bool(day) for day in days)


def test_what_cannot_be_split_by_is_refused_with_its_place() -> None:
    shares = SplitShares(by="time", column="when")
    with pytest.raises(DataError, match="soon"):
        split(rows(["soon", "later"]), shares, 0)
    with pytest.raises(DataError, match="group, when"):
        split(rows(["a"]), SplitShares(by="group", column="channel"), 0)


@pytest.mark.parametrize("by", ["label", "group"])
def test_every_row_is_tested_in_exactly_one_fold(by: str) -> None:
    everything = rows([f"g{i // 2}" for i in range(60)])
    tested: list[int] = []
    for fold in range(5):
        shares = SplitShares(by=by, column="group", folds=5, fold=fold)  # type: ignore[arg-type]
        train, validation, test = split(everything, shares, 3)
        assert len(train) + len(validation) + len(test) == 60 and len(test) == 12
        tested += [e.row for e in test]
    assert sorted(tested) == list(range(60))


@pytest.mark.parametrize(
    "wrong",
    [
        {"by": "group"},
        {"folds": 3, "fold": 3},
        {"by": "time", "column": "when", "folds": 3},
        {"train": 0.9, "test": 0.3},
    ],
)
def test_a_split_that_is_none_is_no_spec(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        SplitShares.model_validate(wrong)
