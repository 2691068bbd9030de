"""The start screen, in the Data step while no project is open: files, pasted rows, samples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from instruct_ui.errors import InstructError
from instruct_ui.reporting.markup import Html
from instruct_ui.texts import Language, say
from instruct_ui.ui.session import Session, problem_box
from instruct_ui.ui.start_layout import StartScreen
from instruct_ui.ui.start_layout import build as build
from instruct_ui.ui.start_view import view_cards, view_head, view_models
from instruct_ui.workbench import ProjectView, Workbench


def _asked(workbench: Workbench, owner: str, language: Language) -> Html:
    models = workbench.models()
    if all(m.present or not m.card.embedded for m in models):
        return Html("")
    return view_models(models, workbench.jobs(owner), language)


def refresh(workbench: Workbench, owner: str, pid: str, language: Language) -> list[Any]:
    """Values for `outputs`; the screen hides while a project is open."""
    if pid:
        hidden = gr.update(visible=False)
        return [hidden, gr.skip(), gr.skip(), gr.skip(), "", gr.Timer(active=False)]
    missing = _asked(workbench, owner, language)
    return [
        gr.update(visible=True),
        view_head(language),
        missing,
        view_cards(workbench.samples(), workbench.projects(owner), language),
        gr.skip(),
        gr.Timer(active=bool(missing)),
    ]


def free_name(name: str, taken: Sequence[ProjectView]) -> str:
    """`name`, or with the first number that makes it one of its own."""
    names = {project.name for project in taken}
    numbered = (f"{name} {number}" for number in range(2, len(names) + 3))
    return next(n for n in (name, *numbered) if n not in names)


def brought(paths: Sequence[str] | None) -> list[tuple[str, Path]]:
    """What an upload gave, as (file name, path on disk)."""
    return [(Path(path).name, Path(path)) for path in paths or ()]


def wire(start: StartScreen, workbench: Workbench, session: Session) -> None:
    who = [session.owner, session.language]

    def take_files(owner: str, language: Language, paths: list[str] | None) -> list[Any]:
        files = brought(paths)
        stem = files[0][1].stem if files else ""
        try:
            name = free_name(stem, workbench.projects(owner))
            pid = workbench.create_project(owner, name, files)
        except InstructError as error:
            return [gr.skip(), problem_box(error, language), None]
        return [pid, "", None]

    def take_text(owner: str, language: Language, text: str) -> list[Any]:
        try:
            name = free_name(say("start.pasted_name", language), workbench.projects(owner))
            pid = workbench.create_from_text(owner, name, text)
        except InstructError as error:
            return [gr.skip(), problem_box(error, language), gr.skip()]
        return [pid, "", ""]

    def open_sample(owner: str, language: Language, event: gr.EventData) -> list[Any]:
        try:
            key = event.key
            title = next((say(s.title, language) for s in workbench.samples() if s.key == key), "")
            name = free_name(title, workbench.projects(owner))
            return [workbench.open_sample(owner, key, name), ""]
        except InstructError as error:
            return [gr.skip(), problem_box(error, language)]

    def open_project(event: gr.EventData) -> Any:
        return event.key

    def get_model(owner: str, language: Language, event: gr.EventData) -> Html:
        try:
            running = [j for j in workbench.jobs(owner) if j.kind == "get_model"]
            if all(j.state.ended for j in running):
                workbench.get_model(owner, event.key)
        except InstructError as error:
            return problem_box(error, language)
        return _asked(workbench, owner, language)

    def beat(owner: str, language: Language, seen: str) -> list[Any]:
        """Keeps the line about missing models up to date."""
        now = str(_asked(workbench, owner, language))
        return [gr.skip(), gr.skip()] if now == seen else [now, now]

    start.upload.upload(
        take_files,
        [*who, start.upload],
        [session.project, start.problem, start.upload],
        show_progress="minimal",
    )
    start.use_pasted.click(
        take_text,
        [*who, start.paste],
        [session.project, start.problem, start.paste],
        show_progress_on=start.paste,
    )
    start.cards.open_sample(
        open_sample,
        who,
        [session.project, start.problem],
        show_progress="minimal",
        show_progress_on=start.cards,
    )
    start.cards.open_project(open_project, None, session.project)
    start.models.get_model(get_model, who, start.models)
    start.timer.tick(
        beat,
        [*who, start.models_seen],
        [start.models, start.models_seen],
        queue=False,
        show_progress="hidden",
        trigger_mode="once",
    )
