"""The composition root: what a page, a command or a test may ask the app to do.

Every method that touches a person's things takes the owner first and asks the store for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from instruct_ui.data.dataset import Dataset, Example
from instruct_ui.data.samples import SAMPLES, Sample, sample_named
from instruct_ui.errors import InstructError, ModelError, RequestError
from instruct_ui.evaluation.compare import Comparison, compare
from instruct_ui.evaluation.files import predictions_csv, read_predictions
from instruct_ui.evaluation.predictions import Predictions
from instruct_ui.evaluation.report import Report
from instruct_ui.jobs.supervisor import Supervisor
from instruct_ui.models import advice as model_advice
from instruct_ui.models import catalogue, fetch
from instruct_ui.models.card import ModelCard
from instruct_ui.preview.client import Preview
from instruct_ui.preview.measure import Reader, reader_of
from instruct_ui.project_data import ProjectData, bring, view
from instruct_ui.reporting.export import runs_csv, runs_json
from instruct_ui.reporting.runs import ShownRun
from instruct_ui.settings import Settings
from instruct_ui.spec import Approach, FineTune, Limit, Spec
from instruct_ui.storage import artifacts
from instruct_ui.storage.records import (
    JobRecord,
    JobSnapshot,
    RunRecord,
    TemplateVersion,
    new_id,
)
from instruct_ui.storage.store import Store, open_store
from instruct_ui.tasks import TaskName
from instruct_ui.templates import library
from instruct_ui.templates.picking import pick
from instruct_ui.templates.render import entities_text, variables
from instruct_ui.templates.template import Template, parse
from instruct_ui.texts import say
from instruct_ui.workbench_views import (
    DataView,
    ModelView,
    PreviewSegment,
    PreviewView,
    ProjectView,
    RunView,
    run_title,
)

__all__ = [
    "DataView",
    "ModelView",
    "PreviewSegment",
    "PreviewView",
    "ProjectView",
    "RunView",
    "Workbench",
    "run_title",
]

_KEEP_BEST_SECONDS = 120.0
"""A stopped fine-tune still answers the test rows with its best checkpoint."""


class Workbench:
    def __init__(self, settings: Settings, store: Store, preview: Preview) -> None:
        self.settings = settings
        self._store = store
        self._preview = preview
        self._supervisor = Supervisor(store, on_done=self._run_ended)
        # One data set at a time stays in the page's memory for each of the few projects in use.
        self._dataset = lru_cache(maxsize=4)(self._load)
        self._view = lru_cache(maxsize=4)(_view_of)
        self._comparison = lru_cache(maxsize=16)(self._compare)

    @classmethod
    def open(cls, settings: Settings) -> Workbench:
        """Store, preview process and supervisor; workers start with their first job."""
        settings.home.mkdir(parents=True, exist_ok=True)
        store = open_store(settings.database_url, settings.home)
        workbench = cls(settings, store, Preview())
        workbench._supervisor.start()
        return workbench

    def close(self) -> None:
        """Ends workers and preview within 10 seconds."""
        self._supervisor.shutdown()
        self._preview.close()
        self._store.close()

    # Projects

    def samples(self) -> list[Sample]:
        return list(SAMPLES.values())

    def open_sample(self, owner: str, key: str, name: str = "") -> str:
        """A new project on a sample, template ready."""
        sample = sample_named(key)
        data = ProjectData(sample.data(), {sample.path.name: sample.file}, sample.task)
        project = self._store.create_project(
            owner, name or sample.file, sample.task, sample.language, data.to_plain()
        )
        template = library.resolve(sample.template)
        self._store.save_draft(owner, project.id, template.model_dump(mode="json"))
        return project.id

    def create_project(self, owner: str, name: str, files: Sequence[tuple[str, Path]]) -> str:
        """A new project on brought files. Raises DataError where one cannot be read at all;
        nothing is left of the project then."""
        project = self._store.create_project(owner, name, "text_classification", "en")
        try:
            self.replace_data(owner, project.id, files)
        except InstructError:
            self._store.delete_project(owner, project.id)
            raise
        return project.id

    def create_from_text(self, owner: str, name: str, text: str) -> str:
        if not text.strip():
            raise RequestError("nothing_given")
        project = self._store.create_project(owner, name, "text_classification", "en")
        try:
            kept = artifacts.keep_text(self.settings.home, project.id, text)
            self._take(owner, project.id, bring([("pasted.txt", kept.path)]))
        except InstructError:
            self._store.delete_project(owner, project.id)
            raise
        return project.id

    def replace_data(self, owner: str, pid: str, files: Sequence[tuple[str, Path]]) -> None:
        """New files for a project; the old data stays where these cannot be read."""
        if not files:
            raise RequestError("nothing_given")
        self._store.get_project(owner, pid)
        limit = self.settings.max_upload_mb
        for name, path in files:
            if path.stat().st_size > limit * 1_000_000:
                raise RequestError("upload_too_large", file=name, limit=limit)
        kept = [
            (name, artifacts.keep_file(self.settings.home, pid, path, Path(name).suffix).path)
            for name, path in files
        ]
        self._take(owner, pid, bring(kept))

    def projects(self, owner: str) -> list[ProjectView]:
        return [self.project(owner, record.id) for record in self._store.list_projects(owner)]

    def project(self, owner: str, pid: str) -> ProjectView:
        record = self._store.get_project(owner, pid)
        shown = self.data(owner, pid) if record.data else None
        found = shown.overview if shown else None
        versions = self._store.list_versions(owner, pid)
        return ProjectView(
            id=record.id,
            name=record.name,
            task=_task(record.task),
            language=record.language,
            rows=found.rows if found else 0,
            labels=len(found.labels) if found else 0,
            version=versions[0].number if versions else 0,
            runs=len(self._store.list_runs(owner, pid)),
            updated=record.updated,
        )

    def rename_project(self, owner: str, pid: str, name: str) -> None:
        self._store.rename_project(owner, pid, name)

    def delete_project(self, owner: str, pid: str) -> None:
        """The project with its runs, templates and files; its running jobs are stopped first."""
        self._supervisor.stop_project(owner, pid)
        self._store.delete_project(owner, pid)

    # Data

    def data(self, owner: str, pid: str) -> DataView:
        return self._view(_Key(self._data(owner, pid)))

    def set_roles(self, owner: str, pid: str, task: TaskName, columns: dict[str, str]) -> None:
        data = self._data(owner, pid)
        spec = data.spec.model_copy(update={"columns": dict(columns)})
        self._take(owner, pid, ProjectData(spec, data.names, task, data.seed))

    def set_reading(self, owner: str, pid: str, *, header: Any, encoding: str) -> None:
        """Columns are guessed anew: another header gives them other names."""
        data = self._data(owner, pid)
        spec = data.spec.model_copy(update={"header": header, "encoding": encoding, "columns": {}})
        self._take(owner, pid, ProjectData(spec, data.names, data.task, data.seed))

    def set_split(
        self, owner: str, pid: str, train: float, validation: float, test: float, seed: int
    ) -> None:
        data = self._data(owner, pid)
        if train < 0 or validation < 0 or test <= 0 or train + validation + test > 1 + 1e-9:
            raise RequestError("bad_shares")
        shares = {"train": train, "validation": validation, "test": test}
        spec = type(data.spec).model_validate({**data.spec.model_dump(), "split": shares})
        self._take(owner, pid, ProjectData(spec, data.names, data.task, int(seed)))

    def _data(self, owner: str, pid: str) -> ProjectData:
        plain = self._store.get_data(owner, pid)
        if plain is None:
            raise RequestError("nothing_given")
        return ProjectData.from_plain(plain)

    def _take(self, owner: str, pid: str, data: ProjectData) -> None:
        """Keeps the data; a project whose template does not fit its task gets a starter."""
        shown = self._view(_Key(data))
        language = shown.overview.language if shown.overview else "en"
        self._store.put_data(owner, pid, data.to_plain())
        self._store.set_project_task(owner, pid, data.task, language)
        kept = self._store.get_template(owner, pid)
        if kept is None or kept.draft.get("task") != data.task:
            template = library.starter(data.task, language)
            self._store.save_draft(owner, pid, template.model_dump(mode="json"))

    def _load(self, key: _Key) -> Dataset:
        return key.data.load()

    def dataset(self, owner: str, pid: str) -> Dataset:
        """Raises DataError where the data cannot be used yet."""
        return self._dataset(_Key(self._data(owner, pid)))

    # Template

    def template(self, owner: str, pid: str) -> Template:
        record = self._store.get_template(owner, pid)
        if record is None:
            project = self._store.get_project(owner, pid)
            return library.starter(_task(project.task), project.language)
        return parse(record.draft, record.name)

    def save_template(self, owner: str, pid: str, plain: dict[str, Any]) -> Template:
        template = parse(plain, "template")
        self._store.save_draft(owner, pid, template.model_dump(mode="json"))
        return template

    def keep_version(self, owner: str, pid: str, note: str = "") -> int:
        return self._store.keep_version(owner, pid, note).number

    def versions(self, owner: str, pid: str) -> list[TemplateVersion]:
        return list(self._store.list_versions(owner, pid))

    def restore_version(self, owner: str, pid: str, version_id: str) -> Template:
        version = self._store.get_version(owner, version_id)
        return self.save_template(owner, pid, version.body)

    def library(self, task: TaskName) -> list[Template]:
        return library.of_task(task)

    def use_library(self, owner: str, pid: str, name: str) -> Template:
        return self.save_template(owner, pid, library.resolve(name).model_dump(mode="json"))

    def fields(self, owner: str, pid: str) -> tuple[str, ...]:
        rows = _all_rows(self.dataset(owner, pid))
        return variables(rows[0]) if rows else ("text", "labels")

    def preview(
        self,
        owner: str,
        pid: str,
        plain: dict[str, Any] | None,
        row: int,
        model: str,
        chat: str = "auto",
    ) -> PreviewView:
        """What `model` reads for row `row`; a mistake in the template stands in `error`."""
        rows: tuple[Example, ...] = ()
        at = 0
        try:
            dataset = self.dataset(owner, pid)
            rows = _all_rows(dataset)
            at = min(max(row, 0), len(rows) - 1)
            template = parse(plain, "template") if plain else self.template(owner, pid)
            return self._previewed(dataset, rows, at, template, model, chat)
        except InstructError as error:
            return PreviewView(row=at, rows=len(rows), error=error)

    def _previewed(
        self,
        dataset: Dataset,
        rows: Sequence[Example],
        at: int,
        template: Template,
        model: str,
        chat: str,
    ) -> PreviewView:
        example = rows[at]
        others = [e for e in dataset.train if e is not example]
        block = template.block("examples")
        shots = pick(others, block.shots, block.picker, block.seed, block.rows) if block else ()
        reader = self._reader(model, template, chat)
        parts, tokens = self._preview.preview(template, example, dataset.labels, shots, reader)
        window = reader.window if reader else 0
        gold = template.word(example.label) if example.label is not None else ""
        if example.tokens:
            gold = entities_text(template, example)
        return PreviewView(
            row=at,
            rows=len(rows),
            segments=tuple(PreviewSegment(**asdict(p)) for p in parts),
            tokens=tokens,
            window=window,
            gold=gold,
            warnings=tuple(_warnings(template, dataset, parts, tokens, window)),
        )

    def _reader(self, model: str, template: Template, chat: str) -> Reader | None:
        models_dir = self.settings.models_dir
        if not fetch.is_present(model, models_dir):
            return None
        folder = fetch.locate(model, models_dir)
        return reader_of(self._card(model), folder, template, chat)

    # Models

    def models(self) -> list[ModelView]:
        models_dir = self.settings.models_dir
        return [
            ModelView(card, fetch.is_present(card.name, models_dir))
            for card in catalogue.cards(models_dir)
        ]

    def _card(self, name: str) -> ModelCard:
        """Anyone on a shared demo may name a model, but no folder of the machine."""
        known = [c.name for c in catalogue.cards(self.settings.models_dir)]
        if self.settings.demo and name not in known:
            raise ModelError("demo_local_model", known=", ".join(known))
        return catalogue.card(name, self.settings.models_dir)

    def get_model(self, owner: str, name: str) -> str:
        if self.settings.demo:
            self._card(name)
        return self._supervisor.submit(owner, None, "get_model", {"name": name}, "interactive")

    def advice(
        self, owner: str, pid: str, model: str, kind: str
    ) -> tuple[str, dict[str, Any]] | None:
        """What speaks against the model for this project, as a text key and its parameters."""
        project = self._store.get_project(owner, pid)
        card = self._card(model)
        found = model_advice.advise(card, _task(project.task), project.language, kind)
        return (found[0], dict(found[1])) if found else None

    # Jobs

    def start(
        self,
        owner: str,
        pid: str,
        *,
        model: str,
        approach: Approach,
        chat: str = "auto",
        test_limit: int | None = None,
    ) -> str:
        """Queues a run and gives the job's id at once. Raises UserMistake for what would fail."""
        dataset = self.dataset(owner, pid)
        if not dataset.test:
            raise RequestError("no_test_rows")
        version = self._store.keep_version(owner, pid)
        run_id = new_id()
        spec = self._spec(owner, pid, model, approach, chat, test_limit)
        folder = artifacts.run_folder(self.settings.home, pid, run_id)
        payload = {
            "spec": spec.model_dump(mode="json"),
            "folder": str(folder),
            "run_id": run_id,
            "template_version_id": version.id,
        }
        lane = "training" if isinstance(approach, FineTune) else "interactive"
        return self._supervisor.submit(owner, pid, "run", payload, lane)

    def estimate(self, owner: str, pid: str, *, model: str, approach: FineTune) -> str:
        spec = self._spec(owner, pid, model, approach, "auto", None)
        payload = {"spec": spec.model_dump(mode="json")}
        return self._supervisor.submit(owner, pid, "estimate", payload, "interactive")

    def _spec(
        self,
        owner: str,
        pid: str,
        model: str,
        approach: Approach,
        chat: str,
        test_limit: int | None,
    ) -> Spec:
        data = self._data(owner, pid)
        project = self._store.get_project(owner, pid)
        card = self._card(model)
        if not card.can(data.task, approach.kind):
            found = self.advice(owner, pid, model, approach.kind)
            instead = _advice_text(found)
            raise ModelError(
                "model_cannot",
                model=card.title,
                kind=approach.kind,
                task=project.task,
                instead=instead,
            )
        fetch.locate(model, self.settings.models_dir)
        return Spec.model_validate(
            {
                "task": data.task,
                "data": data.spec.model_dump(mode="json"),
                "template": self.template(owner, pid).model_dump(
                    mode="json", exclude_defaults=True
                ),
                "model": model,
                "approach": approach.model_dump(mode="json"),
                "chat": chat,
                "limit": Limit(test=test_limit).model_dump(),
                "seed": data.seed,
            }
        )

    def jobs(self, owner: str, pid: str | None = None) -> list[JobSnapshot]:
        return list(self._store.list_jobs(owner, pid))

    def job(self, owner: str, job_id: str) -> JobRecord:
        return self._store.get_job(owner, job_id)

    def curve(
        self, owner: str, job_id: str
    ) -> tuple[list[tuple[int, float]], list[tuple[int, float, float]]]:
        """Training losses as (step, loss), checks as (step, loss, score)."""
        losses, checks = [], []
        for event in self._store.events_since(owner, job_id):
            v = event.values
            if event.kind == "step" and v.get("loss") is not None:
                losses.append((int(v["step"]), float(v["loss"])))
            elif event.kind == "check":
                checks.append((int(v["step"]), float(v["loss"]), float(v["score"])))
        return losses, checks

    def stop(self, owner: str, job_id: str) -> None:
        """Cancels; a fine-tune that has learnt something is asked to keep its best checkpoint."""
        job = self._store.get_job(owner, job_id)
        training = job.lane == "training" and bool(job.progress.get("check"))
        if training:
            self._supervisor.stop_job(owner, job_id, _KEEP_BEST_SECONDS)
        else:
            self._supervisor.stop_job(owner, job_id)

    def wait(self, owner: str, job_id: str, timeout: float) -> JobSnapshot:
        return self._supervisor.wait(owner, job_id, timeout)

    def _run_ended(self, job: JobRecord, result: Any) -> None:
        if job.kind != "run" or job.project_id is None:
            return
        self._store.add_run(
            job.owner,
            job.project_id,
            title="",
            spec=result["spec"],
            report=result["report"],
            folder=Path(job.payload["folder"]),
            job_id=job.id,
            template_version_id=job.payload["template_version_id"],
            run_id=job.payload["run_id"],
        )

    # Runs

    def runs(self, owner: str, pid: str) -> list[RunView]:
        """Oldest first, so that a run keeps its sign and colour."""
        numbers = {v.id: v.number for v in self._store.list_versions(owner, pid)}
        records = reversed(self._store.list_runs(owner, pid))
        return [_run(record, mark, numbers) for mark, record in enumerate(records)]

    def run(self, owner: str, run_id: str) -> RunView:
        record = self._store.get_run(owner, run_id)
        return next(r for r in self.runs(owner, record.project_id) if r.id == run_id)

    def delete_run(self, owner: str, run_id: str) -> None:
        self._store.delete_run(owner, run_id)

    def predictions(self, owner: str, run_id: str) -> Predictions:
        record = self._store.get_run(owner, run_id)
        dataset = self.dataset(owner, record.project_id)
        spec = Spec.model_validate(record.spec)
        path = record.folder / "predictions.csv"
        return read_predictions(path, spec.task, dataset.labels, _all_rows(dataset, "test"))

    def compare(self, owner: str, run_a: str, run_b: str) -> Comparison:
        """B against A on the same rows. Raises RequestError where the rows differ."""
        return self._comparison(owner, run_a, run_b)

    def _compare(self, owner: str, run_a: str, run_b: str) -> Comparison:
        return compare(self.predictions(owner, run_a), self.predictions(owner, run_b), 0)

    def try_text(self, owner: str, run_id: str, text: str) -> str:
        if not text.strip():
            raise RequestError("no_text")
        record = self._store.get_run(owner, run_id)
        payload = {"spec": record.spec, "folder": str(record.folder), "text": text}
        return self._supervisor.submit(owner, record.project_id, "try_text", payload, "interactive")

    def shown_runs(self, owner: str, run_ids: Sequence[str]) -> list[ShownRun]:
        views = [self.run(owner, run_id) for run_id in run_ids]
        return [ShownRun(run_title(v, "en"), v.report, v.mark) for v in views]

    def export_csv(self, owner: str, run_ids: Sequence[str]) -> str:
        return runs_csv(self.shown_runs(owner, run_ids))

    def export_json(self, owner: str, run_ids: Sequence[str]) -> str:
        """All reports, and the comparison of the first run with each of the others."""
        shown = self.shown_runs(owner, run_ids)
        comparisons = [
            (shown[0].name, shown[i].name, self.compare(owner, run_ids[0], run_ids[i]))
            for i in range(1, len(run_ids))
        ]
        return runs_json(shown, comparisons)

    def report_json(self, owner: str, run_id: str) -> str:
        return Report.model_validate(self._store.get_run(owner, run_id).report).to_json()

    def predictions_csv(self, owner: str, run_id: str) -> str:
        return predictions_csv(self.predictions(owner, run_id))


