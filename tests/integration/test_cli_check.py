"""`instruct-ui check` as a person calls it: what it prints and how it ends."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from instruct_ui import cli

GOOD = "text,label\n" + "".join(
    f"{text} {i},{label}\n" for i in range(20) for text, label in (("hi", "a"), ("bye", "b"))
)

FEW = "".join(GOOD.splitlines(keepends=True)[:7])


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(["check", *arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    code, out, _ = checked(capsys, "--json", *arguments)
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    return found


def write(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def test_one_object_with_all_that_was_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = as_json(capsys, write(tmp_path, "a.csv", GOOD + "hi 3,a\n,b\nno label,\n"))
    findings = {finding["key"]: finding for finding in report.pop("findings")}
    assert report == {
        "file": "a.csv",
        "task": "text_classification",
        "format": "csv",
        "encoding": "utf-8",
        "separator": ",",
        "header": True,
        "columns": {"text": "text", "label": "label"},
        "rows": 41,
        "skipped": 2,
        "labels": {"a": 21, "b": 20},
    }
    assert findings["skipped_no_text"]["rows"][0]["line"] == 43
    repeated = findings.get("duplicates_exact") or findings["leaks_exact"]
    assert repeated["count"] == 1 and repeated["repair"]["alike"] == "exact"


def test_one_label_alone_is_usable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = as_json(capsys, write(tmp_path, "a.csv", "text,label\nhi,a\nho,a\nhey,a\n"))
    assert "one_label" in {finding["key"] for finding in report["findings"]}
    assert report["labels"] == {"a": 3}


def test_the_task_can_be_told_and_several_files_are_matched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train, test = write(tmp_path, "train.csv", GOOD), write(tmp_path, "test.csv", FEW)
    report = as_json(capsys, test, train, "--task", "text_classification")
    assert report["file"] == ["train.csv", "test.csv"]
    assert "leaks_exact" in {finding["key"] for finding in report["findings"]}
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as packed:
        packed.write(train, "train.csv")
        packed.write(test, "test.csv")
    assert as_json(capsys, str(tmp_path / "both.zip"))["rows"] == report["rows"]


def test_lines_for_a_person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = checked(capsys, write(tmp_path, "a.csv", GOOD.replace("hi 3,a", "hi 3,A")))
    assert code == 0
    assert "labels that differ only in case" in out and "text = text" in out


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("empty.csv", "", "empty.csv"),
        ("blank.csv", " \n\n", "blank.csv"),
        ("header.csv", "text,label\n", "header"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(100), "binary"),
        ("ragged.csv", "text,label\na,b\nc,d,e\n", "3"),
        ("none.csv", "text,label\n,a\n,b\n", "none.csv"),
    ],
)
def test_what_cannot_be_used_ends_with_two_and_one_message(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: str | bytes,
    part: str,
) -> None:
    code, out, err = checked(capsys, write(tmp_path, name, content))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert name in err and part in err


def test_a_file_or_task_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = checked(capsys, str(tmp_path / "no.csv"))
    assert code == 2 and "no.csv" in err
    code, _, err = checked(capsys, write(tmp_path, "a.csv", GOOD), "--task", "guessing")
    assert code == 2 and "text_classification" in err
