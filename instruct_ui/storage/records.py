"""What a read of the store gives: frozen values without a database behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from instruct_ui.texts import Language, say

Json = dict[str, Any]
LOCAL_OWNER = "local"
"""The one owner of a home where browsers share everything."""


def new_id() -> str:
    """32 hexadecimal digits: safe as a name of a folder."""
    return uuid4().hex


def now() -> datetime:
    return datetime.now(UTC)


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """The app ended while the job was running."""

    @property
    def ended(self) -> bool:
        return self not in (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class JobFailure:
    """Why a job failed: a key into `errors.*` with its parameters; for a fault the traceback."""

    kind: Literal["mistake", "fault"]
    key: str
    params: Json = field(default_factory=dict)
    detail: str = ""

    def message(self, language: Language = "en") -> str:
        return say(f"errors.{self.key}", language, **self.params)

    def to_plain(self) -> Json:
        return {
            "kind": self.kind,
            "key": self.key,
            "params": self.params,
            "detail": self.detail,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> JobFailure:
        return cls(plain["kind"], plain["key"], dict(plain["params"]), plain["detail"])


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    id: str
    owner: str
    name: str
    task: str
    language: str
    template_id: str | None
    data_version_id: str | None
    """None before a file was brought."""
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class DataVersion:
    id: str
    project_id: str
    number: int
    """Counts from 1."""
    data: Json
    """What decides the reading: a dumped DataSpec, names, task, seed."""
    note: Json
    """What made it a version of its own: a text's key and its parameters."""
    report: Json | None
    """A dumped DataReport; None until it was read, and where it could not be."""
    mistake: Json | None
    """Why it could not be read: an error's key and parameters."""
    created: datetime


LabelKind = Literal["label", "tags"]
"""One label for every text, or entities marked in it."""


@dataclass(frozen=True, slots=True)
class LabelSet:
    """What a project's rows are labelled with, and how one goes through them."""

    id: str
    project_id: str
    kind: LabelKind
    names: tuple[str, ...]
    """Labels, or entity types, in the order of their keys."""
    order: Literal["random", "unsure"]
    seed: int
    found: Json | None
    """What the newest proposals said; None before there were any."""
    updated: datetime


@dataclass(frozen=True, slots=True)
class RowLabel:
    """What one text was given in one of the two passes."""

    pass_number: int
    text_hash: str
    data_version_id: str
    row: int
    """Where the text stood: a row of that version's file, from 0."""
    answer: Json | None
    """`{"label": ...}` or `{"tokens": [...], "tags": [...]}`; None: skipped."""
    note: str
    seconds: float | None
    """From seeing the text to the answer; None where nobody measured."""
    given: datetime


@dataclass(frozen=True, slots=True)
class TemplateRecord:
    id: str
    project_id: str
    name: str
    draft: Json
    """The body as last edited."""
    updated: datetime


@dataclass(frozen=True, slots=True)
class TemplateVersion:
    id: str
    template_id: str
    number: int
    """Counts from 1."""
    body: Json
    note: str
    created: datetime


@dataclass(frozen=True)
class JobSnapshot:
    """A job without its payload and result: small enough to be read many times a second."""

    id: str
    owner: str
    project_id: str | None
    lane: str
    kind: str
    state: JobState
    stage: str
    progress: Json
    """The newest values of each kind of event: `progress["step"]["loss"]`."""
    error: JobFailure | None
    created: datetime
    started: datetime | None
    ended: datetime | None


@dataclass(frozen=True)
class JobRecord(JobSnapshot):
    payload: Json
    result: Json | None


@dataclass(frozen=True, slots=True)
class NewEvent:
    kind: str
    values: Json
    at: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True)
class EventRecord:
    id: int
    """Rises within a job; pass the last one seen to read on."""
    job_id: str
    at: datetime
    kind: str
    values: Json


@dataclass(frozen=True, slots=True)
class RunRecord:
    id: str
    owner: str
    project_id: str
    job_id: str | None
    title: str
    spec: Json
    report: Json
    folder: Path
    template_version_id: str | None
    created: datetime
