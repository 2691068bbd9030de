"""The Evaluate step: start runs without training, watch them, see what is finished."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from instruct_ui.errors import InstructError
from instruct_ui.spec import Approach
from instruct_ui.tasks import REGISTRY, Kind
from instruct_ui.texts import Language
from instruct_ui.ui import model_choice
from instruct_ui.ui.evaluate_fields import Asked, defaults, quick, view_fields
from instruct_ui.ui.evaluate_layout import EvaluateTab
from instruct_ui.ui.evaluate_layout import build as build
from instruct_ui.ui.evaluate_view import view_head, view_plan, view_quick_jobs, view_runs
from instruct_ui.ui.run_step import obstacle, offered, view_top, wire_beat, wire_form, wire_stop
from instruct_ui.ui.session import Session, go_to, problem_box, skips
from instruct_ui.workbench import Workbench


def refresh(workbench: Workbench, owner: str, pid: str, language: Language) -> list[Any]:
    """Values for `outputs`; the fields themselves are `wire`'s, which knows what stands in them."""
    stop = obstacle(workbench, owner, pid, language)
    runs = workbench.runs(owner, pid) if pid else []
    top, shown = view_top(
        view_head(runs, language), stop, opened=bool(pid), done=bool(runs), way_on=not stop
    )
    if not shown:
        return [*top, "", ""]
    return [*top, view_quick_jobs(workbench, owner, pid, language), view_runs(runs, language)]


def wire(tab: EvaluateTab, workbench: Workbench, session: Session) -> None:
    def form(
        owner: str, pid: str, language: Language, formed: str, model: str | None, *values: Any
    ) -> list[Any]:
        """Choices, advice and what is shown of the fields; their defaults for another project."""
        if obstacle(workbench, owner, pid, language):
            return skips(tab.formed_parts)
        return _formed(workbench, owner, pid, language, formed, model, Asked(*values))

    changing = [tab.choice.model, *tab.fields.changing]
    wire_form(form, session, "evaluate", [tab.formed, *tab.inputs], changing, tab.formed_parts)

    def submit(
        owner: str,
        pid: str,
        language: Language,
        model: str,
        asked: Asked,
        approaches: Sequence[Approach],
    ) -> list[Any]:
        error: InstructError | None = None
        try:
            for approach in approaches:
                workbench.start(
                    owner,
                    pid,
                    model=model,
                    approach=approach,
                    chat=asked.chat or "auto",
                    test_limit=asked.rows or None,
                )
        except InstructError as caught:
            error = caught
        jobs = view_quick_jobs(workbench, owner, pid, language)
        return [problem_box(error, language), jobs, "?"]

    def start(owner: str, pid: str, language: Language, model: str, *values: Any) -> list[Any]:
        asked = Asked(*values)
        return submit(owner, pid, language, model, asked, [asked.approach()])

    def both(owner: str, pid: str, language: Language, model: str, *values: Any) -> list[Any]:
        task = REGISTRY[workbench.project(owner, pid).task]
        family = model_choice.family(workbench.models(), model)
        return submit(owner, pid, language, model, Asked(*values), quick(task, family))

    told = [tab.problem, tab.jobs, tab.seen]
    for button, act in ((tab.start, start), (tab.both, both)):
        button.click(act, [*session.who, *tab.inputs], told, show_progress="hidden", queue=False)

    def view(owner: str, pid: str, language: Language) -> Any:
        return view_quick_jobs(workbench, owner, pid, language)

    model_choice.wire(tab.choice, workbench, session, view, told)

    def beat(owner: str, pid: str, language: Language, seen: str) -> list[Any]:
        now = str(view_quick_jobs(workbench, owner, pid, language))
        return [gr.skip(), gr.skip()] if now == seen else [now, now]

    wire_beat(beat, session, "evaluate", tab.seen, [tab.jobs, tab.seen])
    wire_stop(tab.jobs, workbench, session)
    tab.top.next.click(None, None, None, js=go_to("finetune"))


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
    task = REGISTRY[workbench.project(owner, pid).task]
    anew = formed != pid or model_choice.named(models, model) is None
    if anew:
        asked = defaults(asked, task)
        model = model_choice.first(workbench, owner, pid, asked.kind or "zero_shot")
    kind: Kind = asked.kind or "zero_shot"
    said = model_choice.said(workbench, owner, pid, model, kind, language)
    notice, get = said.values
    family = model_choice.family(models, model)
    plan = view_plan(workbench.data(owner, pid), asked.approach(), asked.rows, language)
    return [
        pid,
        notice,
        get,
        plan,
        gr.update(interactive=said.ready),
        gr.update(interactive=said.ready, visible=len(quick(task, family)) > 1),
        offered(model_choice.choices(models, language), model, anew),
        *view_fields(asked, family, task, anew, language),
    ]
