"""The components of the Compare step and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from instruct_ui.texts import Language, say
from instruct_ui.ui.compare_view import Shown
from instruct_ui.ui.figure import build_figure
from instruct_ui.ui.session import Texts, head

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
            offered = gr.HTML(t("downloads"), elem_classes=["downloads-title"])
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
        (offered, {"value": "compare.downloads"}),
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
