"""Cells with more than a text in them are read in every way people write them, or refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruct_ui.data.cells import (
    Answer,
    answers_of,
    choices_of,
    found_at,
    is_marked,
    labels_of,
    marked,
    triples_of,
    turns_of,
)

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("cell", "labels"),
    [
        ('["a", "b"]', ["a", "b"]),
        ("a; b;a", ["a", "b"]),
        ("基金、保险", ["基金", "保险"]),
        ("one", ["one"]),
        ("", []),
        ("[1, 2]", ["1", "2"]),
    ],
)
def test_labels(cell: str, labels: list[str]) -> None:
    assert labels_of(cell) == labels


@pytest.mark.parametrize(
    ("cell", "start", "answers"),
    [
        ('[{"text": "Rome", "answer_start": 3}]', "", [Answer("Rome", 3)]),
        ('{"text": ["a", "b"], "answer_start": [0, 5]}', "", [Answer("a", 0), Answer("b", 5)]),
        ('{"text": "a", "answer_start": 4}', "", [Answer("a", 4)]),
        ('["a", "b"]', "[1, 2]", [Answer("a", 1), Answer("b", 2)]),
        ("in Rome", "7", [Answer("in Rome", 7)]),
        ("in Rome", "", [Answer("in Rome", -1)]),
        ("[]", "", []),
        ("", "", []),
    ],
)
def test_answers(cell: str, start: str, answers: list[Answer]) -> None:
    assert answers_of(cell, start) == answers


@pytest.mark.parametrize(
    "cell",
    ["[1]", '[{"start": 3}]', '{"text": [1]}', '{"text": ["a"], "answer_start": [1, 2]}', "["],
)
def test_answers_that_are_none_are_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        answers_of(cell)


def test_turns_of_every_shape() -> None:
    plain = turns_of("Hello\n\nHi there\n")
    assert [t.text for t in plain] == ["Hello", "Hi there"]
    told = turns_of('[{"role": "user", "content": "Hi"}, {"from": "bot", "value": "Yes?"}]')
    assert list(map(str, told)) == ["user: Hi", "bot: Yes?"]
    assert turns_of('["a", "b"]')[1].speaker == ""
    for broken in ('[{"role": "user"}]', "[3]", '{"a": 1}'):
        with pytest.raises(ValueError, match="turn"):
            turns_of(broken)


def test_triples_of_every_shape() -> None:
    assert triples_of('[["A", "owns", "B"]]') == ["A | owns | B"]
    assert triples_of('[{"subject": "A", "predicate": "owns", "object": "B"}]') == ["A | owns | B"]
    with pytest.raises(ValueError, match="three"):
        triples_of('[["A", "owns"]]')


def test_entities_are_marked_by_text_by_place_and_left_where_they_are() -> None:
    assert marked("A owns B", "A", "B") == "<e1>A</e1> owns <e2>B</e2>"
    assert marked("A owns B", "[7, 8]", "0:1") == "<e2>A</e2> owns <e1>B</e1>"
    assert marked("<head>A</head> owns <tail>B</tail>") == "<e1>A</e1> owns <e2>B</e2>"
    assert marked("A owns B", "A", "C") == "A owns B"
    assert marked("Paris Hilton", "Paris", "Paris Hilton") == "Paris Hilton", "they overlap"
    assert is_marked("<e1>A</e1> <e2>B</e2>") and not is_marked("<e1>A</e1> <e2>B")


@given(st.lists(TEXT, min_size=3, max_size=6), st.integers(0, 5))
def test_an_answer_is_found_at_the_nearest_place(words: list[str], at: int) -> None:
    passage = " ".join(words)
    answer = words[at % len(words)]
    place = found_at(passage, answer, -1)
    assert passage.startswith(answer, place) and place == passage.index(answer)
    moved = found_at(passage, answer, place + 1)
    assert passage.startswith(answer, moved)
    assert found_at(passage, "\x00", 0) == -1


@given(st.text(max_size=40))
def test_any_cell_is_read_or_refused(cell: str) -> None:
    for read in (labels_of, answers_of, turns_of, triples_of):
        try:
            read(cell)  # type: ignore[operator]
        except ValueError as error:
            assert str(error)


def test_deep_nesting_is_refused() -> None:
    deep = "[" * 100_000
    with pytest.raises(ValueError, match="JSON"):
        turns_of(deep)
    assert json.loads("[]") == []


@pytest.mark.parametrize(
    ("cell", "choices"),
    [
        ('["a, b", " c\\nd ", "c d", ""]', ["a, b", "c d"]),
        ('{"label": ["A", "B"], "text": ["stay", "go"]}', ["stay", "go"]),
        ("one, two\nthree", ["one, two", "three"]),
        ("", []),
    ],
)
def test_choices_are_texts_of_one_line_each(cell: str, choices: list[str]) -> None:
    assert choices_of(cell) == choices


@pytest.mark.parametrize("cell", ["[1, 2]", '{"label": ["A"]}', "["])
def test_choices_that_are_no_texts_are_refused(cell: str) -> None:
    with pytest.raises(ValueError):
        choices_of(cell)
