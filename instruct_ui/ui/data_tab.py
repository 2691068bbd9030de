"""The Data step with a project open: what was read, and the fields that correct it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from instruct_ui.errors import InstructError
from instruct_ui.tasks import REGISTRY, TaskName
from instruct_ui.texts import Language, say
from instruct_ui.ui import data_view
from instruct_ui.ui.data_layout import DataTab, encodings, headers, tasks
from instruct_ui.ui.data_layout import build as build
from instruct_ui.ui.session import Session, go_to, head, problem_box, skips
from instruct_ui.ui.start import brought
from instruct_ui.workbench import DataView, Workbench


def refresh(workbench: Workbench, owner: str, pid: str, language: Language) -> list[Any]:
    """Values for `outputs`; the view hides while no project is open."""
    if not pid:
        return [gr.update(visible=False), *[gr.skip()] * 15]
    data = workbench.data(owner, pid)
    return [gr.update(visible=True), *_shown(data, language)]


def _shown(data: DataView, language: Language) -> list[Any]:
    first, second = REGISTRY[data.task].columns
    title = say("datatab.title", language)
    line = data_view.reading_line(data, language)
    train, validation, test = data.shares or (0.6, 0.1, 0.3)
    return [
        head(title, ", ".join(data.files), line),
        "",
        gr.update(choices=tasks(language), value=data.task),
        _column(data, first, language),
        _column(data, second, language),
        data_view.left_side(data, language),
        data_view.right_side(data, language),
        gr.update(choices=headers(language)),
        gr.update(choices=encodings(language)),
        gr.update(visible=data.shares is not None),
        train,
        validation,
        test,
        data.seed,
        # Filled only where it leads somewhere.
        gr.update(variant="primary" if data.overview else "secondary"),
    ]


def _column(data: DataView, role: str, language: Language) -> Any:
    label = say(f"datatab.role_{role}", language)
    return gr.update(label=label, choices=list(data.columns), value=data.roles.get(role))


def wire(tab: DataTab, workbench: Workbench, session: Session) -> None:
    def after(
        owner: str, pid: str, language: Language, changed: int, act: Callable[[], None]
    ) -> list[Any]:
        """Does it and shows the data anew; a mistake is said above, and nothing is lost."""
        try:
            act()
        except InstructError as error:
            shown = refresh(workbench, owner, pid, language)
            shown[2] = problem_box(error, language)
            return [*shown, gr.skip()]
        return [*skips(tab.outputs), changed + 1]

    def pick_task(
        owner: str, pid: str, language: Language, changed: int, task: TaskName
    ) -> list[Any]:
        return after(
            owner, pid, language, changed, lambda: workbench.set_roles(owner, pid, task, {})
        )

    def pick_columns(
        owner: str,
        pid: str,
        language: Language,
        changed: int,
        task: TaskName,
        first: str | None,
        second: str | None,
    ) -> list[Any]:
        roles = zip(REGISTRY[task].columns, (first, second), strict=True)
        columns = {role: column for role, column in roles if column}
        return after(
            owner, pid, language, changed, lambda: workbench.set_roles(owner, pid, task, columns)
        )

    def read_anew(
        owner: str,
        pid: str,
        language: Language,
        changed: int,
        header: str | None,
        encoding: str | None,
    ) -> list[Any]:
        known: dict[str, Any] = {"yes": True, "no": False}
        return after(
            owner,
            pid,
            language,
            changed,
            lambda: workbench.set_reading(
                owner, pid, header=known.get(header or "", "auto"), encoding=encoding or "auto"
            ),
        )

    def split(
        owner: str,
        pid: str,
        language: Language,
        changed: int,
        train: float,
        validation: float,
        test: float,
        seed: float,
    ) -> list[Any]:
        return after(
            owner,
            pid,
            language,
            changed,
            lambda: workbench.set_split(
                owner, pid, train or 0, validation or 0, test or 0, int(seed or 0)
            ),
        )

    def replace(
        owner: str, pid: str, language: Language, changed: int, paths: list[str] | None
    ) -> list[Any]:
        done = after(
            owner,
            pid,
            language,
            changed,
            lambda: workbench.replace_data(owner, pid, brought(paths)),
        )
        return [*done, None]

    who = [*session.who, session.changed]
    outputs = [*tab.outputs, session.changed]
    # One sign that it works, instead of one on each of fifteen parts.
    waits: dict[str, Any] = {"show_progress": "minimal", "show_progress_on": tab.left}
    tab.task.input(pick_task, [*who, tab.task], outputs, **waits)
    for dropdown in (tab.first_role, tab.second_role):
        roles = [tab.task, tab.first_role, tab.second_role]
        dropdown.input(pick_columns, [*who, *roles], outputs, **waits)
    for field in (tab.header, tab.encoding):
        field.input(read_anew, [*who, tab.header, tab.encoding], outputs, **waits)
    tab.resplit.click(split, [*who, *tab.shares, tab.seed], outputs, **waits)
    tab.replace.upload(replace, [*who, tab.replace], [*outputs, tab.replace], **waits)
    tab.next.click(None, None, None, js=go_to("template"))
