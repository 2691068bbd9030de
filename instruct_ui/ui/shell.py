"""The page: side bar and steps, language, address, and its life from start to SIGTERM."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from types import ModuleType
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr

from instruct_ui.errors import InstructError, RequestError
from instruct_ui.settings import Settings
from instruct_ui.texts import Language, say
from instruct_ui.ui import (
    compare_tab,
    data_tab,
    evaluate_tab,
    finetune_tab,
    label_tab,
    making_tab,
    sidebar,
    start,
    template_tab,
    use_tab,
)
from instruct_ui.ui.session import (
    STEPS,
    Session,
    Step,
    Tab,
    build_session,
    components,
    language_of,
    owner_of,
    relabelled,
)
from instruct_ui.ui.theme import css, theme
from instruct_ui.workbench import Workbench

_log = logging.getLogger(__name__)
_UPLOADS_LIVE = (3600, 24 * 3600)
"""Seconds between clearings of brought files, and how old they get; projects keep their own."""

_MODULES: dict[Step, tuple[ModuleType, ...]] = {
    "data": (start, data_tab, label_tab, making_tab),
    "template": (template_tab,),
    "evaluate": (evaluate_tab,),
    "finetune": (finetune_tab,),
    "compare": (compare_tab,),
    "use": (use_tab,),
}
Part = tuple[ModuleType, Tab]


def build_page(workbench: Workbench) -> Any:
    """The whole page as gr.Blocks, wired to the workbench."""
    parts: dict[Step, list[Part]] = {}
    with gr.Blocks(title="InstructUI", fill_width=True, delete_cache=_UPLOADS_LIVE) as page:
        with gr.Row(elem_id="page"):
            with gr.Column(elem_id="side", scale=0, min_width=236):
                side = sidebar.build("en", workbench)
                session = build_session(side.steps)
            with gr.Column(elem_id="main", scale=1), gr.Tabs(elem_id="steps") as tabs:
                for step in STEPS:
                    with gr.Tab(say(f"shell.step_{step}"), id=step):
                        parts[step] = [(module, module.build("en")) for module in _MODULES[step]]
        sidebar.wire(side, workbench, session)
        for module, tab in _all(parts):
            module.wire(tab, workbench, session)
        _wire(page, workbench, session, side, tabs, parts)
    return page


def _all(parts: dict[Step, list[Part]]) -> list[Part]:
    return [part for step in STEPS for part in parts[step]]


def _wire(
    page: Any,
    workbench: Workbench,
    session: Session,
    side: sidebar.Sidebar,
    tabs: Any,
    parts: dict[Step, list[Part]],
) -> None:
    texts = (*side.texts, *(pair for _, tab in _all(parts) for pair in tab.texts))
    outputs = _once([*side.outputs, *(c for _, tab in _all(parts) for c in tab.outputs)])

    def seen(owner: str, pid: str, language: Language, step: Step) -> dict[Any, Any]:
        """New values for the side bar and the step in view."""
        shown: dict[Any, Any] = {}
        for module, tab in ((sidebar, side), *parts[step]):
            try:
                values = module.refresh(workbench, owner, pid, language)
                shown.update(zip(tab.outputs, values, strict=True))
            except InstructError as error:
                gr.Warning(error.message(language))
        return shown

    def relabel(language: Language) -> dict[Any, Any]:
        return _merged(zip(components(texts), relabelled(texts, language), strict=True))

    def load(kept_owner: str, kept_language: str, request: gr.Request) -> dict[Any, Any]:
        asked = request.query_params
        owner = owner_of(kept_owner, workbench.settings.demo)
        accepted = request.headers.get("accept-language", "")
        language = language_of(asked.get("lang"), kept_language, accepted)
        step: Step = next((s for s in STEPS if s == asked.get("step")), "data")
        pid = _known(workbench, owner, asked.get("project", ""))
        shown = _joined(relabel(language), seen(owner, pid, language, step))
        return {
            **shown,
            side.language: gr.update(value=language, label=say("shell.language", language)),
            session.owner: owner,
            session.kept_owner: owner,
            session.project: pid,
            session.language: language,
            session.step: step,
            tabs: gr.update(selected=step),
        }

    def speak(
        owner: str, pid: str, language: Language, step: Step, chosen: Language
    ) -> dict[Any, Any]:
        shown = _joined(relabel(chosen), seen(owner, pid, chosen, step))
        return {**shown, session.language: chosen, session.kept_language: chosen}

    labelled = _once([*outputs, *components(texts)])
    kept = [session.kept_owner, session.kept_language]
    page.load(
        load,
        kept,
        _once([*labelled, side.language, session.kept_owner, *session.who, session.step, tabs]),
        show_progress="hidden",
    )
    inputs = [*session.who, session.step]
    side.language.input(
        speak,
        [*inputs, side.language],
        _once([*labelled, session.language, session.kept_language]),
        show_progress="hidden",
    )
    for state in (session.project, session.changed):
        state.change(seen, inputs, outputs, show_progress="hidden")
    for step in STEPS:
        _wire_step(step, workbench, session, side, tabs, parts[step])


def _wire_step(
    step: Step,
    workbench: Workbench,
    session: Session,
    side: sidebar.Sidebar,
    tabs: Any,
    parts: list[Part],
) -> None:
    """The browser switches at once; the server fills the step in."""
    pressed = getattr(side.steps, f"open_{step}")
    pressed(None, None, tabs, js=f"() => ({{__type__: 'update', selected: '{step}'}})")

    def fill(owner: str, pid: str, language: Language) -> list[Any]:
        values: list[Any] = []
        for module, tab in parts:
            try:
                values += module.refresh(workbench, owner, pid, language)
            except InstructError as error:
                gr.Warning(error.message(language))
                values += [gr.skip()] * len(tab.outputs)
        return [step, *values]

    outputs = [session.step, *(c for _, tab in parts for c in tab.outputs)]
    pressed(fill, session.who, outputs, show_progress="hidden")


def _known(workbench: Workbench, owner: str, pid: str) -> str:
    """The project of the address, if it is there and this person's; else none."""
    if not pid:
        return ""
    try:
        return workbench.project(owner, pid).id
    except InstructError:
        return ""


