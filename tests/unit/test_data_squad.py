"""Questions about passages as SQuAD writes them."""

import json
from pathlib import Path
from typing import Any

import pytest
from data_files import CELL, mutations, read, read_or_refused, refused
from hypothesis import given, settings
from hypothesis import strategies as st

import instruct_ui.data
from instruct_ui.data.roles import guess

SAMPLES = Path(instruct_ui.data.__file__).parent / "samples"
ANSWERS = st.lists(
    st.fixed_dictionaries({"text": CELL, "answer_start": st.integers(0, 900)}), max_size=3
)
ASKED = st.fixed_dictionaries({"question": CELL, "id": CELL, "answers": ANSWERS})
PARAGRAPH = st.fixed_dictionaries({"context": CELL, "qas": st.lists(ASKED, max_size=3)})
ENTRY = st.fixed_dictionaries(
    {"title": CELL, "paragraphs": st.lists(PARAGRAPH, min_size=1, max_size=3)}
)


@settings(deadline=None)
@given(st.lists(ENTRY, min_size=1, max_size=4), st.sampled_from([None, 1]))
def test_one_row_a_question(entries: list[dict[str, Any]], indent: int | None) -> None:
    source = json.dumps({"version": "2", "data": entries}, indent=indent)
    expected = [
        (
            paragraph["context"],
            asked["question"],
            [{"text": a["text"], "start": a["answer_start"]} for a in asked["answers"]],
            asked["id"],
            entry["title"],
        )
        for entry in entries
        for paragraph in entry["paragraphs"]
        for asked in paragraph["qas"]
    ]
    if not expected:
        assert refused(source, "a.json").key == "data_empty"
        return
    table = read(source, "a.json")
    assert table.format == "squad"
    assert table.columns == ("passage", "question", "answers", "id", "title")
    assert [(p, q, json.loads(str(a)), i, t) for p, q, a, i, t in table.page()] == expected


def one(asked: dict[str, Any]) -> dict[str, Any]:
    return {"data": [{"title": "t", "paragraphs": [{"context": "c", "qas": [asked]}]}]}


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_mutated_bytes_are_read_or_refused(data: st.DataObject) -> None:
    asked = {"question": "q", "id": "1", "answers": [{"text": "c", "answer_start": 0}]}
    read_or_refused(data.draw(mutations(json.dumps(one(asked), indent=1).encode())), "a.json")


@pytest.mark.parametrize(
    ("asked", "answers"),
    [
        ({"question": "q", "is_impossible": True, "answers": []}, "[]"),
        ({"question": "q", "is_impossible": True, "plausible_answers": []}, "[]"),
        ({"question": "q", "answers": []}, "[]"),
        ({"question": "q"}, ""),
        ({"question": "q", "id": 3, "answers": [{"text": "c"}]}, '[{"text": "c", "start": -1}]'),
    ],
)
def test_no_answer_and_none_told(asked: dict[str, Any], answers: str) -> None:
    assert read(json.dumps(one(asked)), "a.json").page()[0][2] == answers


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (one({"id": "1"}), "data[0].paragraphs[0].qas[0].question"),
        (one({"question": "q", "answers": {}}), "data[0].paragraphs[0].qas[0].answers"),
        (one({"question": "q", "answers": [1]}), "data[0].paragraphs[0].qas[0].answers[0]"),
        (one({"question": "q", "answers": [{}]}), "data[0].paragraphs[0].qas[0].answers[0].text"),
        (
            one({"question": "q", "answers": [{"text": "c", "answer_start": "0"}]}),
            "data[0].paragraphs[0].qas[0].answers[0].answer_start",
        ),
        ({"data": [{"paragraphs": [{"qas": []}]}]}, "data[0].paragraphs[0].context"),
        ({"data": [{"paragraphs": [{"context": "c"}]}]}, "data[0].paragraphs[0].qas"),
        ({"data": [{"paragraphs": []}, {}]}, "data[1].paragraphs"),
        ({"data": [{"paragraphs": []}, 3]}, "data[1]"),
    ],
)
def test_wrong_shapes_are_refused_with_their_path(value: object, place: str) -> None:
    error = refused(json.dumps(value), "a.json")
    assert (error.key, error.params["place"]) == ("data_squad_shape", place)


def test_told_to_be_squad() -> None:
    error = refused('[{"text": "a"}]', "a.json", format="squad")
    assert (error.key, error.params["place"]) == ("data_squad_shape", ".")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_samples(language: str) -> None:
    source = (SAMPLES / f"questions_{language}.json").read_bytes()
    table = read(source, "questions.json")
    assert len(table) == 90
    assert guess(table).columns["passage"] == "passage"
