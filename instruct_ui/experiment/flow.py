"""The flow: data set -> template -> (fine-tune) -> predictor -> predictions -> report.

Zero-shot, few-shot and fine-tuned go through the same function, so a comparison is always on the
same rows with the same metrics. Knows neither database nor jobs nor page.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from instruct_ui.data.alike import known_beforehand, part_codes
from instruct_ui.data.made import made_mask
from instruct_ui.engine import families
from instruct_ui.engine.base import Estimate, Event, Listener, Question, Stop
from instruct_ui.errors import RequestError
from instruct_ui.evaluation.predictions import Answer, Predictions
from instruct_ui.evaluation.report import Report, make_report
from instruct_ui.experiment import keeping
from instruct_ui.experiment.answering import answer_all, never
from instruct_ui.experiment.prepare import Prepared, prepare, questions_of
from instruct_ui.experiment.reading import constraints, judge, judge_columns, read
from instruct_ui.preview.client import Preview
from instruct_ui.spec import FineTune, Spec


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
        keeping.make_folder(folder)

        def prepared_for(column: int) -> Prepared:
            model = folder / keeping.model_name(column)
            return prepare(spec, models_dir=models_dir, preview=preview, out=model, column=column)

        first = prepared_for(0)
        _refuse_blank_test(first)
        columns = range(1, first.dataset.label_columns)
        asked = [first, *map(prepared_for, columns)]
        # Before a model is loaded or trained: a template that fails on a row says so at once.
        questions = [questions_of(one, preview, one.dataset.test) for one in asked]
        answered = [
            _answered(one, rows, listen, stop) for one, rows in zip(asked, questions, strict=True)
        ]
        predictions = _judged(asked, answered)
        resolved = keeping.resolved(first)
        predict = sum(one.seconds["predict"] for one in answered)
        tokens = sum(one.tokens_seen for one in answered)
        report = make_report(
            predictions,
            model=spec.model,
            approach=spec.approach.model_dump(mode="json"),
            seconds={
                name: round(sum(one.seconds[name] for one in answered), 3)
                for name in answered[0].seconds
            },
            tokens_per_second=round(tokens / max(predict, 1e-9), 1),
            data_sha256=first.dataset.sha256,
            versions=resolved.versions,
            seed=spec.seed,
            facts={**_facts(first), **answered[0].facts},
            constraints=_constraint_texts(first, preview),
        )
        if out is not None:
            keeping.write(out, first, resolved, report, predictions)
        return Outcome(resolved, report, predictions)


@dataclass(frozen=True)
class _Answered:
    answers: list[Answer]
    seconds: dict[str, float]
    """load, train, predict."""
    tokens_seen: int
    facts: Mapping[str, str | float | bool]


def _answered(
    prepared: Prepared, questions: Sequence[Question], listen: Listener, stop: Stop
) -> _Answered:
    opened = families.open_predictor(prepared.request, listen, stop)
    # Stopping a fine-tune means "keep the best": its checkpoint is still judged.
    tuned = isinstance(prepared.spec.approach, FineTune)
    listen(Event("stage", {"name": "predict"}))
    start = time.perf_counter()
    answers = answer_all(
        opened.predictor,
        prepared.dataset.test,
        questions,
        read=partial(read, prepared),
        judge=partial(judge, prepared),
        seed=prepared.spec.seed,
        listen=listen,
        stop=never if tuned else stop,
        written=prepared.request.way == "writing",
    )
    seconds = {
        "load": opened.seconds_load,
        "train": opened.seconds_train,
        "predict": time.perf_counter() - start,
    }
    return _Answered(answers, seconds, opened.predictor.tokens_seen, opened.predictor.facts)


def _constraint_texts(prepared: Prepared, preview: Preview) -> dict[int, str]:
    """Position -> the constraint as the first test row's prompt says it."""
    checked = constraints(prepared.template)
    if not checked:
        return {}
    dataset = prepared.dataset
    prompt = preview.prompts(prepared.template, dataset.test[:1], dataset.labels)[0]
    said = {s.block: s.text.strip() for s in prompt.segments}
    return {at: said.get(at, block.text) for at, block in checked.items()}


def _judged(asked: Sequence[Prepared], answered: Sequence[_Answered]) -> Predictions:
    if len(asked) == 1:
        return judge(asked[0], answered[0].answers)
    columns = asked[0].spec.data.label_names(len(asked))
    return judge_columns(asked, [one.answers for one in answered], columns)


def estimate(spec: Spec, *, models_dir: Path, preview: Preview) -> Estimate:
    """Time and memory of a fine-tune on these rows, from a few trial steps."""
    with TemporaryDirectory(prefix="instruct-ui-") as scratch:
        prepared = prepare(spec, models_dir=models_dir, preview=preview, out=Path(scratch) / "m")
        return families.estimate(prepared.request)


def _refuse_blank_test(prepared: Prepared) -> None:
    if not prepared.dataset.test:
        raise RequestError("no_test_rows")


def _facts(prepared: Prepared) -> dict[str, str | float | bool]:
    dataset = prepared.dataset
    return {
        "train_rows": len(dataset.train),
        "made_rows": int(made_mask(dataset.train).sum()),
        "validation_rows": len(dataset.validation),
        "shots": len(prepared.shots),
        "rows_skipped": dataset.rows_skipped,
        "leaked_rows": known_beforehand(part_codes(dataset.parts, dataset.task, "normalised")),
        "template_sha256": prepared.template.sha256,
    }
