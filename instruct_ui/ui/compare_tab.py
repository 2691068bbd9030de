"""The Compare step: which of two runs is better, whether that is luck, and the rows behind it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import gradio as gr

from instruct_ui.errors import InstructError
from instruct_ui.reporting.figures import labels_figure, scores_figure
from instruct_ui.reporting.markup import Html, element
from instruct_ui.reporting.rows import verdict_box
from instruct_ui.reporting.tables import runs_table
from instruct_ui.texts import Language, say
from instruct_ui.ui.compare_view import (
    Shown,
    default_pair,
    short_titles,
    view_confusion,
    view_labels,
    view_rows,
)
from instruct_ui.ui.evaluate_tab import count_runs, shown_runs
from instruct_ui.ui.figure import both, build_figure
from instruct_ui.ui.session import Session, Texts, go_to, head, note_box, problem_box, skips
from instruct_ui.workbench import RunView, Workbench, run_title

_CELL_JS = """element.addEventListener('click', (event) => {
  const cell = event.target.closest('button.confusion-cell');
  if (!cell) return;
  trigger('open_cell', {gold: cell.dataset.gold, predicted: cell.dataset.predicted});
  const rows = document.getElementById('compare-rows');
  if (rows) rows.scrollIntoView({block: 'nearest', behavior: 'smooth'});
});"""
_ROWS_JS = """element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-rows], button[data-page]');
  if (!button || button.disabled) return;
  trigger('show_rows', {rows: button.dataset.rows || '', page: button.dataset.page || '0'});
});"""
_downloads = tempfile.TemporaryDirectory(prefix="instruct-ui-downloads-")


@dataclass(frozen=True)
class CompareTab:
    head: Any
    next: Any
    to_evaluate: Any
    note: Any
    area: Any
    pair: Any
    run_a: Any
    run_b: Any
    verdict: Any
    runs: Any
    scores: Any
    f1: Any
    labels: Any
    confusion: Any
    rows: Any
    downloads: tuple[Any, Any, Any, Any]
    chosen: Any
    """The project for which the person chose runs; "" while the pair is ours."""
    shown: Any
    texts: Texts

    @property
    def outputs(self) -> list[Any]:
        figures = [self.scores, self.f1]
        return [self.head, self.next, self.to_evaluate, self.note, self.area, self.runs, *figures]

    @property
    def pair_parts(self) -> list[Any]:
        tables = [self.verdict, self.labels, self.confusion, self.rows]
        return [self.pair, self.run_a, self.run_b, *tables, self.shown, *self.downloads]


def build(language: Language) -> CompareTab:
    def t(key: str) -> str:
        return say(f"compare.{key}", language)

    with gr.Row(elem_classes=["head-row"]):
        heading = gr.HTML(head(t("title"), "", t("state_none")), elem_id="compare-head")
        to_evaluate = gr.Button(t("to_evaluate"), variant="primary", visible=False)
        following = gr.Button(t("next"), variant="primary", elem_id="compare-next")
    note = gr.HTML("", elem_id="compare-note")
    with gr.Column(visible=False, elem_id="compare-area") as area:
        verdict = gr.HTML("", elem_id="compare-verdict")
        with gr.Row(elem_classes=["fields", "pair"]) as pair:
            run_a = gr.Dropdown([], label=t("run_a"), elem_id="compare-a", interactive=True)
            run_b = gr.Dropdown([], label=t("run_b"), elem_id="compare-b", interactive=True)
        runs = gr.HTML("", elem_id="compare-runs")
        with gr.Row(elem_classes=["two-columns"]):
            with gr.Column(scale=1, min_width=300):
                labels = gr.HTML("", elem_id="compare-labels-box")
            with gr.Column(scale=1, min_width=300):
                confusion = gr.HTML("", js_on_load=_CELL_JS, elem_id="compare-confusion")
        rows = gr.HTML("", js_on_load=_ROWS_JS, elem_id="compare-rows")
        with gr.Accordion(t("plots"), open=False) as plots, gr.Row(elem_classes=["two-columns"]):
            with gr.Column(scale=1, min_width=300):
                scores = build_figure("compare-scores")
            with gr.Column(scale=1, min_width=300):
                f1 = build_figure("compare-f1")
        with gr.Row(elem_classes=["downloads"]):
            downloads = tuple(
                gr.DownloadButton(t(name), size="sm", elem_id=f"download-{name}")
                for name in ("csv", "json", "predictions", "report")
            )
    texts: Texts = (
        (following, {"value": "compare.next"}),
        (to_evaluate, {"value": "compare.to_evaluate"}),
        (run_a, {"label": "compare.run_a"}),
        (run_b, {"label": "compare.run_b"}),
        (plots, {"label": "compare.plots"}),
        *(
            (button, {"label": f"compare.{name}"})
            for button, name in zip(
                downloads, ("csv", "json", "predictions", "report"), strict=True
            )
        ),
    )
    return CompareTab(
        head=heading,
        next=following,
        to_evaluate=to_evaluate,
        note=note,
        area=area,
        pair=pair,
        run_a=run_a,
        run_b=run_b,
        verdict=verdict,
        runs=runs,
        scores=scores,
        f1=f1,
        labels=labels,
        confusion=confusion,
        rows=rows,
        downloads=(downloads[0], downloads[1], downloads[2], downloads[3]),
        chosen=gr.State(""),
        shown=gr.State(Shown()),
        texts=texts,
    )


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
    shown = shown_runs(runs[::-1], language)
    metric = runs[0].report.headline
    return [
        head(title, "", _state(runs, language)),
        gr.update(visible=True),
        gr.update(visible=False),
        told,
        gr.update(visible=True),
        element(
            "section",
            element("h2", say("compare.runs", language)),
            runs_table(shown, language),
            class_="card",
        ),
        both(
            say("compare.scores", language),
            lambda dark: scores_figure(shown, metric, language, dark),
            language,
        ),
        both(
            say("compare.f1", language),
            lambda dark: labels_figure(shown, language, dark),
            language,
        ),
    ]


def _state(runs: list[RunView], language: Language) -> str:
    count = count_runs(runs, language)
    counts = {run.report.rows for run in runs}
    if len(runs) > 1 and len(counts) == 1:
        return say("compare.state", language, runs=count, rows=counts.pop())
    return say("compare.state_plain", language, runs=count)


def wire(tab: CompareTab, workbench: Workbench, session: Session) -> None:
    def show(
        owner: str,
        pid: str,
        language: Language,
        step: str,
        chosen: str,
        run_a: str | None,
        run_b: str | None,
        shown: Shown,
    ) -> list[Any]:
        """The pair as it stands, or ours while the person chose none."""
        runs = workbench.runs(owner, pid) if pid and step == "compare" else []
        if not runs:
            return skips(tab.pair_parts)
        known = {run.id: run for run in runs}
        if chosen != pid or run_a not in known or run_b not in known:
            run_a, run_b = default_pair(runs)
        choices = [(run_title(run, language), run.id) for run in reversed(runs)]
        drawn = [
            gr.update(visible=len(runs) > 1),
            gr.update(choices=choices, value=run_a or None),
            gr.update(choices=choices, value=run_b),
        ]
        return [*drawn, *_drawn(workbench, owner, known, run_a or "", run_b or "", shown, language)]

    asked = [*session.who, session.step, tab.chosen, tab.run_a, tab.run_b, tab.shown]
    states = (session.project, session.changed, session.language, session.step)
    gr.on(
        [state.change for state in states],
        show,
        asked,
        tab.pair_parts,
        show_progress="hidden",
        queue=False,
        trigger_mode="always_last",
    )

    def choose(
        owner: str, pid: str, language: Language, step: str, run_a: str, run_b: str
    ) -> list[Any]:
        return [pid, *show(owner, pid, language, step, pid, run_a, run_b, Shown())]

    for field in (tab.run_a, tab.run_b):
        field.input(
            choose,
            [*session.who, session.step, tab.run_a, tab.run_b],
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
        alone = [view_labels(None, b, ("", name), language), view_confusion(b, name, language)]
        return [told, *alone, "", shown, *_files(workbench, owner, [run_b])]
    names = short_titles(a, b, language)
    try:
        verdict = verdict_box(workbench.compare(owner, run_a, run_b), *names, language)
        rows = _rows(workbench, owner, a, b, shown, language)
        files = _files(workbench, owner, [run_a, run_b])
    except InstructError as error:
        verdict, rows = problem_box(error, language), Html("")
        files = _files(workbench, owner, [run_b])
    labels = view_labels(a, b, names, language)
    return [verdict, labels, view_confusion(b, names[1], language), rows, shown, *files]


def _rows(
    workbench: Workbench, owner: str, a: RunView, b: RunView, shown: Shown, language: Language
) -> Html:
    names = short_titles(a, b, language)
    found = workbench.compare(owner, a.id, b.id)
    answers = [workbench.predictions(owner, run.id) for run in (a, b)]
    return view_rows(found, list(zip(names, answers, strict=True)), shown, language)


def _files(workbench: Workbench, owner: str, run_ids: list[str]) -> list[Any]:
    """Paths for the four downloads; a run whose answers are gone has none of them to give."""
    after = run_ids[-1]
    writers: dict[str, Callable[[], str]] = {
        "runs.csv": lambda: workbench.export_csv(owner, run_ids),
        "runs.json": lambda: workbench.export_json(owner, run_ids),
        "predictions.csv": lambda: workbench.predictions_csv(owner, after),
        "report.json": lambda: workbench.report_json(owner, after),
    }
    made: list[Any] = []
    for name, write in writers.items():
        try:
            made.append(gr.update(value=_file(name, write()), interactive=True))
        except InstructError:
            made.append(gr.update(interactive=False))
    return made


def _file(name: str, text: str) -> str:
    """A file of that name in a folder of its own; the same text gets the same file."""
    folder = Path(_downloads.name) / sha256(text.encode()).hexdigest()[:32]
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)
