"""The components of the Fine-tune step and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from instruct_ui.texts import Language, say
from instruct_ui.ui import model_choice
from instruct_ui.ui.figure import build_figure
from instruct_ui.ui.finetune_fields import TrainingFields, build_fields
from instruct_ui.ui.job_view import STOP_JS
from instruct_ui.ui.model_choice import ModelChoice
from instruct_ui.ui.run_step import Top, build_top
from instruct_ui.ui.session import Texts


@dataclass(frozen=True)
class FinetuneTab:
    top: Top
    area: Any
    choice: ModelChoice
    fields: TrainingFields
    estimate_box: Any
    problem: Any
    estimate: Any
    start: Any
    live: Any
    curve: Any
    checks: Any
    formed: Any
    """The project whose defaults the fields were last set to."""
    seen: Any
    """The training as it was last shown."""
    texts: Texts

    @property
    def outputs(self) -> list[Any]:
        top = [self.top.head, self.top.next, self.top.note, self.area, self.start]
        return [*top, *self.live_parts]

    @property
    def live_parts(self) -> list[Any]:
        return [self.live, self.curve, self.checks]

    @property
    def inputs(self) -> list[Any]:
        """What a training is made of."""
        return [self.choice.model, *self.fields.inputs]

    @property
    def formed_parts(self) -> list[Any]:
        """What `_formed` gives values for."""
        notes = [self.formed, *self.choice.notes, self.estimate_box, self.estimate, self.start]
        return [*notes, self.choice.model, *self.fields.outputs]


def build(language: Language) -> FinetuneTab:
    def t(key: str) -> str:
        return say(f"finetune.{key}", language)

    top = build_top("finetune", language)
    with (
        gr.Column(visible=False, elem_id="finetune-area") as area,
        gr.Row(elem_classes=["two-columns"]),
    ):
        with gr.Column(elem_classes=["card"], scale=4, min_width=300):
            choice = model_choice.build("finetune", language)
            model_choice.place_notes(choice)
            fields = build_fields(language)
            box = gr.HTML("", elem_id="finetune-estimate-box")
            problem = gr.HTML("", elem_id="finetune-problem")
            # Not before a model is chosen, which `form` does.
            estimate = gr.Button(t("estimate"), interactive=False, elem_id="finetune-estimate")
            start = gr.Button(
                t("start"), variant="primary", interactive=False, elem_id="finetune-start"
            )
        with gr.Column(elem_classes=["card"], scale=6, min_width=300):
            live = gr.HTML("", js_on_load=STOP_JS, elem_id="finetune-live")
            curve = build_figure("finetune-curve")
            checks = gr.HTML("", elem_id="finetune-checks")
    texts: Texts = (
        (top.next, {"value": "finetune.next"}),
        (estimate, {"value": "finetune.estimate"}),
        (start, {"value": "finetune.start"}),
        *choice.texts,
        *fields.texts,
    )
    return FinetuneTab(
        top,
        area,
        choice,
        fields,
        box,
        problem,
        estimate,
        start,
        live,
        curve,
        checks,
        formed=gr.State(""),
        seen=gr.State(""),
        texts=texts,
    )