class _Key:
    """Project data as a key of a cache: equal where all that decides the reading is equal."""

    def __init__(self, data: ProjectData) -> None:
        self.data = data
        self._text = repr(data.to_plain())

    def __hash__(self) -> int:
        return hash(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other._text == self._text


def _advice_text(found: tuple[str, dict[str, Any]] | None) -> str:
    return say(found[0], "en", **found[1]) if found else ""


def _view_of(key: _Key) -> DataView:
    return view(key.data)


def _task(name: str) -> TaskName:
    return "token_classification" if name == "token_classification" else "text_classification"


def _all_rows(dataset: Dataset, only: str = "") -> tuple[Example, ...]:
    if only:
        return dataset.test
    return (*dataset.train, *dataset.validation, *dataset.test)


def _warnings(
    template: Template, dataset: Dataset, parts: Sequence[Any], tokens: int, window: int
) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    if window and tokens > window:
        found.append(("preview.warn_window", {"tokens": tokens, "window": window}))
    if not any(p.text.strip() for p in parts if p.read and p.kind != "chat"):
        found.append(("preview.warn_blank", {}))
    seen: dict[str, str] = {}
    for label in dataset.labels:
        word = template.word(label)
        if word in seen:
            params = {"first": seen[word], "second": label, "word": word}
            found.append(("preview.warn_same_words", params))
        seen[word] = label
    for label in template.label_words:
        if label not in dataset.labels:
            found.append(("preview.warn_unknown_word", {"label": label}))
    if template.task == "text_classification" and template.block("answer") is None:
        found.append(("preview.warn_no_answer", {}))
    return found


def _run(record: RunRecord, mark: int, numbers: dict[str, int]) -> RunView:
    spec = Spec.model_validate(record.spec)
    return RunView(
        id=record.id,
        report=Report.model_validate(record.report),
        mark=mark,
        spec=spec,
        created=record.created,
        template_version=numbers.get(record.template_version_id or ""),
        tuned=isinstance(spec.approach, FineTune),
    )
