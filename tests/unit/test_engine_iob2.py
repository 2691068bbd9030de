"""Tags as valid IOB2, and the F1 early stopping goes by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from instruct_ui.engine import iob2

TAG = st.sampled_from(["O", "B-PER", "I-PER", "B-ORG", "I-ORG"])
SENTENCE = st.lists(TAG, min_size=1, max_size=8)


def test_an_inside_tag_that_continues_nothing_begins_an_entity() -> None:
    tags = ["I-PER", "I-PER", "O", "I-ORG", "B-PER", "I-ORG", "I-ORG"]
    assert iob2.valid(tags) == ("B-PER", "I-PER", "O", "B-ORG", "B-PER", "B-ORG", "I-ORG")


@given(SENTENCE)
def test_repaired_tags_are_valid_and_keep_their_types(tags: list[str]) -> None:
    found = iob2.valid(tags)
    assert [tag[2:] for tag in found] == [tag[2:] for tag in tags]
    for before, tag in zip(("O", *found), found, strict=False):
        assert not tag.startswith("I-") or before[2:] == tag[2:]
    assert iob2.valid(found) == found


def test_types_become_one_entity_a_run() -> None:
    types = ["PER", "PER", "O", "ORG", "PER"]
    assert iob2.from_types(types) == ("B-PER", "I-PER", "O", "B-ORG", "B-PER")


@given(st.lists(st.tuples(SENTENCE, st.randoms()), min_size=1, max_size=4))
def test_entity_f1_is_seqevals_strict_one(drawn: list[tuple[list[str], object]]) -> None:
    gold = [list(iob2.valid(tags)) for tags, _ in drawn]
    found = []
    for tags, random in drawn:
        shaken = list(tags)
        random.shuffle(shaken)  # type: ignore[attr-defined]
        found.append(list(iob2.valid(shaken)))
    expected = f1_score(gold, found, mode="strict", scheme=IOB2, zero_division=0)
    assert iob2.entity_f1(gold, found) == pytest.approx(expected)
