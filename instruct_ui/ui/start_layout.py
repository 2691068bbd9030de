"""The components of the start screen and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from instruct_ui.texts import Language, say
from instruct_ui.ui.session import Texts
from instruct_ui.ui.start_upload import build_upload
from instruct_ui.ui.start_view import view_head

_CLICKS = """element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-value]');
  if (!button) return;
  if (button.dataset.event === 'open_sample') trigger('open_sample', {key: button.dataset.value});
  if (button.dataset.event === 'open_project') trigger('open_project', {key: button.dataset.value});
  if (button.dataset.event === 'get_model') trigger('get_model', {key: button.dataset.value});
});"""


@dataclass(frozen=True)
class StartScreen:
    area: Any
    head: Any
    models: Any
    models_seen: Any
    timer: Any
    """Runs only while a model is missing and the screen is in view."""
    upload: Any
    problem: Any
    paste_area: Any
    paste: Any
    use_pasted: Any
    cards: Any
    texts: Texts

    @property
    def outputs(self) -> list[Any]:
        return [self.area, self.head, self.models, self.cards, self.problem, self.timer]


def build(language: Language) -> StartScreen:
    with gr.Column(elem_id="start") as area:
        heading = gr.HTML(view_head(language))
        models = gr.HTML("", js_on_load=_CLICKS, elem_id="missing-models")
        upload, upload_texts = build_upload("start.upload", language, "data-upload", 150)
        problem = gr.HTML("", elem_id="start-problem")
        with gr.Accordion(say("start.paste", language), open=False) as paste_area:
            paste = gr.Textbox(
                label=say("start.paste_label", language),
                placeholder=say("start.paste_hint", language),
                lines=5,
                elem_id="data-paste",
            )
            use_pasted = gr.Button(say("start.use_pasted", language), variant="primary")
        cards = gr.HTML("", js_on_load=_CLICKS, elem_id="start-cards")
    texts: Texts = (
        *upload_texts,
        (paste_area, {"label": "start.paste"}),
        (paste, {"label": "start.paste_label", "placeholder": "start.paste_hint"}),
        (use_pasted, {"value": "start.use_pasted"}),
    )
    return StartScreen(
        area,
        heading,
        models,
        gr.State(""),
        gr.Timer(1.0, active=False),
        upload,
        problem,
        paste_area,
        paste,
        use_pasted,
        cards,
        texts,
    )
