"""Examples are made when asked for, and are the same in whatever way they are reached."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from instruct_ui.data.dataset import Example, Examples

EXAMPLE = st.builds(
    Example,
    row=st.integers(0, 1000),
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    label=st.none() | st.sampled_from("ab"),
    tokens=st.lists(st.sampled_from("xy"), max_size=2).map(tuple),
    tags=st.lists(st.sampled_from(["O", "B-A"]), max_size=2).map(tuple),
    fields=st.dictionaries(st.sampled_from("pq"), st.text("uv", max_size=2), max_size=2),
    gold=st.lists(st.sampled_from("mn"), max_size=2).map(tuple),
    starts=st.lists(st.integers(-1, 9), max_size=2).map(tuple),
)


@settings(deadline=None)
@given(st.lists(EXAMPLE, max_size=12), st.data())
def test_taken_in_any_order(plain: list[Example], data: st.DataObject) -> None:
    rows = Examples.of(plain)
    assert list(rows) == plain and len(rows) == len(plain)
    if not plain:
        return
    at = data.draw(st.lists(st.integers(0, len(plain) - 1), max_size=20))
    assert list(rows.take(at)) == [plain[i] for i in at]
    assert rows.take(at).column("text").to_pylist() == [plain[i].text for i in at]
    assert [rows[i] for i in range(len(plain))] == plain
    assert list(rows[1:4]) == plain[1:4]


@settings(deadline=None)
@given(st.lists(st.lists(EXAMPLE, max_size=5), min_size=1, max_size=4))
def test_joined_parts_stand_one_after_another(parts: list[list[Example]]) -> None:
    joined = Examples.joined([Examples.of(part) for part in parts])
    assert list(joined) == [e for part in parts for e in part]
    assert len(joined.table("f:")) == len(joined)
