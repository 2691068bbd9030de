"""The components of the Evaluate step and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from instruct_ui.texts import Language, say
from instruct_ui.ui import model_choice
from instruct_ui.ui.evaluate_fields import RunFields, build_approach, build_more
from instruct_ui.ui.job_view import STOP_JS
from instruct_ui.ui.model_choice import ModelChoice
from instruct_ui.ui.run_step import Top, build_top
from instruct_ui.ui.session import Texts


@dataclass(frozen=True)
class EvaluateTab:
    top: Top
    area: Any
    choice: ModelChoice
    versions: Any
    """Template versions to run side by side; none chosen: what stands in the editor."""
    fields: RunFields
    plan: Any
    problem: Any
    start: Any
    both: Any
    jobs: Any
    runs: Any
    formed: Any
    """The project whose defaults the fields were last set to."""
    taken: Any
    """The versions the editor last asked to be run side by side."""
    seen: Any
    """The jobs as they were last shown."""
    texts: Texts

    @property
    def outputs(self) -> list[Any]:
        top = [self.top.head, self.top.next, self.top.note, self.area, self.start]
        return [*top, self.jobs, self.runs]

    @property
    def inputs(self) -> list[Any]:
        """What a run is made of."""
        return [self.choice.model, *self.fields.inputs]

    @property
    def formed_parts(self) -> list[Any]:
        """What `_formed` gives values for."""
        notes = [self.formed, *self.choice.notes, self.plan, self.start, self.both]
        return [*notes, self.versions, self.taken, self.choice.model, *self.fields.outputs]


def build(language: Language) -> EvaluateTab:
    def t(key: str) -> str:
        return say(f"evaluate.{key}", language)

    top = build_top("evaluate", language)
    with gr.Column(visible=False, elem_id="evaluate-area") as area:
        with gr.Column(elem_classes=["card"]):
            with gr.Row(elem_classes=["fields"]):
                choice = model_choice.build("evaluate", language)
                approach = build_approach(language)
                versions = gr.Dropdown(
                    [],
                    label=t("versions"),
                    multiselect=True,
                    elem_id="evaluate-versions",
                    min_width=170,
                    interactive=True,
                )
            model_choice.place_notes(choice)
            fields = build_more(approach, language)
            with gr.Row(elem_classes=["fields", "start-row"]):
                fields.limit.render()
                # Not before a model is chosen, which `form` does.
                both = gr.Button(t("both"), interactive=False, elem_id="evaluate-both")
                start = gr.Button(
                    t("start"), variant="primary", interactive=False, elem_id="evaluate-start"
                )
            plan = gr.HTML("", elem_id="evaluate-plan")
            problem = gr.HTML("", elem_id="evaluate-problem")
        jobs = gr.HTML("", js_on_load=STOP_JS, elem_id="evaluate-jobs")
        runs = gr.HTML("", elem_id="evaluate-runs")
    texts: Texts = (
        (top.next, {"value": "evaluate.next"}),
        (start, {"value": "evaluate.start"}),
        (both, {"value": "evaluate.both"}),
        (versions, {"label": "evaluate.versions"}),
        *choice.texts,
        *fields.texts,
    )
    return EvaluateTab(
        top,
        area,
        choice,
        versions,
        fields,
        plan,
        problem,
        start,
        both,
        jobs,
        runs,
        formed=gr.State(""),
        taken=gr.State(()),
        seen=gr.State(""),
        texts=texts,
    )
