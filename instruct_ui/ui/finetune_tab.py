"""The Fine-tune step: settings, an estimate from a trial, and the training as it goes on."""

from __future__ import annotations

from typing import Any

import gradio as gr
from pydantic import ValidationError

from instruct_ui.errors import InstructError
from instruct_ui.reporting.markup import Html
from instruct_ui.tasks import REGISTRY
from instruct_ui.texts import Language, say
from instruct_ui.ui import model_choice
from instruct_ui.ui.finetune_fields import (
    Asked,
    fitting,
    suggested,
    view_bad_setting,
    view_fields,
)
from instruct_ui.ui.finetune_layout import FinetuneTab
from instruct_ui.ui.finetune_layout import build as build
from instruct_ui.ui.finetune_view import obstacle, view_estimate
from instruct_ui.ui.run_step import offered, view_top, wire_beat, wire_form, wire_stop
from instruct_ui.ui.session import Session, go_to, head, problem_box, skips
from instruct_ui.ui.training_view import view_training
from instruct_ui.workbench import Workbench


def refresh(workbench: Workbench, owner: str, pid: str, language: Language) -> list[Any]:
    """Values for `outputs`; the fields themselves are `wire`'s, which knows what stands in them."""
    runs = workbench.runs(owner, pid) if pid else []
    top, shown = view_top(
        head(say("finetune.title", language), "", say("finetune.state", language)),
        obstacle(workbench, owner, pid, language),
        opened=bool(pid),
        done=any(run.tuned for run in runs),
        way_on=bool(runs),
    )
    if not shown:
        return [*top, "", {}, ""]
    return [*top, *view_training(workbench, owner, pid, language).parts]


def wire(tab: FinetuneTab, workbench: Workbench, session: Session) -> None:
    def form(
        owner: str, pid: str, language: Language, formed: str, model: str | None, *values: Any
    ) -> list[Any]:
        if obstacle(workbench, owner, pid, language):
            return skips(tab.formed_parts)
        return _formed(workbench, owner, pid, language, formed, model, Asked(*values))

    wire_form(form, session, "finetune", [tab.formed, *tab.inputs], tab.inputs, tab.formed_parts)

    def estimate(owner: str, pid: str, language: Language, model: str, *values: Any) -> list[Any]:
        try:
            settings = Asked(*values).settings()
            workbench.estimate(owner, pid, model=model, approach=settings)
        except ValidationError as error:
            return [gr.skip(), view_bad_setting(error, language)]
        except InstructError as error:
            return [gr.skip(), problem_box(error, language)]
        return [view_estimate(workbench, owner, pid, model, settings, language), ""]

    tab.estimate.click(
        estimate,
        [*session.who, *tab.inputs],
        [tab.estimate_box, tab.problem],
        show_progress="hidden",
        queue=False,
    )

    def start(owner: str, pid: str, language: Language, model: str, *values: Any) -> list[Any]:
        told = Html("")
        try:
            workbench.start(owner, pid, model=model, approach=Asked(*values).settings())
        except ValidationError as error:
            told = view_bad_setting(error, language)
        except InstructError as error:
            told = problem_box(error, language)
        return [told, "?", *view_training(workbench, owner, pid, language).parts]

    tab.start.click(
        start,
        [*session.who, *tab.inputs],
        [tab.problem, tab.seen, *tab.live_parts],
        show_progress="hidden",
        queue=False,
    )

    def view(owner: str, pid: str, language: Language) -> Html:
        return view_training(workbench, owner, pid, language).card

    told = [tab.problem, tab.live, tab.seen]
    model_choice.wire(tab.choice, workbench, session, view, told)

    def beat(owner: str, pid: str, language: Language, seen: str) -> list[Any]:
        live = view_training(workbench, owner, pid, language)
        if live.key == seen:
            return skips([tab.seen, *tab.live_parts])
        # Zoom and plot stay as they are while only the numbers above them move.
        points = live.key.rsplit("|", 1)[-1]
        figure = gr.skip() if points == seen.rsplit("|", 1)[-1] else live.figure
        return [live.key, live.card, figure, live.checks]

    wire_beat(beat, session, "finetune", tab.seen, [tab.seen, *tab.live_parts])
    wire_stop(tab.live, workbench, session)
    tab.top.next.click(None, None, None, js=go_to("compare"))


def _formed(
    workbench: Workbench,
    owner: str,
    pid: str,
    language: Language,
    formed: str,
    model: str | None,
    asked: Asked,
) -> list[Any]:
    models = workbench.models()
    anew = formed != pid or model_choice.named(models, model) is None
    if anew:
        model = model_choice.first(workbench, owner, pid, "fine_tune")
        tags = REGISTRY[workbench.project(owner, pid).task].gold.shape == "tags"
        rows = workbench.data(owner, pid).splits.get("train", 0)
        epochs, patience = suggested(rows, tags)
        asked = asked._replace(epochs=epochs, patience=patience)
    family = model_choice.family(models, model)
    fit = fitting(asked, family)
    said = model_choice.said(workbench, owner, pid, model, "fine_tune", language)
    try:
        box = view_estimate(workbench, owner, pid, model, fit.settings(), language)
    except ValidationError as error:
        box = view_bad_setting(error, language)
    button = gr.update(interactive=said.ready)
    return [
        pid,
        *said.values,
        box,
        button,
        button,
        offered(model_choice.choices(models, language), model, anew),
        *view_fields(fit, family, fit != asked, anew, language),
    ]
