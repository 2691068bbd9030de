"""New training rows that a model writes: asked for, checked, looked at by a person, added to train.

What was written lies with its job. It is held against the data in use whenever it is shown, and
once more when it is taken, because a person may have changed it. Rows of validation and test are
never shown to the model; they are what its texts are held against.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from instruct_ui.data.dataset import Dataset, Example
from instruct_ui.data.made import Fault, made_mask
from instruct_ui.errors import RequestError
from instruct_ui.models import advice as model_advice
from instruct_ui.models import fetch
from instruct_ui.preview.client import Preview
from instruct_ui.settings import Settings
from instruct_ui.spec import DropRows, Repair
from instruct_ui.storage.records import JobRecord
from instruct_ui.storage.store import Store
from instruct_ui.tasks import REGISTRY
from instruct_ui.workbench.data_changes import DataChanges
from instruct_ui.workbench.made_file import data_with
from instruct_ui.workbench.making_asking import COUNT, counts_of, payload_of, rarest
from instruct_ui.workbench.making_forms import instruction_of
from instruct_ui.workbench.making_offers import (
    listed_made,
    obstacle_of,
    offers_of,
    rows_of,
    texts_of,
    written_rows,
)
from instruct_ui.workbench.making_views import Added, Changing, MakingView, Offer, Taken
from instruct_ui.workbench.models import ModelBench
from instruct_ui.workbench.project_data import ProjectData
from instruct_ui.workbench.views import ModelView

MAKE = "make_rows"
"""Kind of the job in which the model writes."""
_CHANGING: dict[str, Changing] = {"label": "label", "labels": "words", "tags": "words"}


class MakingBench(DataChanges, ModelBench):
    def __init__(self, settings: Settings, store: Store, preview: Preview) -> None:
        super().__init__(settings, store, preview)
        self._held = lru_cache(maxsize=4)(self._rows_written)

    def can_make(self, owner: str, pid: str) -> bool:
        """Whether there is anything to say of making rows: the data can be used."""
        return obstacle_of(self._version(owner, pid)) != "unread"

    def making(self, owner: str, pid: str) -> MakingView:
        """How far it is; with an obstacle nothing else is told."""
        version = self._version(owner, pid)
        obstacle = obstacle_of(version)
        dataset = None if obstacle else self.dataset(owner, pid)
        if dataset is None or not dataset.train:
            return MakingView(obstacle or "train")
        counts = counts_of(dataset)
        job = self._last_making(owner, pid, dataset)
        return MakingView(
            obstacle="",
            labels=tuple(sorted(counts.items(), key=lambda pair: (pair[1], pair[0]))),
            rarest=rarest(counts),
            instruction=(job.payload["instruction"] if job else "")
            or instruction_of(dataset.task, dataset.language),
            changing=_CHANGING.get(REGISTRY[dataset.task].gold.shape, "fixed"),
            job=job,
            offers=self._offers(owner, pid, job) if job and job.state.ended else (),
            made=listed_made(dataset),
            made_rows=int(made_mask(dataset.train).sum()),
        )

    def writing_models(self) -> list[ModelView]:
        """The models that can write rows."""
        return [model for model in self.models() if model.card.family == "causal"]

    def writing_advice(self, owner: str, pid: str, model: str) -> tuple[str, dict[str, Any]] | None:
        """What speaks against the model as a writer of rows, as a text key and its parameters."""
        language = self._store.get_project(owner, pid).language
        found = model_advice.advise(self._card(model), "generation", language, "few_shot")
        return (found[0], dict(found[1])) if found else None

    def make_rows(
        self,
        owner: str,
        pid: str,
        *,
        model: str,
        count: int = COUNT,
        labels: Sequence[str] = (),
        instruction: str = "",
    ) -> str:
        """Queues the job and gives its id; `labels`: for which (none told: those with the fewest
        rows), `instruction`: what the model is told instead of what it is told otherwise. The next
        one on the same data writes other texts. Raises UserMistake for what would fail."""
        view = self.making(owner, pid)
        if view.obstacle:
            raise RequestError(f"making_{view.obstacle}")
        if view.job is not None and not view.job.state.ended:
            raise RequestError("making_at_work")
        card = self._card(model)
        before = sum(job.kind == MAKE for job in self._store.list_jobs(owner, pid))
        seed = ProjectData.from_plain(self._version(owner, pid).data).seed + before
        payload = payload_of(
            self.dataset(owner, pid),
            self._preview,
            card,
            count=count,
            labels=labels,
            seed=seed % 2**32,
            instruction=instruction,
        )
        fetch.locate(model, self.settings.models_dir)
        return self._supervisor.submit(owner, pid, MAKE, payload, "interactive")

    def add_made(self, owner: str, pid: str, job_id: str, taken: Sequence[Taken]) -> Added:
        """Makes a version of the data with these rows in train and takes it into use; those that
        fail the checks, as they were changed, are left out and named."""
        job = self._store.get_job(owner, job_id)
        dataset = self.dataset(owner, pid)
        if job.kind != MAKE or (job.project_id, job.payload["task"]) != (pid, dataset.task):
            raise RequestError("making_gone")
        if not {one.number for one in taken} <= set(range(len(texts_of(job)))):
            raise RequestError("making_gone")
        found = rows_of(job.payload, taken, dataset)
        rows = [row for row in found if isinstance(row, Example)]
        if rows:
            source = ProjectData.from_plain(self._version(owner, pid).data)
            title = job.payload["title"]
            data = data_with(self.settings.home, pid, dataset, source, rows, title)
            both = zip(taken, found, strict=True)
            texts = [(one.number, row.text) for one, row in both if isinstance(row, Example)]
            note = {"key": "made", "model": title, "job": job_id, "taken": texts}
            self._take(owner, pid, data, note, must_read=True)
        both = zip(taken, found, strict=True)
        return Added(len(rows), tuple((one, why) for one, why in both if isinstance(why, Fault)))

    def drop_made(self, owner: str, pid: str) -> None:
        """Leaves all made rows out: a repair, which can be taken back. Raises RequestError where
        there are none."""
        train = self.dataset(owner, pid).train
        numbers = train.rows[np.flatnonzero(made_mask(train))].tolist()
        if not numbers:
            raise RequestError("making_none_there")
        spec = self._data(owner, pid).spec
        key: Literal["train", "file"] = "train" if spec.file is None else "file"
        repairs: tuple[Repair, ...] = (*spec.repairs, DropRows(rows={key: tuple(numbers)}))
        note = {"key": "made_dropped", "count": len(numbers)}
        self._change(owner, pid, note, {"repairs": [repair.model_dump() for repair in repairs]})

    def _last_making(self, owner: str, pid: str, dataset: Dataset) -> JobRecord | None:
        """What runs or waits; else the last one that wrote something, as one that failed takes
        nothing away from what is there to look at."""
        jobs = [job for job in self._store.list_jobs(owner, pid) if job.kind == MAKE]
        newest_first = sorted(jobs, key=lambda job: job.created, reverse=True)
        for job in newest_first:
            record = self._store.get_job(owner, job.id)
            same = record.payload["task"] == dataset.task
            if same and (not job.state.ended or texts_of(record)):
                return record
        return None

    def _offers(self, owner: str, pid: str, job: JobRecord) -> tuple[Offer, ...]:
        texts, version = texts_of(job), self._version(owner, pid)
        rows = self._held(owner, pid, version.id, job.id, len(texts))
        return offers_of(job.payload, texts, rows)

    def _rows_written(
        self, owner: str, pid: str, version: str, job_id: str, count: int
    ) -> list[Example | Fault]:
        """`version` and `count` are there for the cache alone."""
        job, dataset = self._store.get_job(owner, job_id), self.dataset(owner, pid)
        rows = written_rows(job.payload, texts_of(job), dataset)
        there = {row.text for row in dataset.train.take(np.flatnonzero(made_mask(dataset.train)))}
        for note in (one.note for one in self._store.list_data(owner, pid)):
            if note.get("job") == job_id:
                # A text that was changed before it was added is like none that was written.
                for number, text in note["taken"]:
                    rows[number] = Fault("added") if text in there else rows[number]
        return rows
