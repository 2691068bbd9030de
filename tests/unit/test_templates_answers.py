"""Gold written as an answer and read back is the gold, for every task; nothing is guessed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruct_ui.data.dataset import Example
from instruct_ui.tasks import REGISTRY, TASKS
from instruct_ui.templates.answers import ReadAnswer, read_back, written
from instruct_ui.templates.template import Template, parse

LABELS = ("LOC", "PER", "very_good", "负面")
WORDS = {"LOC": "place", "PER": "person"}
NAMES = st.text(alphabet="abcXYZ北川 -'0", min_size=1, max_size=12).filter(
    lambda text: text.strip(" -'") == text and "  " not in text and text.casefold() != "none"
)
SENTENCE = Example(
    0,
    "Maria Keller left Lisbon for Lisbon Street",
    tokens=("Maria", "Keller", "left", "Lisbon", "for", "Lisbon", "Street"),
    tags=("B-PER", "I-PER", "O", "B-LOC", "O", "O", "O"),
)


def template(task: str, language: str = "en") -> Template:
    plain = [{"kind": "input", "text": "{{ text }}"}]
    return parse(
        {"name": "t", "task": task, "language": language, "blocks": plain, "label_words": WORDS},
        "t",
    )


@st.composite
def golds(draw: st.DrawFn, task: str) -> Example:
    """A row of `task` with any gold it can have."""
    match REGISTRY[task].gold.shape:
        case "label":
            return Example(0, "x", label=draw(st.sampled_from(LABELS)))
        case "labels":
            some = draw(st.lists(st.sampled_from(LABELS), unique=True))
            return Example(0, "x", gold=tuple(some))
        case "tags":
            kinds = draw(st.lists(st.sampled_from(["O", "LOC", "PER"]), min_size=1, max_size=9))
            # Words of their own: where a name stands twice, which one is meant is not in its text.
            tokens = tuple(f"w{i}" for i in range(len(kinds)))
            tags = tuple(k if k == "O" else f"B-{k}" for k in kinds)
            return Example(0, " ".join(tokens), tokens=tokens, tags=tags)
        case "triples":
            triples = draw(st.lists(st.tuples(NAMES, NAMES, NAMES), unique=True, max_size=4))
            return Example(0, "x", gold=tuple(" | ".join(t) for t in triples))
        case _:
            empty = REGISTRY[task].gold.shape == "answers" and draw(st.booleans())
            return Example(0, "x", gold=() if empty else (draw(NAMES),))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("task", TASKS)
@given(data=st.data())
def test_an_answer_written_and_read_back_is_the_gold(
    task: str, language: str, data: st.DataObject
) -> None:
    example = data.draw(golds(task))
    asked = template(task, language)
    found = read_back(asked, example, LABELS, written(asked, example))
    assert found.readable
    assert (found.label, found.tags) == (example.label, example.tags)
    if REGISTRY[task].writes_text:
        assert found.text == (example.gold[0] if example.gold else "")
    else:
        assert set(found.parts) == set(example.gold)


def test_entities_are_written_as_a_person_writes_them() -> None:
    asked = template("token_classification")
    assert written(asked, SENTENCE) == "Maria Keller (person), Lisbon (place)"
    row = Example(0, "北川去", tokens=("北", "川", "去"), tags=("B-LOC", "I-LOC", "O"))
    assert written(template("token_classification", "zh"), row) == "北川 (place)"
    nothing = replace(row, tags=("O", "O", "O"))
    assert written(template("token_classification", "zh"), nothing) == "无"


@pytest.mark.parametrize(
    ("task", "text"),
    [
        ("text_classification", "place or person"),
        ("text_classification", ""),
        ("multi_label", "place, something else"),
        ("multi_label", ""),
        ("token_classification", "Maria Keller (robot)"),
        ("token_classification", "Hamburg (place)"),
        ("token_classification", "Maria Keller is a person"),
        ("token_classification", "Maria Keller (person) and so on"),
        ("relation_triples", "Keller works for Siemens"),
        ("relation_triples", "(Keller | Siemens)"),
        ("question_answering", "  "),
        ("summarization", ""),
    ],
)
def test_what_is_no_answer_is_said_to_be_none(task: str, text: str) -> None:
    assert read_back(template(task), SENTENCE, LABELS, text) == ReadAnswer(False)


@pytest.mark.parametrize(
    ("task", "text", "expected"),
    [
        ("text_classification", "Very good.", {"label": "very_good"}),
        ("text_classification", "'PLACE'\nbecause it is one", {"label": "LOC"}),
        ("multi_label", "person; 负面、place", {"parts": ("PER", "负面", "LOC")}),
        ("multi_label", "None.", {"parts": ()}),
        ("relation_triples", "(A | owns | B);(A|owns|B)", {"parts": ("A | owns | B",)}),
        ("question_answering", "None", {"text": ""}),
        ("question_answering", "in London\n", {"text": "in London"}),
    ],
)
def test_answers_in_the_ways_models_write_them(
    task: str, text: str, expected: dict[str, object]
) -> None:
    found = read_back(template(task), SENTENCE, LABELS, text)
    assert found.readable
    assert {name: getattr(found, name) for name in expected} == expected


def test_a_name_that_stands_twice_is_the_next_one() -> None:
    asked = template("token_classification")
    found = read_back(asked, SENTENCE, LABELS, "Lisbon (place), Lisbon Street (place)")
    assert found.tags == ("O", "O", "O", "B-LOC", "O", "B-LOC", "I-LOC")


def test_a_word_that_stands_for_two_labels_says_neither() -> None:
    asked = template("text_classification").model_copy(
        update={"label_words": {"LOC": "same", "PER": "same"}}
    )
    assert not read_back(asked, SENTENCE, LABELS, "same").readable
    assert read_back(asked, SENTENCE, LABELS, "LOC").label == "LOC"
