"""The four downloads of the Compare step, written when they are offered."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import gradio as gr

from instruct_ui.errors import InstructError
from instruct_ui.workbench import Workbench

_folder = tempfile.TemporaryDirectory(prefix="instruct-ui-downloads-")


def offered_files(workbench: Workbench, owner: str, run_ids: list[str]) -> list[Any]:
    """Paths for the four downloads; a run whose answers are gone has none of them to give."""
    after = run_ids[-1]
    writers: dict[str, Callable[[], str]] = {
        "runs.csv": lambda: workbench.export_csv(owner, run_ids),
        "runs.json": lambda: workbench.export_json(owner, run_ids),
        "predictions.csv": lambda: workbench.predictions_csv(owner, after),
        "report.json": lambda: workbench.report_json(owner, after),
    }
    made: list[Any] = []
    for name, write in writers.items():
        try:
            made.append(gr.update(value=_file(name, write()), interactive=True))
        except InstructError:
            made.append(gr.update(interactive=False))
    return made


def _file(name: str, text: str) -> str:
    """A file of that name in a folder of its own; the same text gets the same file."""
    folder = Path(_folder.name) / sha256(text.encode()).hexdigest()[:32]
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)
