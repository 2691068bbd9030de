"""What the workbench shows: frozen values for a page, a command or a test."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from instruct_ui.data.overview import Overview
from instruct_ui.data.table import Skipped
from instruct_ui.errors import InstructError
from instruct_ui.evaluation.report import Report
from instruct_ui.models.card import ModelCard
from instruct_ui.spec import FewShot, Spec
from instruct_ui.tasks import TaskName
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


@dataclass(frozen=True, slots=True)
class ColumnNote:
    """What a column holds, as far as it was looked at."""

    first: str
    """Its first value, cut where it is long."""
    different: int


@dataclass(frozen=True)
class DataView:
    files: tuple[str, ...]
    task: TaskName
    format: str = ""
    encoding: str = ""
    separator: str = ""
    header: bool = False
    columns: tuple[str, ...] = ()
    column_notes: dict[str, ColumnNote] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    overview: Overview | None = None
    splits: dict[str, int] = field(default_factory=dict)
    shares: tuple[float, float, float] | None = None
    """None where the splits came as files."""
    seed: int = 0
    skipped: tuple[Skipped, ...] = ()
    error: InstructError | None = None
    """Why the data cannot be used yet."""


@dataclass(frozen=True, slots=True)
class PreviewSegment:
    kind: str
    number: int
    text: str
    tokens: int
    read: bool
    why: str


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
