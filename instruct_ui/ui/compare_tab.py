"""The Compare step: which of two runs is better, whether that is luck, and the rows behind it."""

from __future__ import annotations

from typing import Any

import gradio as gr

from instruct_ui.errors import InstructError
from instruct_ui.reporting.figures import labels_figure, scores_figure
from instruct_ui.reporting.markup import Html, join
from instruct_ui.reporting.rows import verdict_box
from instruct_ui.reporting.tables import runs_table
from instruct_ui.texts import Language, say
from instruct_ui.ui.compare_files import offered_files
from instruct_ui.ui.compare_layout import CompareTab
from instruct_ui.ui.compare_layout import build as build
from instruct_ui.ui.compare_view import (
    Shown,
    default_pair,
    short_titles,
    signed_title,
    view_errors,
    view_labels,
    view_rows,
)
from instruct_ui.ui.evaluate_view import shown_runs
from instruct_ui.ui.figure import both
from instruct_ui.ui.run_step import wire_form
from instruct_ui.ui.session import Session, card, go_to, head, note_box, problem_box, skips
from instruct_ui.ui.sidebar_view import runs_told
from instruct_ui.workbench import RunView, Workbench, run_title


def refresh(workbench: Workbench, owner: str, pid: str, language: Language) -> list[Any]:
    """Values for `outputs`: what concerns all runs. The pair is `wire`'s: it knows the choice."""
    runs = workbench.runs(owner, pid) if pid else []
    title = say("compare.title", language)
    if not runs:
        told = note_box(say("compare.needs_run" if pid else "shell.open_first", language))
        state = head(title, "", say("compare.state_none", language))
        hidden = gr.update(visible=False)
        return [state, hidden, gr.update(visible=bool(pid)), told, hidden, "", {}, {}]
    told = note_box(say("compare.needs_two", language)) if len(runs) == 1 else Html("")
    leaky = max((run.report for run in runs), key=lambda report: report.leaked_rows)
    if leaky.leaked_rows:
        words = say("report.leaked", language, count=leaky.leaked_rows, rows=leaky.rows)
        told = join(told, note_box(words, "warning"))
    shown = shown_runs(runs[::-1], language)
    metric = runs[0].report.headline
    return [
        head(title, "", _state(runs, language)),
        gr.update(visible=True),
        gr.update(visible=False),
        told,
        gr.update(visible=True),
        card(say("compare.runs", language), runs_table(shown, language)),
        both(
            say("compare.scores", language),
            lambda dark: scores_figure(shown, metric, language, dark),
            language,
        ),
        both(
            say("compare.f1", language),
            lambda dark: labels_figure(shown, language, dark),
            language,
        )
        if runs[0].report.labels
        else {},
    ]


def _state(runs: list[RunView], language: Language) -> str:
    count = runs_told(len(runs), language)
    counts = {run.report.rows for run in runs}
    if len(runs) > 1 and len(counts) == 1:
        return say("compare.state", language, runs=count, rows=counts.pop())
    return say("compare.state_plain", language, runs=count)


def wire(tab: CompareTab, workbench: Workbench, session: Session) -> None:
    def show(
        owner: str,
        pid: str,
        language: Language,
        chosen: str,
        run_a: str | None,
        run_b: str | None,
        shown: Shown,
    ) -> list[Any]:
        """The pair as it stands, or ours while the person chose none."""
        runs = workbench.runs(owner, pid)
        if not runs:
            return skips(tab.pair_parts)
        known = {run.id: run for run in runs}
        if chosen != pid or run_a not in known or run_b not in known:
            run_a, run_b = default_pair(runs)
        choices = [(signed_title(run, language), run.id) for run in reversed(runs)]
        drawn = [
            gr.update(visible=len(runs) > 1),
            gr.update(choices=choices, value=run_a or None),
            gr.update(choices=choices, value=run_b),
        ]
        return [*drawn, *_drawn(workbench, owner, known, run_a or "", run_b or "", shown, language)]

    asked = [tab.chosen, tab.run_a, tab.run_b, tab.shown]
    wire_form(show, session, "compare", asked, (), tab.pair_parts)

    def choose(owner: str, pid: str, language: Language, run_a: str, run_b: str) -> list[Any]:
        return [pid, *show(owner, pid, language, pid, run_a, run_b, Shown())]

    for field in (tab.run_a, tab.run_b):
        field.input(
            choose,
            [*session.who, tab.run_a, tab.run_b],
            [tab.chosen, *tab.pair_parts],
            show_progress="hidden",
            queue=False,
        )
    _wire_rows(tab, workbench, session)
    tab.next.click(None, None, None, js=go_to("use"))
    tab.to_evaluate.click(None, None, None, js=go_to("evaluate"))


