"""What a model wrote, held against the data: offers, and the rows that become of those taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from instruct_ui.data.dataset import Dataset, Example
from instruct_ui.data.made import COLUMN, Fault, faults_of, made_mask
from instruct_ui.storage.records import DataVersion, JobRecord
from instruct_ui.tasks import REGISTRY
from instruct_ui.workbench.making_forms import TASKS, RowReader, given_of, one_line
from instruct_ui.workbench.making_views import MadeRow, Obstacle, Offer, Taken

Payload = Mapping[str, Any]
"""What the job was asked."""
Texts = Sequence[tuple[str, bool]]
"""Each text with whether it ended."""
_LISTED = 100
"""Made rows in use that are shown."""


def obstacle_of(version: DataVersion) -> Obstacle:
    report = version.report
    if report is None or report.get("fault") is not None:
        return "unread"
    if report["task"] not in TASKS:
        return "task"
    roles = {role for file in report["files"].values() for role in file["roles"]}
    return "columns" if "label_2" in roles else ""


def texts_of(job: JobRecord) -> Texts:
    """What was written so far; also of a job that was stopped."""
    told = job.result or job.progress.get("made") or {}
    return [(text, whole) for text, whole in told.get("texts", ())]


def rows_of(payload: Payload, taken: Sequence[Taken], dataset: Dataset) -> list[Example | Fault]:
    """The row that becomes of each, or why none does."""
    asked, reader = payload["asked"], RowReader(dataset)
    rows = [reader.row(one_line(one.text), one.given.strip(), **asked[one.number]) for one in taken]
    faults = iter(faults_of([row.text for row in rows if isinstance(row, Example)], dataset))
    return [row if isinstance(row, Fault) else next(faults) or row for row in rows]


def written_rows(payload: Payload, texts: Texts, dataset: Dataset) -> list[Example | Fault]:
    """As `rows_of`, of the texts as they were written."""
    whole = [
        Taken(number, text, _given(payload, number))
        for number, (text, ended) in enumerate(texts)
        if ended
    ]
    rows = iter(rows_of(payload, whole, dataset))
    return [next(rows) if ended else Fault("cut") for _, ended in texts]


def offers_of(payload: Payload, texts: Texts, rows: Sequence[Example | Fault]) -> tuple[Offer, ...]:
    return tuple(
        Offer(
            number,
            one_line(text),
            _given(payload, number),
            row if isinstance(row, Fault) else None,
            "".join(segment[2] for segment in payload["prompts"][number]),
        )
        for number, ((text, _), row) in enumerate(zip(texts, rows, strict=True))
    )


def listed_made(dataset: Dataset) -> tuple[MadeRow, ...]:
    """The first of the made rows in train."""
    at = np.flatnonzero(made_mask(dataset.train))[:_LISTED]
    return tuple(
        MadeRow(row.text, given_of(dataset.task, dataset.language, row), row.fields[COLUMN])
        for row in dataset.train.take(at)
    )


def _given(payload: Payload, number: int) -> str:
    """As a person reads it: a label by its name, not by the words that stand in the prompt."""
    asked = payload["asked"][number]
    shape = REGISTRY[payload["task"]].gold.shape
    return str(asked["gold"][0] if shape == "label" else asked["given"])
