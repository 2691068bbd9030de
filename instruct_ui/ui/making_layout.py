"""The components of making rows and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from instruct_ui.texts import Language, say
from instruct_ui.ui import model_choice
from instruct_ui.ui.job_view import STOP_JS
from instruct_ui.ui.model_choice import ModelChoice
from instruct_ui.ui.session import Texts
from instruct_ui.workbench.making_asking import COUNT, MOST

_JS = (Path(__file__).parent / "making.js").read_text(encoding="utf-8")
"""Python hears `add_rows` with the job and the rows that were ticked, and `drop_made`."""


@dataclass(frozen=True)
class MakingTab:
    area: Any
    intro: Any
    fields: Any
    choice: ModelChoice
    count: Any
    labels: Any
    instruction: Any
    start: Any
    problem: Any
    jobs: Any
    review: Any
    outcome: Any
    formed: Any
    """The project whose defaults the fields were last set to."""
    seen: Any
    """The jobs as they were last shown."""
    shown: Any
    """What is to be looked at as it was last shown."""
    texts: Texts

    @property
    def outputs(self) -> list[Any]:
        return [self.area]

    @property
    def formed_parts(self) -> list[Any]:
        """What `making_tab` gives values for when the fields are set."""
        shown = [self.formed, self.area, self.intro, self.fields, *self.choice.notes, self.start]
        told = [self.jobs, self.review, self.seen, self.shown, self.problem, self.outcome]
        return [*shown, self.choice.model, self.labels, self.instruction, *told]


def build(language: Language) -> MakingTab:
    def t(key: str) -> str:
        return say(f"making.{key}", language)

    with gr.Accordion(t("title"), open=False, visible=False, elem_id="making") as area:
        intro = gr.HTML("", elem_id="making-intro")
        with gr.Column(elem_classes=["card"]) as fields:
            with gr.Row(elem_classes=["fields"]):
                choice = model_choice.build("making", language)
                count = gr.Number(
                    COUNT,
                    label=t("count"),
                    precision=0,
                    minimum=1,
                    maximum=MOST,
                    min_width=90,
                    interactive=True,
                    elem_id="making-count",
                )
                labels = gr.Dropdown(
                    [],
                    label=t("labels"),
                    info=t("labels_info"),
                    multiselect=True,
                    min_width=260,
                    interactive=True,
                    elem_id="making-labels",
                )
            model_choice.place_notes(choice)
            instruction = gr.Textbox(
                label=t("instruction"),
                info=t("instruction_info"),
                lines=2,
                max_lines=8,
                interactive=True,
                elem_id="making-instruction",
            )
            # Not before a model is chosen.
            start = gr.Button(t("start"), interactive=False, size="sm", elem_id="making-start")
        problem = gr.HTML("", elem_id="making-problem")
        jobs = gr.HTML("", js_on_load=STOP_JS, elem_id="making-jobs")
        review = gr.HTML("", js_on_load=_JS, elem_id="making-review")
        # Below the rows, where the button is that adds them.
        outcome = gr.HTML("", elem_id="making-outcome")
    texts: Texts = (
        (area, {"label": "making.title"}),
        (count, {"label": "making.count"}),
        (labels, {"label": "making.labels", "info": "making.labels_info"}),
        (instruction, {"label": "making.instruction", "info": "making.instruction_info"}),
        (start, {"value": "making.start"}),
        *choice.texts,
    )
    return MakingTab(
        area,
        intro,
        fields,
        choice,
        count,
        labels,
        instruction,
        start,
        problem,
        jobs,
        review,
        outcome,
        formed=gr.State(""),
        seen=gr.State(""),
        shown=gr.State(""),
        texts=texts,
    )
