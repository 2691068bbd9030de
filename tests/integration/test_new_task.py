"""A task is one file: one that is added to a copy of the package is read, run, judged and shown."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.models

_HOME = Path(__file__).resolve().parents[2]
_TASK = '''
"""Which side a comment takes on a motion."""

from instruct_ui.tasks.task import KINDS, Role, Task, ways, words

TASK = Task(
    "stance",
    (
        Role("comment", "text", words("comment"), title={"en": "Comment", "zh": "评论"}),
        Role("motion", "text", words("motion"), title={"en": "Motion", "zh": "议题"}),
        Role("side", "label", words("side"), gold=True),
    ),
    "accuracy",
    ways=ways("labels", encoder=KINDS, causal=KINDS),
    title={"en": "For or against", "zh": "支持还是反对"},
    telling=True,
)
'''
_TEMPLATE = """
name: stance
task: stance
blocks:
- {kind: instruction, text: "Is the comment {{ labels | join(' or ') }} the motion?"}
- {kind: examples, text: "{{ motion }}\\n{{ comment }}\\nSide: {{ answer }}", shots: 2}
- {kind: input, text: "{{ motion }}\\n{{ comment }}"}
- {kind: answer, text: "Side:"}
label_description: The writer is {{ label }} it.
"""
_RUN = """
import json
import sys
from pathlib import Path

from instruct_ui import cli
from instruct_ui.data.load import load_dataset
from instruct_ui.spec import DataSpec
from instruct_ui.templates import answers, library
from instruct_ui.ui.data_columns import view_columns

home = Path(sys.argv[1])
assert cli.main(["check", str(home / "rows.csv"), "--task", "stance"]) == 0
assert cli.main(["templates", "validate", str(home / "stance.yaml")]) == 0
assert cli.main(["run", str(home / "spec.yaml"), "--out", str(home / "out")]) == 0
report = json.loads((home / "out" / "report.json").read_text())
assert report["task"] == "stance" and report["rows"] == 12, report
assert set(report["intervals"]) >= {"accuracy", "macro_f1"}
assert report["metrics"]["accuracy"] > 0.5, report["metrics"]

dataset = load_dataset(DataSpec(file=home / "rows.csv"), "stance", 0)
template = library.resolve(str(home / "stance.yaml"))
row = dataset.test[0]
found = answers.read_back(template, row, dataset.labels, answers.written(template, row))
assert found.label == row.label

from instruct_ui.settings import settings
from instruct_ui.workbench import Workbench

workbench = Workbench.open(settings())
pid = workbench.create_project("local", "rows", [("rows.csv", home / "rows.csv")])
view = workbench.data("local", pid)
assert view.task == "stance", view.task
html = str(view_columns(view, "en"))
assert "Motion" in html and "Comment" in html
workbench.close()
print("played")
"""


def test_a_task_added_as_one_file_plays_through(
    models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("instruct_ui", "templates_library"):
        shutil.copytree(_HOME / folder, tmp_path / folder)
    (tmp_path / "instruct_ui" / "tasks" / "stance.py").write_text(_TASK, encoding="utf-8")
    (tmp_path / "stance.yaml").write_text(_TEMPLATE, encoding="utf-8")
    good = ("I am all for it, a wonderful idea", "Yes please, we need this badly")
    bad = ("A terrible plan, I am against it", "No, this must be stopped")
    lines = [
        f'"{text}, because of point {i}",motion {i % 5},{side}'
        for i in range(30)
        for side, texts in (("for", good), ("against", bad))
        for text in [texts[i % 2]]
    ]
    (tmp_path / "rows.csv").write_text(
        "\n".join(["comment,motion,side", *lines]) + "\n", encoding="utf-8"
    )
    spec = {
        "task": "stance",
        "data": {"file": "rows.csv", "split": {"train": 0.8, "validation": 0, "test": 0.2}},
        "template": "stance.yaml",
        "model": "minilm",
        "approach": {"kind": "few_shot", "shots_per_label": 8},
    }
    (tmp_path / "spec.yaml").write_text(yaml.safe_dump(spec), encoding="utf-8")
    (tmp_path / "run.py").write_text(_RUN, encoding="utf-8")
    monkeypatch.setenv("INSTRUCT_UI_MODELS", str(models_dir))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = subprocess.run(
        [sys.executable, str(tmp_path / "run.py"), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "played" in done.stdout