def _wire_rows(tab: CompareTab, workbench: Workbench, session: Session) -> None:
    def rows(
        owner: str, pid: str, language: Language, run_a: str, run_b: str, shown: Shown
    ) -> list[Any]:
        known = {run.id: run for run in workbench.runs(owner, pid)}
        if run_a not in known or run_b not in known:
            return skips([tab.rows, tab.shown])
        html = _rows(workbench, owner, known[run_a], known[run_b], shown, language)
        return [html, shown]

    def open_cell(
        owner: str, pid: str, language: Language, a: str, b: str, event: gr.EventData
    ) -> list[Any]:
        shown = Shown("cell", str(event.gold), str(event.predicted))
        return rows(owner, pid, language, a, b, shown)

    def show_rows(
        owner: str, pid: str, language: Language, a: str, b: str, now: Shown, event: gr.EventData
    ) -> list[Any]:
        wanted, page = str(event.rows), int(event.page)
        if wanted in ("fixed", "broken", "both_wrong", "both_right"):
            return rows(owner, pid, language, a, b, Shown(wanted))
        return rows(owner, pid, language, a, b, Shown(now.change, now.gold, now.answer, page))

    pair = [*session.who, tab.run_a, tab.run_b]
    drawn = [tab.rows, tab.shown]
    tab.confusion.open_cell(open_cell, pair, drawn, show_progress="hidden", queue=False)
    tab.rows.show_rows(show_rows, [*pair, tab.shown], drawn, show_progress="hidden", queue=False)


def _drawn(
    workbench: Workbench,
    owner: str,
    known: dict[str, RunView],
    run_a: str,
    run_b: str,
    shown: Shown,
    language: Language,
) -> list[Any]:
    """Verdict, labels, confusion, rows, which rows, four downloads."""
    b = known[run_b]
    a = known.get(run_a)
    name = run_title(b, language)
    if a is None or a.id == b.id:
        told = note_box(say("compare.same", language), "warning") if a else Html("")
        alone = [view_labels(None, b, ("", name), language), view_errors(None, b, name, language)]
        return [told, *alone, "", shown, *offered_files(workbench, owner, [run_b])]
    names = short_titles(a, b, language)
    try:
        verdict = verdict_box(workbench.compare(owner, run_a, run_b), *names, language)
        rows = _rows(workbench, owner, a, b, shown, language)
        files = offered_files(workbench, owner, [run_a, run_b])
    except InstructError as error:
        verdict, rows = problem_box(error, language), Html("")
        files = offered_files(workbench, owner, [run_b])
    labels = view_labels(a, b, names, language)
    return [verdict, labels, view_errors(a, b, names[1], language), rows, shown, *files]


def _rows(
    workbench: Workbench, owner: str, a: RunView, b: RunView, shown: Shown, language: Language
) -> Html:
    names = short_titles(a, b, language)
    found = workbench.compare(owner, a.id, b.id)
    answers = [workbench.predictions(owner, run.id) for run in (a, b)]
    return view_rows(found, list(zip(names, answers, strict=True)), shown, language)
