"""Rows a real model writes, as a job and on the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from instruct_ui import cli
from instruct_ui.data.load import load_dataset
from instruct_ui.data.matching import spec_of
from instruct_ui.engine import sampling
from instruct_ui.engine.base import Stopped
from instruct_ui.experiment import run
from instruct_ui.models.catalogue import card
from instruct_ui.preview.client import Preview
from instruct_ui.spec import DataSpec, FewShot, Spec
from instruct_ui.templates.library import starter
from instruct_ui.work.making import make_rows
from instruct_ui.workbench.making_asking import payload_of

pytestmark = pytest.mark.models
THINGS = ("lamp", "chair", "clock", "table", "radio", "phone", "plant", "shelf")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Short texts, so that a model has little to read and to write."""
    path = tmp_path / "short.csv"
    rows = [f"i like the {thing},good\ni hate the {thing},bad\n" for thing in THINGS]
    path.write_text("text,label\n" + "".join(rows))
    return path


def test_the_command_writes_what_passed_and_why_the_rest_did_not(
    models_dir: Path, path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "made" / "rows.jsonl"
    asked = ["make-rows", str(path), "--out", str(out), "--count", "2", "--labels", "good"]
    assert cli.main([*asked, "--seed", "1", "--instruction", "More:"]) == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(rows) == 2 and {row["given"] for row in rows} == {"good"}
    for row in rows:
        assert row["made"] == "SmolLM2 135M Instruct" and row["passed"] == (row["reason"] == "")
        assert row["text"] not in path.read_text() or not row["passed"]
        assert row.get("label") == ("good" if row["passed"] else None)
    good = sum(row["passed"] for row in rows)
    assert f"{good} of 2 passed, seed 1" in capsys.readouterr().out
    assert cli.main(["make-rows", "no such project", "--out", str(out)]) == 2
    assert "no such project" in capsys.readouterr().err


def test_a_run_counts_the_made_rows_it_learnt_from(
    models_dir: Path, preview: Preview, tmp_path: Path
) -> None:
    for name, marked in (("train", 3), ("test", 0)):
        rows = [
            {"text": f"{word} {number}", "label": word, "made": "SmolLM2" * (number < marked)}
            for number in range(3)
            for word in ("good", "bad")
        ]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    spec = Spec(
        task="text_classification",
        data=DataSpec(train=tmp_path / "train.jsonl", test=tmp_path / "test.jsonl"),
        template=starter("text_classification", "en").name,
        model="minilm",
        approach=FewShot(shots_per_label=2),
    )
    outcome = run(
        spec,
        models_dir=models_dir,
        preview=preview,
        listen=lambda event: None,
        stop=lambda: False,
        out=tmp_path / "out",
    )
    assert outcome.report.facts["made_rows"] == 6


def test_the_same_seed_writes_the_same_and_a_stop_keeps_what_is_there(
    models_dir: Path, path: Path, preview: Preview, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, task, _ = spec_of([(path.name, path)])
    payload = payload_of(
        load_dataset(spec, task, 0),
        preview,
        card("smollm2", models_dir),
        count=2,
        labels=["good"],
        seed=5,
        instruction="More:",
    )
    payload["most"] = 3
    monkeypatch.setattr(sampling, "_AT_ONCE", 1)
    events: list[tuple[str, Mapping[str, Any]]] = []

    def listen(kind: str, values: Mapping[str, Any]) -> None:
        events.append((kind, dict(values)))

    def made() -> bool:
        return any(kind == "made" for kind, _ in events)

    first = make_rows(payload, listen, made)["texts"]
    assert len(first) == 1  # of two: it was stopped when the first was there
    assert [values["texts"] for kind, values in events if kind == "made"] == [first]
    assert {"name": "writing"} in [values for kind, values in events if kind == "stage"]
    whole = make_rows(payload, listen, lambda: False)["texts"]
    assert len(whole) == 2 and whole[:1] == first
    with pytest.raises(Stopped):
        make_rows(payload, listen, lambda: True)
