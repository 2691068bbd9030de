"""The flow: data set -> template -> (fine-tune) -> predictor -> predictions -> report.

Zero-shot, few-shot and fine-tuned go through the same function, so a comparison is always on the
same rows with the same metrics. Knows neither database nor jobs nor page.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from instruct_ui import __version__
from instruct_ui.data.dataset import Dataset, Example
from instruct_ui.data.load import load_dataset
from instruct_ui.data.split import hold_out, sample
from instruct_ui.data.words import words_of
from instruct_ui.engine import families
from instruct_ui.engine.base import Estimate, Event, Listener, Question, Request, Shot, Stop
from instruct_ui.errors import ModelError, RequestError, StorageFault, TemplateError
from instruct_ui.evaluation.files import write_predictions, write_report
from instruct_ui.evaluation.predictions import Answer, Judged, Predictions
from instruct_ui.evaluation.report import Report, make_report
from instruct_ui.models.advice import advise
from instruct_ui.models.catalogue import card as card_of
from instruct_ui.models.fetch import locate
from instruct_ui.preview.client import Preview
from instruct_ui.spec import FewShot, FineTune, Spec
from instruct_ui.templates import library
from instruct_ui.templates.chat import frame_of
from instruct_ui.templates.picking import pick, pick_per_label
from instruct_ui.templates.prompt import Prompt, Segment
from instruct_ui.templates.template import Template
from instruct_ui.texts import say

HELD_OUT = 0.1
"""Share of train that becomes validation where none is given."""
DEFAULT_SHOTS = 4
_AT_HAND = 32
"""Training rows on which `chat: auto` is decided."""
_VERSIONS = ("torch", "transformers", "peft", "scikit-learn", "seqeval")


@dataclass(frozen=True)
class Prepared:
    """All a run needs before a model is touched."""

    spec: Spec
    dataset: Dataset
    template: Template
    shots: tuple[Example, ...]
    request: Request


@dataclass(frozen=True)
class Outcome:
    spec: Spec
    """Resolved: absolute paths, data hash, template inline, versions."""
    report: Report
    predictions: Predictions


def run(
    spec: Spec,
    *,
    models_dir: Path,
    preview: Preview,
    listen: Listener,
    stop: Stop,
    out: Path | None = None,
) -> Outcome:
    """Runs `spec`; writes report.json, predictions.csv, spec.yaml and model/ into `out`.

    Raises UserMistake for what the person can mend, `engine.base.Stopped` when stopped with
    nothing to keep. A fine-tune that is stopped keeps its best checkpoint and is judged.
    """
    with TemporaryDirectory(prefix="instruct-ui-") as scratch:
        folder = out or Path(scratch)
        _make(folder)
        prepared = prepare(spec, models_dir=models_dir, preview=preview, out=folder / "model")
        _refuse_blank_test(prepared)
        opened = families.open_predictor(prepared.request, listen, stop)
        # Stopping a fine-tune means "keep the best": its checkpoint is still judged.
        tuned = isinstance(spec.approach, FineTune)
        questions = _questions(prepared, preview, prepared.dataset.test, prepared.shots)
        listen(Event("stage", {"name": "predict"}))
        start = time.perf_counter()
        answers = opened.predictor.predict(questions, listen, _never if tuned else stop)
        seconds = time.perf_counter() - start
        predictions = _judged(prepared.dataset, answers)
        resolved = _resolved(prepared)
        report = make_report(
            predictions,
            model=spec.model,
            approach=spec.approach.model_dump(mode="json"),
            seconds={
                "load": round(opened.seconds_load, 3),
                "train": round(opened.seconds_train, 3),
                "predict": round(seconds, 3),
            },
            tokens_per_second=round(opened.predictor.tokens_seen / max(seconds, 1e-9), 1),
            data_sha256=prepared.dataset.sha256,
            versions=resolved.versions,
            seed=spec.seed,
            facts={**_facts(prepared), **opened.predictor.facts},
        )
        outcome = Outcome(resolved, report, predictions)
        if out is not None:
            _write(outcome, prepared, out)
        return outcome


def estimate(spec: Spec, *, models_dir: Path, preview: Preview) -> Estimate:
    """Time and memory of a fine-tune on these rows, from a few trial steps."""
    with TemporaryDirectory(prefix="instruct-ui-") as scratch:
        prepared = prepare(spec, models_dir=models_dir, preview=preview, out=Path(scratch) / "m")
        return families.estimate(prepared.request)


class Answerer:
    """Answers single texts the way a run did; keeps its predictor warm."""

    def __init__(self, spec: Spec, folder: Path, *, models_dir: Path, preview: Preview) -> None:
        self._preview = preview
        self._prepared = prepare(spec, models_dir=models_dir, preview=preview, out=folder / "model")
        request = self._prepared.request
        if isinstance(spec.approach, FineTune):
            opened = families.reopen(request)
        else:
            opened = families.open_predictor(request, lambda event: None, _never)
        self._predictor = opened.predictor

    @property
    def labels(self) -> tuple[str, ...]:
        return self._prepared.dataset.labels

    def answer(self, text: str) -> tuple[Example, Answer]:
        """The row made of `text`, and its answer. Raises RequestError for a blank text."""
        if not text.strip():
            raise RequestError("no_text")
        dataset = self._prepared.dataset
        tagging = dataset.task == "token_classification"
        fields = dict.fromkeys((dataset.train or dataset.test)[0].fields, "")
        tokens = words_of(text, dataset.language) if tagging else ()
        example = Example(row=0, text=text, tokens=tokens, fields=fields)
        questions = _questions(self._prepared, self._preview, (example,), self._prepared.shots)
        return example, self._predictor.predict(questions, lambda event: None, _never)[0]


def prepare(spec: Spec, *, models_dir: Path, preview: Preview, out: Path) -> Prepared:
    """Reads the data, picks the shots, renders what is trained on. Raises UserMistake."""
    card = card_of(spec.model, models_dir)
    if not card.can(spec.task, spec.approach.kind):
        advice = advise(card, spec.task, None, spec.approach.kind)
        instead = say(advice[0], "en", **advice[1]) if advice else ""
        raise ModelError(
            "model_cannot",
            model=card.title,
            kind=spec.approach.kind,
            task=spec.task,
            instead=instead,
        )
    template = library.resolve(spec.template)
    if template.task != spec.task:
        raise TemplateError(
            "template_other_task", template=template.name, has=template.task, wants=spec.task
        )
    folder = locate(spec.model, models_dir)
    dataset = load_dataset(spec.data, spec.task, spec.seed, spec.limit)
    if not isinstance(spec.approach, FewShot | FineTune):
        shots: tuple[Example, ...] = ()
    elif not dataset.train:
        raise RequestError("no_train_rows", kind=spec.approach.kind)
    else:
        shots = _shots(spec, template, dataset) if isinstance(spec.approach, FewShot) else ()
    if isinstance(spec.approach, FineTune) and not dataset.validation:
        kept, held = hold_out(dataset.train, HELD_OUT, spec.seed)
        dataset = replace(dataset, train=kept, validation=held)
    request = Request(
        card=card,
        folder=folder,
        task=spec.task,
        labels=dataset.labels,
        words=tuple(template.word(label) for label in dataset.labels),
        descriptions=preview.describe(template, dataset.labels),
        approach=spec.approach,
        chat=spec.chat,
        frame=frame_of(folder) if card.family == "causal" and spec.chat != "off" else None,
        device=spec.device,
        dtype=spec.dtype,
        seed=spec.seed,
        out=out,
    )
    prepared = Prepared(spec, dataset, template, shots, request)
    return replace(prepared, request=_with_rows(prepared, preview))


def _with_rows(prepared: Prepared, preview: Preview) -> Request:
    """The request with the rows it learns from or decides on."""
    dataset, spec, shots = prepared.dataset, prepared.spec, prepared.shots

    def learnt(rows: Sequence[Example], shown: Sequence[Example] = ()) -> tuple[Shot, ...]:
        questions = _questions(prepared, preview, rows, shown)
        return tuple(
            Shot(q, label=e.label, tags=e.tags) for q, e in zip(questions, rows, strict=True)
        )

    if isinstance(spec.approach, FineTune):
        return replace(
            prepared.request, train=learnt(dataset.train), validation=learnt(dataset.validation)
        )
    if prepared.request.card.family == "encoder":
        return replace(prepared.request, shots=learnt(shots))
    taken = {e.row for e in shots}
    others = [e for e in dataset.train if e.row not in taken]
    at_hand = sample(others, _AT_HAND, spec.seed) if spec.chat == "auto" else ()
    nothing = "无" if prepared.template.language == "zh" else "N/A"
    like = (dataset.test or dataset.train)[:1]
    blank = Example(
        row=-1, text=nothing, fields=dict.fromkeys(like[0].fields, nothing) if like else {}
    )
    return replace(
        prepared.request,
        shots=learnt(shots),
        at_hand=learnt(at_hand, shots),
        blank=_questions(prepared, preview, (blank,), shots)[0],
    )


def _shots(spec: Spec, template: Template, dataset: Dataset) -> tuple[Example, ...]:
    approach = spec.approach
    assert isinstance(approach, FewShot)
    if approach.shots_per_label is not None:
        return pick_per_label(dataset.train, approach.shots_per_label, spec.seed)
    block = template.block("examples")
    count = approach.shots or (block.shots if block and block.shots else DEFAULT_SHOTS)
    rows = block.rows if block else ()
    return pick(dataset.train, count, approach.picker, spec.seed, rows)


def _questions(
    prepared: Prepared, preview: Preview, rows: Sequence[Example], shots: Sequence[Example]
) -> list[Question]:
    """What the model reads for each row; an encoder's prompt is rendered without examples."""
    template, labels = prepared.template, prepared.dataset.labels
    if prepared.spec.task == "token_classification":
        return [Question(Prompt((Segment("input", 1, e.text),)), e.text, e.tokens) for e in rows]
    encoder = prepared.request.card.family == "encoder"
    prompts = preview.prompts(template, rows, labels, () if encoder else shots)
    return [Question(p, p.encoder_text(template.encoder_reads_instruction)) for p in prompts]


