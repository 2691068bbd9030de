"""The Evaluate step: start runs without training, watch them, see what is finished."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import gradio as gr

from instruct_ui.errors import InstructError
from instruct_ui.spec import Approach
from instruct_ui.tasks import REGISTRY, Kind
from instruct_ui.texts import Language, say
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
        owner: str,
        pid: str,
        language: Language,
        wanted: tuple[str, ...],
        taken: tuple[str, ...],
        formed: str,
        model: str | None,
        *values: Any,
    ) -> list[Any]:
        """Choices, advice and what is shown of the fields; their defaults for another project."""
        if obstacle(workbench, owner, pid, language):
            return skips(tab.formed_parts)
        parts = _formed(workbench, owner, pid, language, formed, model, Asked(*values))
        new = formed != pid or wanted != taken
        beside = _versions(workbench, owner, pid, wanted, new, language)
        at = tab.formed_parts.index(tab.versions)
        return [*parts[:at], beside, wanted, *parts[at:]]

    changing = [tab.choice.model, *tab.fields.changing]
    asked_of = [session.versions, tab.taken, tab.formed, *tab.inputs]
    wire_form(form, session, "evaluate", asked_of, changing, tab.formed_parts)

    def submit(
        owner: str,
        pid: str,
        language: Language,
        versions: Sequence[str],
        model: str,
        asked: Asked,
        approaches: Sequence[Approach],
    ) -> list[Any]:
        error: InstructError | None = None
        try:
            for version, approach in product(versions or [""], approaches):
                workbench.start(
                    owner,
                    pid,
                    model=model,
                    approach=approach,
                    chat=asked.chat or "auto",
                    test_limit=asked.rows or None,
                    version_id=version,
                )
        except InstructError as caught:
            error = caught
        jobs = view_quick_jobs(workbench, owner, pid, language)
        return [problem_box(error, language), jobs, "?"]

    def start(
        owner: str, pid: str, language: Language, versions: list[str], model: str, *values: Any
    ) -> list[Any]:
        asked = Asked(*values)
        return submit(owner, pid, language, versions, model, asked, [asked.approach()])

    def both(
        owner: str, pid: str, language: Language, versions: list[str], model: str, *values: Any
    ) -> list[Any]:
        task = REGISTRY[workbench.project(owner, pid).task]
        family = model_choice.family(workbench.models(), model)
        asked = Asked(*values)
        return submit(owner, pid, language, versions, model, asked, quick(task, family))

    told = [tab.problem, tab.jobs, tab.seen]
    for button, act in ((tab.start, start), (tab.both, both)):
        inputs = [*session.who, tab.versions, *tab.inputs]
        button.click(act, inputs, told, show_progress="hidden", queue=False)

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


def _versions(
    workbench: Workbench,
    owner: str,
    pid: str,
    wanted: Sequence[str],
    anew: bool,
    language: Language,
) -> Any:
    """The kept versions, those set that the editor asked for; nothing to choose from below two."""
    versions = workbench.versions(owner, pid)
    choices = [(say("template.version", language, number=v.number), v.id) for v in versions]
    known = [version for version in wanted if version in {v.id for v in versions}]
    return offered(choices, known, anew, visible=len(versions) > 1)
