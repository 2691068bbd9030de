"""The components of the Use step and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from instruct_ui.texts import Language, say
from instruct_ui.ui.session import Texts, head
from instruct_ui.ui.use_view import view_empty


@dataclass(frozen=True)
class UseTab:
    head: Any
    next: Any
    note: Any
    area: Any
    run: Any
    text: Any
    second: Any
    """The other text of tasks that read two."""
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
            second = gr.Textbox(
                label=t("text"),
                lines=2,
                max_lines=8,
                elem_id="use-second",
                visible=False,
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
        second,
        ask,
        answer,
        gr.State(""),
        gr.State(""),
        texts,
    )