def _judged(dataset: Dataset, answers: Sequence[Answer]) -> Predictions:
    rows = tuple(
        Judged(e.row, e.text, e.label, answer, e.tokens, e.tags)
        for e, answer in zip(dataset.test, answers, strict=True)
    )
    return Predictions(dataset.task, dataset.labels, rows)


def _refuse_blank_test(prepared: Prepared) -> None:
    if not prepared.dataset.test:
        raise RequestError("no_test_rows")


def _facts(prepared: Prepared) -> dict[str, str | float | bool]:
    dataset = prepared.dataset
    return {
        "train_rows": len(dataset.train),
        "validation_rows": len(dataset.validation),
        "shots": len(prepared.shots),
        "rows_skipped": len(dataset.skipped),
        "template_sha256": prepared.template.sha256,
    }


def _resolved(prepared: Prepared) -> Spec:
    spec = prepared.spec
    versions = {name: version(name) for name in _VERSIONS}
    versions |= {"instruct-ui": __version__, "python": platform.python_version()}
    paths = {
        name: path.resolve()
        for name in ("file", "train", "validation", "test")
        if (path := getattr(spec.data, name)) is not None
    }
    data = spec.data.model_copy(update={**paths, "sha256": prepared.dataset.sha256})
    template = prepared.template.model_dump(mode="json", exclude_defaults=True)
    return spec.model_copy(update={"data": data, "template": template, "versions": versions})


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError("out_unwritable", folder=str(folder), cause=str(error)) from error


def _write(outcome: Outcome, prepared: Prepared, out: Path) -> None:
    write_report(outcome.report, out / "report.json")
    write_predictions(outcome.predictions, out / "predictions.csv")
    try:
        (out / "spec.yaml").write_text(outcome.spec.to_yaml(), encoding="utf-8")
        model = out / "model"
        if model.is_dir():
            (model / "template.yaml").write_text(prepared.template.to_yaml(), encoding="utf-8")
            (model / "spec.yaml").write_text(outcome.spec.to_yaml(), encoding="utf-8")
            about = {"labels": prepared.dataset.labels, "data_sha256": prepared.dataset.sha256}
            (model / "about.json").write_text(
                json.dumps(about, ensure_ascii=False), encoding="utf-8"
            )
    except OSError as error:
        raise StorageFault("storage_failed", cause=str(error)) from error


def _never() -> bool:
    return False
