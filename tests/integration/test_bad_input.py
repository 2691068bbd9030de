"""What people bring by mistake, at the command line: one message that helps, and nothing left."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from instruct_ui import cli
from instruct_ui.data.samples import sample_named

pytestmark = pytest.mark.models

Refused = Callable[..., str]
_SAMPLE = sample_named("support_intents")


def spec_file(folder: Path, **changes: Any) -> Path:
    """A spec that runs as it stands, with `changes` at its top."""
    plain = {
        "task": "text_classification",
        "data": _SAMPLE.data().model_dump(mode="json", exclude_none=True),
        "template": "intent",
        "model": "minilm",
        "approach": {"kind": "zero_shot"},
        "limit": {"test": 12},
    }
    path = folder / "spec.yaml"
    path.write_text(yaml.safe_dump(plain | changes), encoding="utf-8")
    return path


def data_file(folder: Path, name: str, content: str | bytes) -> dict[str, Any]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return {"data": {"file": str(path)}}


def template(text: str) -> dict[str, Any]:
    """`text` stands in the second block."""
    blocks = [
        {"kind": "instruction", "text": "Say what it is."},
        {"kind": "input", "text": text},
        {"kind": "answer", "text": "It is:"},
    ]
    return {"template": {"name": "mine", "task": "text_classification", "blocks": blocks}}


@pytest.fixture
def refused(tmp_path: Path, models_dir: Path, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Runs a spec that must be refused, and gives the one line that says why."""

    def run(spec: Path) -> str:
        out = tmp_path / "out"
        assert cli.main(["run", str(spec), "--out", str(out)]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        message, *more = told.err.splitlines()
        assert more == [], "one message, and no traceback"
        left = [p for p in out.rglob("*") if p.is_file()] if out.is_dir() else []
        assert left == [], "nothing that looks like a run"
        return message

    return run


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("empty.csv", "", ["at least one row"]),
        ("header.csv", "text,label\n", ["only a header", "text, label", "Add rows"]),
        ("photo.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, ["binary", "xlsx"]),
        (
            "same.csv",
            "text,label\n" + "".join(f"text {i},same\n" for i in range(40)),
            ["column label", "every row has the label same", "two different"],
        ),
        (
            "ids.csv",
            "text,label\n" + "".join(f"text {i},id{i}\n" for i in range(5000)),
            ["column label", "5000 different values", "another column"],
        ),
        ("ragged.csv", "text,label\na,b\nc,d,e\n", ["line 3", "3 fields", "double quotes"]),
    ],
)
def test_a_file_that_cannot_serve_is_named_with_the_place_and_the_way_out(
    refused: Refused, tmp_path: Path, name: str, content: str | bytes, parts: list[str]
) -> None:
    message = refused(spec_file(tmp_path, **data_file(tmp_path, name, content)))
    for part in (name, *parts):
        assert part in message


def test_a_file_that_is_not_there_is_named(refused: Refused, tmp_path: Path) -> None:
    message = refused(spec_file(tmp_path, data={"file": "nowhere.csv"}))
    assert "nowhere.csv" in message and "Check the path" in message


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("{{ mesage }}", ["mesage", "Fields you can use", "text"]),
        ("{{ text", ["line 1", "Close every {{"]),
        ("{% if text %}{{ text }}", ["Close every {{ with }} and every {% with %}"]),
        ("{{ ().__class__ }}", ["not allowed", "fields of the data only"]),
        ("{{ 'a' * 10**9 }}", ["too much", "shorter"]),
    ],
)
def test_a_template_that_cannot_serve_is_told_by_its_block(
    refused: Refused, tmp_path: Path, text: str, parts: list[str]
) -> None:
    message = refused(spec_file(tmp_path, **template(text)))
    for part in ("Block 2 (input)", *parts):
        assert part in message


def test_an_unknown_model_is_answered_with_the_known_ones(refused: Refused, tmp_path: Path) -> None:
    message = refused(spec_file(tmp_path, model="minilmm"))
    for part in ("minilmm", "minilm,", "smollm2", "config.json"):
        assert part in message


def test_a_folder_with_pickled_weights_alone_is_not_opened(
    refused: Refused, tmp_path: Path
) -> None:
    folder = tmp_path / "pickled"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "bert", "architectures": ["BertModel"]}')
    (folder / "tokenizer.json").write_text("{}")
    # Whoever unpickles this makes a file.
    (folder / "pytorch_model.bin").write_bytes(f"cos\nmkdir\n(V{folder}/hit\ntR.".encode())
    message = refused(spec_file(tmp_path, model=str(folder)))
    for part in (str(folder), "pytorch_model.bin", "safetensors"):
        assert part in message
    assert not (folder / "hit").exists()


def test_all_mistakes_of_a_spec_are_told_at_once(refused: Refused, tmp_path: Path) -> None:
    message = refused(spec_file(tmp_path, approach={"kind": "fine_tune", "epoch": 3}, sed=1))
    for part in ("spec.yaml", "epoch", "sed", "docs/spec.md"):
        assert part in message


def test_yaml_that_is_none_is_told_by_its_line(refused: Refused, tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text("task: text_classification\ndata: {file: a.csv\nmodel: minilm\n")
    message = refused(spec)
    assert "spec.yaml" in message and "line 3" in message


def test_a_place_that_takes_no_results_is_named(
    tmp_path: Path, models_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine")
    assert cli.main(["run", str(spec_file(tmp_path)), "--out", str(taken)]) == 2
    message, *more = capsys.readouterr().err.splitlines()
    assert more == []
    assert str(taken) in message and "another folder" in message
    assert taken.read_text() == "mine"


def test_texts_longer_than_the_window_are_answered(
    tmp_path: Path, models_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "long.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("text", "label"))
        for row in range(20):
            kind = ("refund", "delivery")[row % 2]
            writer.writerow((f"{kind} number {row} " + "and so on " * 2000, kind))
    spec = spec_file(tmp_path, data={"file": str(path)}, limit={"test": 2})
    out = tmp_path / "out"
    assert cli.main(["run", str(spec), "--out", str(out)]) == 0
    assert "Traceback" not in capsys.readouterr().err
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["rows"] == 2