def _once(found: list[Any]) -> list[Any]:
    return list(dict.fromkeys(found))


def _merged(pairs: Any) -> dict[Any, Any]:
    return dict(pairs)


def _joined(labels: dict[Any, Any], values: dict[Any, Any]) -> dict[Any, Any]:
    """Labels and values for one event; where a component gets both, both stay."""
    joined = dict(labels)
    for component, value in values.items():
        if component not in labels:
            joined[component] = value
        elif isinstance(value, dict):
            joined[component] = {**labels[component], **value}
        else:
            joined[component] = {**labels[component], "value": value}
    return joined


def serve(settings: Settings) -> None:
    """Serves the page until SIGTERM or SIGINT; workers and preview end with it."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    workbench = Workbench.open(settings)
    page = build_page(workbench)
    try:
        _launch(page, settings)
        sys.stdout.write(say("shell.serving", url=f"http://{settings.host}:{settings.port}") + "\n")
        sys.stdout.flush()
        ended.wait()
    finally:
        workbench.close()
        page.close()


def _launch(page: gr.Blocks, settings: Settings) -> None:
    """Raises RequestError where the port cannot be had."""
    try:
        page.launch(
            server_name=settings.host,
            server_port=settings.port,
            share=False,
            max_file_size=settings.max_upload_mb * 1_048_576,
            show_error=False,
            prevent_thread_lock=True,
            quiet=True,
            run_history=False,
            footer_links=[],
            theme=theme(),
            css=css(),
        )
    except OSError as error:
        raise RequestError("port_taken", host=settings.host, port=settings.port) from error
