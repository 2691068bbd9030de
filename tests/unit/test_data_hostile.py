"""Files that `benchmarks/fuzz_files.py` found to end the reading, or to keep it for minutes."""

import json
from pathlib import Path

import pytest
from data_files import read, refused

from instruct_ui.data import table
from instruct_ui.data.cells import answers_of, labels_of
from instruct_ui.data.load import load_dataset
from instruct_ui.data.roles import guess_task
from instruct_ui.spec import DataSpec


def test_open_quote_below_a_ragged_row() -> None:
    rows = "text,label\n" + "good,1\n" * 30_000
    error = refused(f'{rows}well, well,1\n{rows}"open,1\n', "a.csv")
    assert (error.key, error.params["line"]) == ("data_ragged", 30_002)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "a," * 30),
        ("a.csv", "text,label\n" + "a," * 30 + "\n"),
        ("a.jsonl", "\n".join(json.dumps({str(n): n}) for n in range(30))),
        ("a.json", json.dumps([{str(n): n} for n in range(30)])),
        ("a.conll", "B-PER " * 30 + "\n\n"),
    ],
)
def test_more_columns_than_a_table_has(
    name: str, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "MAX_COLUMNS", 20)
    assert refused(content, name).key in ("data_too_many_columns", "data_ragged")


@pytest.mark.parametrize("start", [10**30, 1e300, float("inf"), float("nan"), "9" * 5000, [1]])
def test_places_that_are_in_no_text(start: object) -> None:
    with pytest.raises(ValueError):
        answers_of(json.dumps([{"text": "a", "answer_start": start}]))


def test_place_too_large_for_a_column(tmp_path: Path) -> None:
    answers = [{"text": "Berlin", "answer_start": 10**20}]
    rows = [{"passage": "In Berlin.", "question": "Where?", "answers": answers}] * 2
    whole = [dict(row, answers=[{"text": "Berlin", "answer_start": 3}]) for row in rows * 8]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, rows + whole)))
    dataset = load_dataset(DataSpec(file=path), "question_answering", seed=0)
    assert [(s.reason, s.lines) for s in dataset.skipped] == [("bad_cell", (1, 2))]


def test_half_a_surrogate_pair_in_a_cell() -> None:
    with pytest.raises(ValueError):
        labels_of(r'["\ud800"]')


def test_marks_that_are_never_closed_take_no_time() -> None:
    assert guess_task(read("text,label\n" + "<e1>" * 100_000 + ",a\nb,b\n", "a.csv")) == (
        "text_classification"
    )


def test_names_of_digits_without_end_take_no_time() -> None:
    assert guess_task(read("9" * 200_000 + "x,label\n" + "a,b\nc,d\n" * 4, "a.csv")) == (
        "text_classification"
    )


def test_lines_without_anything_take_little_time() -> None:
    found = read("text,label\ngood,1\n" + "\n" * 300_000 + "bad,0\n", "a.csv")
    assert len(found) == 2 and len(found.skipped[0].lines) == 300_000
