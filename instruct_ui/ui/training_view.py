"""The newest fine-tune of a project: how it goes, how it went, or why it did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from instruct_ui.reporting.figures import training_figure
from instruct_ui.reporting.markup import Html, element, heading, join, number, table
from instruct_ui.reporting.tables import duration
from instruct_ui.storage.records import JobRecord, JobSnapshot, JobState
from instruct_ui.texts import Language, say
from instruct_ui.ui.figure import both
from instruct_ui.ui.job_view import (
    job_lines,
    job_title,
    progress_bar,
    stacked,
    stop_button,
    view_ended,
    view_partial,
)
from instruct_ui.ui.session import note_box
from instruct_ui.workbench import RunView, Workbench, run_title

_NOTHING = Html("")
Checks = Sequence[tuple[int, float, float]]


@dataclass(frozen=True)
class Training:
    card: Html
    figure: dict[str, Any] = field(default_factory=dict)
    checks: Html = _NOTHING
    key: str = ""
    """Equal where nothing changed; what follows the last `|` names the points of the curve."""

    @property
    def parts(self) -> list[Any]:
        return [self.card, self.figure, self.checks]


def view_training(workbench: Workbench, owner: str, pid: str, language: Language) -> Training:
    """The training that runs, else the one that ended last, with its curve and checks."""
    seen = workbench.jobs_in_sight(owner, pid)
    getting = job_lines(workbench, owner, seen, ("get_model",), language)
    jobs = [j for j in seen if j.project_id and j.lane == "training" and j.kind == "run"]
    if not jobs:
        empty = element("p", say("finetune.live_empty", language), class_="empty")
        card = stacked(*getting, empty)
        return Training(card, key=f"{card}|none")
    going = [j for j in jobs if j.state == JobState.RUNNING]
    waiting = [j for j in reversed(jobs) if j.state == JobState.QUEUED]
    shown = workbench.job(owner, (going or waiting or jobs)[0].id)
    others = [j for j in waiting if j.id != shown.id]
    losses, checks = workbench.curve(owner, shown.id)
    runs = workbench.runs(owner, pid)
    card = stacked(
        *getting,
        view_card(shown, _run_of(shown, runs), language),
        _waiting([workbench.job(owner, j.id) for j in others], language),
    )
    points = f"{shown.id} {len(losses)} {len(checks)} {language}"
    figure = {}
    if losses or checks:
        figure = both(
            say("finetune.curve_label", language),
            lambda dark: training_figure(losses, checks, language, dark),
            language,
        )
    return Training(card, figure, view_checks(checks, language), f"{card}|{points}")


def view_card(job: JobRecord, run: RunView | None, language: Language) -> Html:
    title = job_title(job, language)
    if job.state == JobState.RUNNING:
        return _running(job, title, language)
    if job.state == JobState.QUEUED:
        text = say("finetune.queued", language)
        return join(
            _line(job, title, "cancel", language),
            progress_bar(None, title),
            element("p", text, class_="note"),
        )
    if run is not None:
        return _finished(run, language)
    return view_ended(job, language)


def view_checks(checks: Checks, language: Language) -> Html:
    """Every check on the validation rows, the best one named."""
    if not checks:
        return Html("")
    best = max(range(len(checks)), key=lambda i: checks[i][2])
    head = [
        heading(say("finetune.check", language)),
        heading(say("finetune.check_loss", language), numeric=True),
        heading(say("finetune.check_score", language), numeric=True),
        heading(""),
    ]
    body = [
        element(
            "tr",
            element("th", say("finetune.check_step", language, step=step), scope="row"),
            number(loss),
            number(score),
            element("td", say("finetune.best", language) if i == best else "", class_="best"),
            class_="best-row" if i == best else None,
        )
        for i, (step, loss, score) in enumerate(checks)
    ]
    return table(say("finetune.checks_label", language), head, body)


def _running(job: JobRecord, title: str, language: Language) -> Html:
    step = job.progress.get("step") or {}
    answered = job.progress.get("progress") or {}
    words: list[str] = []
    share: float | None = None
    if job.stage == "train" and step:
        share = step["step"] / step["steps"]
        words = _numbers(step, language)
    elif job.stage:
        words = [say(f"jobs.stage_{job.stage}", language)]
        if job.stage == "predict" and answered.get("total"):
            share = answered["done"] / answered["total"]
            words.append(say("shell.done_of", language, **answered))
    keep = "stop" if job.progress.get("check") else "cancel"
    return join(
        _line(job, title, keep, language),
        progress_bar(share, title),
        element("p", " · ".join(words) or say("jobs.state_running", language), class_="numbers"),
        view_partial(job, language),
    )


def _numbers(step: dict[str, Any], language: Language) -> list[str]:
    words = [
        say("finetune.at_epoch", language, epoch=step["epoch"], epochs=step["epochs"]),
        say("finetune.at_step", language, step=step["step"], steps=step["steps"]),
    ]
    if step.get("tokens_per_second"):
        words.append(say("finetune.speed", language, value=step["tokens_per_second"]))
    if step.get("memory_bytes"):
        words.append(say("finetune.memory_gb", language, value=step["memory_bytes"] / 1e9))
    if step.get("seconds_left") is not None:
        left = duration(float(round(step["seconds_left"])), language)
        words.append(say("finetune.left", language, time=left))
    return words


def _line(job: JobSnapshot, title: str, word: str, language: Language) -> Html:
    text = say(f"finetune.{word}", language)
    return element(
        "div",
        element("strong", title),
        stop_button(job, text, f"{text}: {title}", language),
        class_="line",
    )


def _finished(run: RunView, language: Language) -> Html:
    report = run.report
    value = report.metrics[report.headline]
    low, high = report.intervals.get(report.headline, (value, value))
    text = say(
        "finetune.done",
        language,
        title=run_title(run, language),
        score=value,
        low=low,
        high=high,
        metric=say(f"verdict.{report.headline}", language),
        rows=report.rows,
        time=duration(report.seconds.get("train", 0.0), language),
    )
    return note_box(text, "good")


def _waiting(jobs: Sequence[JobRecord], language: Language) -> Html:
    if not jobs:
        return Html("")
    titles = ", ".join(job_title(job, language) for job in jobs)
    return element("p", say("finetune.waiting", language, titles=titles), class_="note")


def _run_of(job: JobRecord, runs: Sequence[RunView]) -> RunView | None:
    return next((run for run in runs if run.id == job.payload.get("run_id")), None)
