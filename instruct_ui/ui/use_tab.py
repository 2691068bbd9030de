"""The Use step: a text in, the answer of a run or a tuned model out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from instruct_ui.errors import InstructError
from instruct_ui.evaluation.counts import spans
from instruct_ui.reporting.markup import Html, element, join
from instruct_ui.storage.records import JobRecord, JobState
from instruct_ui.texts import Language, say
from instruct_ui.ui.job_view import cause, progress_bar
from instruct_ui.ui.session import Session, Texts, go_to, head, note_box, problem_box, skips
from instruct_ui.workbench import RunView, Workbench, run_title

_AT_ONCE = 0.5
"""Seconds the click waits: a warm model has answered by then, and no tick is needed."""
_BARS = 8


@dataclass(frozen=True)
class UseTab:
    head: Any
    next: Any
    note: Any
    area: Any
    run: Any
    text: Any
    ask: Any
    answer: Any
    picked: Any
    """The project for which a run was set."""
    job: Any
    """The job asked last; "" once its answer is shown."""
    texts: Texts

    @property
    def outputs(self) -> list[Any]:
        return [self.head, self.next, self.note, self.area]


def build(language: Language) -> UseTab:
    def t(key: str) -> str:
        return say(f"use.{key}", language)

    with gr.Row(elem_classes=["head-row"]):
        heading = gr.HTML(head(t("title"), "", t("state")), elem_id="use-head")
        following = gr.Button(t("to_evaluate"), variant="primary", visible=False)
    note = gr.HTML("", elem_id="use-note")
    with (
        gr.Column(visible=False, elem_id="use-area") as area,
        gr.Row(elem_classes=["two-columns"]),
    ):
        with gr.Column(elem_classes=["card"], scale=1, min_width=300):
            run = gr.Dropdown([], label=t("run"), elem_id="use-run", interactive=True)
            text = gr.Textbox(
                label=t("text"),
                placeholder=t("placeholder"),
                lines=5,
                max_lines=16,
                elem_id="use-text",
                interactive=True,
            )
            ask = gr.Button(t("answer"), variant="primary", elem_id="use-ask")
        with gr.Column(elem_classes=["card"], scale=1, min_width=300):
            answer = gr.HTML(view_empty(language), elem_id="use-answer")
    texts: Texts = (
        (following, {"value": "use.to_evaluate"}),
        (run, {"label": "use.run"}),
        (text, {"label": "use.text", "placeholder": "use.placeholder"}),
        (ask, {"value": "use.answer"}),
    )
    return UseTab(
        heading,
        following,
        note,
        area,
        run,
        text,
        ask,
        answer,
        gr.State(""),
        gr.State(""),
        texts,
    )


def refresh(workbench: Workbench, owner: str, pid: str, language: Language) -> list[Any]:
    """Values for `outputs`; the list of runs is filled by `wire`, which knows the choice."""
    title = head(say("use.title", language), "", say("use.state", language))
    runs = workbench.runs(owner, pid) if pid else []
    if not runs:
        told = note_box(say("use.needs_run" if pid else "shell.open_first", language))
        return [title, gr.update(visible=bool(pid)), told, gr.update(visible=False)]
    return [title, gr.update(visible=False), "", gr.update(visible=True)]


def view_empty(language: Language) -> Html:
    return element("p", say("use.empty", language), class_="empty")


def view_job(job: JobRecord, language: Language) -> Html:
    """Progress, the answer, or why there is none."""
    if not job.state.ended:
        waits = "queued" if job.state == JobState.QUEUED else "loading"
        text = say(f"use.{waits}", language)
        return element("div", progress_bar(None, text), element("p", text, class_="note"))
    if job.state != JobState.DONE or job.result is None:
        text = say("use.failed", language, reason=cause(job, language))
        sign = element("span", "!", class_="sign", aria_hidden="true")
        return element("div", sign, element("span", text), class_="box box-bad", role="alert")
    return view_answer(job.result, str(job.payload.get("text", "")), language)


def view_answer(result: dict[str, Any], text: str, language: Language) -> Html:
    if "tokens" in result:
        return view_entities(text, result["tokens"], result["tags"], language)
    sure = say("use.sure", language, percent=100 * float(result["confidence"] or 0))
    label = result["label"] or say("report.no_answer", language)
    scores = sorted(result["scores"].items(), key=lambda pair: -pair[1])
    bars = [
        join(
            element("span", name, class_="name"),
            element(
                "span",
                element("span", "", class_="fill", style=f"width:{100 * share:.1f}%"),
                class_="track",
            ),
            element("span", f"{share:.2f}", class_="count"),
        )
        for name, share in scores[:_BARS]
    ]
    return join(
        element(
            "p",
            element("strong", label, class_="answer-label"),
            " ",
            element("span", sure, class_="muted"),
            role="status",
        ),
        element(
            "div", *bars, class_="bars", role="group", aria_label=say("use.scores_label", language)
        ),
    )


def view_entities(
    text: str, tokens: Sequence[str], tags: Sequence[str], language: Language
) -> Html:
    """The text as it was typed, its entities marked with their type."""
    found = spans(tags)
    count = (
        say("use.entities", language, count=len(found))
        if found
        else say("use.no_entities", language)
    )
    places = _places(text, tokens)
    parts: list[str | Html] = []
    at = 0
    for kind, start, end in found:
        first, last = places[start][0], places[end - 1][1]
        mark = element(
            "mark",
            text[first:last],
            " ",
            element("span", kind, class_="entity-type"),
            class_="entity",
        )
        parts += [text[at:first], mark]
        at = last
    return join(
        element("p", *parts, text[at:], class_="marked"),
        element("p", count, class_="note", role="status"),
    )


def _places(text: str, tokens: Sequence[str]) -> list[tuple[int, int]]:
    """Where each token stands in the text (start, end)."""
    places, at = [], 0
    for token in tokens:
        found = text.find(token, at)
        start = found if found >= 0 else at
        at = min(len(text), start + len(token))
        places.append((start, at))
    return places


def best_run(runs: Sequence[RunView]) -> RunView:
    """The best score; of equal ones a tuned model, then the newest."""
    return max(runs, key=lambda r: (r.report.metrics[r.report.headline], r.tuned, r.mark))


def wire(tab: UseTab, workbench: Workbench, session: Session) -> None:
    def fill(
        owner: str, pid: str, language: Language, step: str, picked: str, run: str | None
    ) -> list[Any]:
        """The runs to choose from, and for another project what was asked there last."""
        runs = workbench.runs(owner, pid) if pid and step == "use" else []
        if not runs:
            return [gr.skip()] * 5
        choices = [(_named(r, language), r.id) for r in reversed(runs)]
        if picked == pid and run in {r.id for r in runs}:
            return [gr.update(choices=choices), *[gr.skip()] * 4]
        last = _last(workbench, owner, pid)
        shown = view_job(last, language) if last else view_empty(language)
        going = last.id if last and not last.state.ended else ""
        chosen = gr.update(choices=choices, value=best_run(runs).id)
        text = last.payload.get("text", "") if last else gr.skip()
        return [chosen, pid, shown, going, text]

    states = (session.project, session.changed, session.language, session.step)
    gr.on(
        [state.change for state in states],
        fill,
        [*session.who, session.step, tab.picked, tab.run],
        [tab.run, tab.picked, tab.answer, tab.job, tab.text],
        show_progress="hidden",
        queue=False,
    )

    def ask(owner: str, language: Language, run: str | None, text: str) -> list[Any]:
        try:
            job_id = workbench.try_text(owner, run or "", text or "")
            workbench.wait(owner, job_id, _AT_ONCE)
            job = workbench.job(owner, job_id)
        except InstructError as error:
            return [problem_box(error, language), ""]
        return [view_job(job, language), "" if job.state.ended else job_id]

    gr.on(
        [tab.ask.click, tab.text.submit],
        ask,
        [session.owner, session.language, tab.run, tab.text],
        [tab.answer, tab.job],
        show_progress="hidden",
        queue=False,
    )

    def beat(owner: str, language: Language, step: str, job_id: str) -> list[Any]:
        if step != "use" or not job_id:
            return skips([tab.answer, tab.job])
        try:
            job = workbench.job(owner, job_id)
        except InstructError as error:
            return [problem_box(error, language), ""]
        return [view_job(job, language), "" if job.state.ended else gr.skip()]

    session.tick.tick(
        beat,
        [session.owner, session.language, session.step, tab.job],
        [tab.answer, tab.job],
        show_progress="hidden",
        queue=False,
        trigger_mode="once",
    )
    tab.next.click(None, None, None, js=go_to("evaluate"))


def _named(run: RunView, language: Language) -> str:
    score = run.report.metrics[run.report.headline]
    return say("use.run_scored", language, title=run_title(run, language), score=score)


def _last(workbench: Workbench, owner: str, pid: str) -> JobRecord | None:
    """What was asked last, so that a reload shows it again."""
    found = next((j for j in workbench.jobs(owner, pid) if j.kind == "try_text"), None)
    return workbench.job(owner, found.id) if found else None
