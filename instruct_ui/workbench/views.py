"""What the workbench shows: frozen values for a page, a command or a test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from instruct_ui.data.checks import Finding
from instruct_ui.data.overview import Overview
from instruct_ui.data.report import DataReport, FileReport
from instruct_ui.errors import InstructError
from instruct_ui.evaluation.report import Report
from instruct_ui.models.card import ModelCard
from instruct_ui.spec import DataSpec, FewShot, Spec
from instruct_ui.tasks import TaskName
from instruct_ui.templates import library
from instruct_ui.texts import Language, say


@dataclass(frozen=True)
class ProjectView:
    id: str
    name: str
    task: TaskName
    language: str
    rows: int
    labels: int
    version: int
    """Number of the kept template version that stands in the editor, or was changed there; 0: none
    is kept yet."""
    edited: bool
    """The template is like no kept version."""
    runs: int
    updated: datetime
    wrong: int = 0
    """Findings of the data checks that lead to wrong conclusions."""


@dataclass(frozen=True)
class DataView:
    files: dict[str, str]
    """`file`, or `train`, `validation`, `test` -> the name the file was brought under."""
    paths: dict[str, Path]
    kept: dict[str, str]
    """Name a file is kept under -> the one it was brought under."""
    spec: DataSpec
    task: TaskName
    shares: tuple[float, float, float] | None
    """None where the splits came as files."""
    seed: int
    version: int
    """Number of the one in use."""
    report: DataReport | None
    """None while the data is read, and where it cannot be."""
    error: InstructError | None
    """Why nothing can be run on the data."""

    @property
    def first(self) -> FileReport | None:
        """The file whose columns are shown."""
        return None if self.report is None else next(iter(self.report.files.values()))

    @property
    def overview(self) -> Overview | None:
        return None if self.report is None else self.report.overview

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Of the quick checks, then of the slow ones."""
        if self.report is None:
            return ()
        return (*self.report.findings, *(self.report.deeper or ()))

    @property
    def splits(self) -> dict[str, int]:
        return {} if self.overview is None else dict(self.overview.splits)

    @property
    def is_playable(self) -> bool:
        """Whether there are templates for its task, so that the other steps can be gone."""
        return library.has_starter(self.task)

    @property
    def is_read(self) -> bool:
        return self.report is not None or self.error is not None


@dataclass(frozen=True, slots=True)
class PreviewSegment:
    kind: str
    number: int
    text: str
    tokens: int
    read: bool
    why: str
    picked: tuple[str, dict[str, Any]] | None = None
    """An example: why it was picked, as a text key and its parameters."""


@dataclass(frozen=True)
class PreviewView:
    row: int
    rows: int
    segments: tuple[PreviewSegment, ...] = ()
    tokens: int = 0
    window: int = 0
    gold: str = ""
    warnings: tuple[tuple[str, dict[str, Any]], ...] = ()
    error: InstructError | None = None


@dataclass(frozen=True)
class ModelView:
    card: ModelCard
    present: bool


@dataclass(frozen=True)
class RunView:
    id: str
    report: Report
    mark: int
    """Sign and colour of the run, the same wherever it appears."""
    spec: Spec
    created: datetime
    template_version: int | None
    tuned: bool


def run_title(run: RunView, language: Language) -> str:
    """How a run is called: approach, shots, model, template version."""
    approach = run.spec.approach
    if isinstance(approach, FewShot):
        if approach.shots_per_label:
            name = say("runs.few_shot_per_label", language, shots=approach.shots_per_label)
        else:
            name = say("runs.few_shot", language, shots=run.report.facts.get("shots", 0))
        if approach.method != "auto":
            name += say(f"runs.{approach.method}", language)
    else:
        name = say(f"runs.{approach.kind}", language)
    model = run.spec.model.rsplit("/", 1)[-1]
    number = run.template_version
    version = f" · {say('runs.version', language, number=number)}" if number else ""
    return f"{name} · {model}{version}"
