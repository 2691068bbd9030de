"""predictions.csv and report.json on disk."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from instruct_ui.data.dataset import Example
from instruct_ui.errors import DataError, StorageFault
from instruct_ui.evaluation import files
from instruct_ui.evaluation.predictions import Answer, Judged, Predictions
from instruct_ui.evaluation.report import make_report

LABELLED = Predictions(
    "text_classification",
    ("good, really", "差"),
    (
        Judged(3, "text, three", "差", Answer(label="差", confidence=0.75)),
        Judged(1, "one", "good, really", Answer(label="差", confidence=1 / 3)),
        Judged(2, "two", None, Answer(label=None, confidence=0.0)),
    ),
)
TAGGED = Predictions(
    "token_classification",
    ("LOC",),
    (
        Judged(
            *(0, '"Köln" ,', None, Answer(tags=("B-LOC", "O"))),
            tokens=('"Köln"', ","),
            gold_tags=("B-LOC", "O"),
        ),
        Judged(2, "a\rb", None, Answer(tags=("O",)), tokens=("a\rb",), gold_tags=("B-LOC",)),
    ),
)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_labels_file_has_the_columns_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "out" / "predictions.csv"
    files.write_predictions(LABELLED, path)
    lines = read(path)
    assert list(lines[0]) == ["row", "gold", "predicted", "confidence", "correct"]
    assert [line["row"] for line in lines] == ["3", "1", "2"]
    assert [line["correct"] for line in lines] == ["true", "false", ""]
    assert lines[1]["confidence"] == "0.333333"


def test_tags_file_has_one_line_a_token(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    files.write_predictions(TAGGED, path)
    assert list(read(path)[0].values()) == ["0", "0", '"Köln"', "B-LOC", "B-LOC"]
    assert [line["position"] for line in read(path)] == ["0", "1", "0"]


def test_labels_come_back(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    files.write_predictions(LABELLED, path)
    examples = [Example(row=r.row, text=r.text) for r in LABELLED.rows]
    back = files.read_predictions(path, "text_classification", LABELLED.labels, examples)
    assert back.labels == LABELLED.labels
    for old, new in zip(LABELLED.rows, back.rows, strict=True):
        assert (old.row, old.text, old.gold, old.correct) == (
            *(new.row, new.text, new.gold, new.correct),
        )
        assert new.answer.label == old.answer.label
        assert new.answer.confidence == pytest.approx(old.answer.confidence, abs=1e-6)


def test_tags_come_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    files.write_predictions(TAGGED, path)
    assert files.read_predictions(path, "token_classification", ("LOC",)) == TAGGED


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "expected row, gold"),
        ("row,text\n1,x\n", "the columns are row, text"),
        ("row,gold,predicted,confidence,correct\n1,a\n", "record 2"),
        ("row,gold,predicted,confidence,correct\none,a,a,0.5,true\n", "one"),
    ],
)
def test_other_files_are_refused_by_name_and_place(tmp_path: Path, text: str, part: str) -> None:
    path = tmp_path / "predictions.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=part) as raised:
        files.read_predictions(path, "text_classification", ("a",))
    assert str(path) in str(raised.value) and str(path) in raised.value.message("zh")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        files.read_report(tmp_path / "report.json")


def test_report_comes_back(tmp_path: Path) -> None:
    report = make_report(
        LABELLED,
        model="minilm",
        approach={"kind": "zero_shot", "shots": None},
        seconds={"load": 1.0, "train": 0.0, "predict": 0.5},
        tokens_per_second=100.0,
        data_sha256="ab",
        versions={},
        seed=0,
        facts={},
    )
    path = tmp_path / "report.json"
    files.write_report(report, path)
    assert files.read_report(path) == report
    assert "差" in path.read_text(encoding="utf-8")


def test_a_refused_write_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "predictions.csv"
    path.write_text("old", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(StorageFault, match="No space left"):
        files.write_predictions(TAGGED, path)
    assert path.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["predictions.csv"]
