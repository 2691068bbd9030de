"""The Use step: a text in, the answer of a run or a tuned model out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from instruct_ui.errors import InstructError
from instruct_ui.storage.records import JobRecord
from instruct_ui.tasks import REGISTRY, Task
from instruct_ui.texts import Language, say
from instruct_ui.ui.compare_view import signed_title
from instruct_ui.ui.run_step import wire_beat, wire_form
from instruct_ui.ui.session import Session, go_to, head, note_box, problem_box, skips
from instruct_ui.ui.titles import role_title
from instruct_ui.ui.use_layout import UseTab
from instruct_ui.ui.use_layout import build as build
from instruct_ui.ui.use_view import view_empty, view_job
from instruct_ui.workbench import RunView, Workbench

_AT_ONCE = 0.5
"""Seconds the click waits: a warm model has answered by then, and no tick is needed."""


def refresh(workbench: Workbench, owner: str, pid: str, language: Language) -> list[Any]:
    """Values for `outputs`; the list of runs is filled by `wire`, which knows the choice."""
    title = head(say("use.title", language), "", say("use.state", language))
    runs = workbench.runs(owner, pid) if pid else []
    if not runs:
        told = note_box(say("use.needs_run" if pid else "shell.open_first", language))
        return [title, gr.update(visible=bool(pid)), told, gr.update(visible=False)]
    return [title, gr.update(visible=False), "", gr.update(visible=True)]


def best_run(runs: Sequence[RunView]) -> RunView:
    """The best score; of equal ones a tuned model, then the newest."""
    return max(runs, key=lambda r: (r.report.metrics[r.report.headline], r.tuned, r.mark))


def wire(tab: UseTab, workbench: Workbench, session: Session) -> None:
    filled = [tab.run, tab.picked, tab.answer, tab.job, tab.text, tab.second]

    def fill(owner: str, pid: str, language: Language, picked: str, run: str | None) -> list[Any]:
        """The runs to choose from, and for another project what was asked there last."""
        runs = workbench.runs(owner, pid)
        if not runs:
            return skips(filled)
        choices = [(_named(r, language), r.id) for r in reversed(runs)]
        if picked == pid and run in {r.id for r in runs}:
            fields = _fields(REGISTRY[runs[0].spec.task], language)
            return [gr.update(choices=choices), *skips(filled[1:4]), *fields]
        last = _last(workbench, owner, pid)
        shown = view_job(last, language) if last else view_empty(language)
        going = last.id if last and not last.state.ended else ""
        chosen = gr.update(choices=choices, value=best_run(runs).id)
        fields = _fields(REGISTRY[runs[0].spec.task], language, last)
        return [chosen, pid, shown, going, *fields]

    wire_form(fill, session, "use", [tab.picked, tab.run], (), filled)

    def ask(owner: str, language: Language, run: str | None, text: str, second: str) -> list[Any]:
        try:
            job_id = workbench.try_text(owner, run or "", text or "", second or "")
            workbench.wait(owner, job_id, _AT_ONCE)
            job = workbench.job(owner, job_id)
        except InstructError as error:
            return [problem_box(error, language), ""]
        return [view_job(job, language), "" if job.state.ended else job_id]

    gr.on(
        [tab.ask.click, tab.text.submit, tab.second.submit],
        ask,
        [session.owner, session.language, tab.run, tab.text, tab.second],
        [tab.answer, tab.job],
        show_progress="hidden",
        queue=False,
    )

    def beat(owner: str, pid: str, language: Language, job_id: str) -> list[Any]:
        if not job_id:
            return skips([tab.answer, tab.job])
        try:
            job = workbench.job(owner, job_id)
        except InstructError as error:
            return [problem_box(error, language), ""]
        return [view_job(job, language), "" if job.state.ended else gr.skip()]

    wire_beat(beat, session, "use", tab.job, [tab.answer, tab.job])
    tab.next.click(None, None, None, js=go_to("evaluate"))


def _named(run: RunView, language: Language) -> str:
    score = run.report.metrics[run.report.headline]
    return say("use.run_scored", language, title=signed_title(run, language), score=score)


def _fields(task: Task, language: Language, last: JobRecord | None = None) -> list[Any]:
    """The text, and the second one where the task reads two, by the names of their columns."""
    first, second = task.roles[0], task.second
    plain = second is None and first.name in ("text", "tokens")
    label = say("use.text", language) if plain else role_title(task.name, first.name, language)
    typed = {} if last is None else {"value": last.payload.get("text", "")}
    beside = {} if last is None else {"value": last.payload.get("second", "")}
    if second is None:
        return [gr.update(label=label, **typed), gr.update(visible=False)]
    named = role_title(task.name, second.name, language)
    return [gr.update(label=label, **typed), gr.update(label=named, visible=True, **beside)]


def _last(workbench: Workbench, owner: str, pid: str) -> JobRecord | None:
    """What was asked last, so that a reload shows it again."""
    found = next((j for j in workbench.jobs(owner, pid) if j.kind == "try_text"), None)
    return workbench.job(owner, found.id) if found else None
