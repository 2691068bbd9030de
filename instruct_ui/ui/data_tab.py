"""The Data step with a project open: what was read and found, and the fields that correct it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from instruct_ui.errors import InstructError
from instruct_ui.reporting.markup import Html
from instruct_ui.spec import SplitName
from instruct_ui.tasks import TaskName
from instruct_ui.texts import Language, say
from instruct_ui.ui import data_fit, data_split, data_view
from instruct_ui.ui.data_columns import view_columns
from instruct_ui.ui.data_findings import view_findings, view_versions
from instruct_ui.ui.data_layout import DataTab, encodings, headers, quotings, separators, tasks
from instruct_ui.ui.data_layout import build as build
from instruct_ui.ui.data_rows import PAGE, view_rows
from instruct_ui.ui.session import Session, go_to, head, problem_box, skips
from instruct_ui.ui.start import brought
from instruct_ui.workbench import DataView, Workbench

_PARTS = 28
"""Outputs besides the area itself."""
_READ_AS = ("csv", "tsv", "xlsx", "txt")
_HEADER: dict[Any, str] = {True: "yes", False: "no", "auto": "auto"}


def refresh(workbench: Workbench, owner: str, pid: str, language: Language) -> list[Any]:
    """Values for `outputs`; the view hides while no project is open."""
    if not pid:
        return [gr.update(visible=False), *[gr.skip()] * _PARTS]
    data = workbench.data(owner, pid)
    file = data.first
    spec = data.spec
    delimited = file is not None and file.format in _READ_AS
    return [
        gr.update(visible=True),
        head(
            say("datatab.title", language),
            ", ".join(data.files.values()),
            data_view.reading_line(data, language),
        ),
        _problem(workbench, owner, pid, data, language),
        data_view.view_reading(workbench.reading(owner, pid), language),
        gr.update(choices=tasks(language), value=data.task),
        view_columns(data, language),
        view_findings(data, workbench.looking_deeper(owner, pid), language),
        _rows(workbench, owner, pid, data, 0, "", language),
        data_view.right_side(data, language),
        view_versions(data, workbench.data_versions(owner, pid), language),
        gr.update(visible=data.report is not None and data.error is None),
        data_fit.offered(workbench, language),
        "",
        gr.update(visible=delimited or data.error is not None),
        gr.update(choices=headers(language), value=_HEADER[spec.header]),
        gr.update(choices=encodings(language), value=spec.encoding),
        gr.update(choices=separators(language), value=spec.separator),
        gr.update(choices=quotings(language), value=spec.quoting),
        gr.update(visible=data.shares is not None and data.report is not None),
        *data_split.values(data, language),
        # Filled only where it leads somewhere.
        gr.update(variant="primary" if data.report and not data.error else "secondary"),
    ]


def _problem(
    workbench: Workbench, owner: str, pid: str, data: DataView, language: Language
) -> Html:
    """Why nothing can be run on the data; that there are no labels is no mistake where they can be
    given here."""
    unlabelled = data.error is not None and data.error.key == "data_no_role"
    if unlabelled and data.report is not None and workbench.can_label(owner, pid):
        return Html("")
    return problem_box(data.error, language)


def _rows(
    workbench: Workbench,
    owner: str,
    pid: str,
    data: DataView,
    start: int,
    split: str,
    language: Language,
) -> Html:
    if data.report is None:
        return Html("")
    part: SplitName | None = split if split in ("train", "validation", "test") else None  # type: ignore[assignment]
    rows, total = workbench.rows(owner, pid, part, start, PAGE)
    return view_rows(rows, total, start, split, data.task, language)


def wire(tab: DataTab, workbench: Workbench, session: Session) -> None:
    who = [*session.who, session.changed]
    outputs = [*tab.outputs, session.changed]
    # One sign that it works, instead of one on each of the parts.
    # What is chosen while another choice is on its way must not be lost: the last one says all.
    waits: dict[str, Any] = {
        "show_progress": "minimal",
        "show_progress_on": tab.columns,
        "trigger_mode": "always_last",
    }

    def after(
        owner: str, pid: str, language: Language, changed: int, act: Callable[[], object]
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

    def set_roles(
        owner: str, pid: str, language: Language, changed: int, task: TaskName, event: gr.EventData
    ) -> list[Any]:
        columns = dict(event.taken)
        return after(
            owner, pid, language, changed, lambda: workbench.set_roles(owner, pid, task, columns)
        )

    def set_places(
        owner: str, pid: str, language: Language, changed: int, event: gr.EventData
    ) -> list[Any]:
        places = dict(event.taken)
        return after(
            owner, pid, language, changed, lambda: workbench.set_places(owner, pid, places)
        )

    def read_anew(
        owner: str,
        pid: str,
        language: Language,
        changed: int,
        header: str | None,
        encoding: str | None,
        separator: str | None,
        quoting: str | None,
    ) -> list[Any]:
        known: dict[str, Any] = {"yes": True, "no": False}
        return after(
            owner,
            pid,
            language,
            changed,
            lambda: workbench.set_reading(
                owner,
                pid,
                header=known.get(header or "", "auto"),
                encoding=encoding or "auto",
                separator="auto" if separator is None else separator,
                quoting=quoting or "auto",
            ),
        )

    def split(owner: str, pid: str, language: Language, changed: int, *fields: Any) -> list[Any]:
        *how, seed = fields
        return after(
            owner,
            pid,
            language,
            changed,
            lambda: workbench.set_split(owner, pid, data_split.asked(*how), int(seed or 0)),
        )

    def would_split(owner: str, pid: str, language: Language, *fields: Any) -> Any:
        *how, seed = fields
        try:
            parts = workbench.would_split(owner, pid, data_split.asked(*how), int(seed or 0))
            return data_split.view_would(parts, language)
        except InstructError as error:
            return problem_box(error, language)

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

    def repair(
        owner: str, pid: str, language: Language, changed: int, event: gr.EventData
    ) -> list[Any]:
        return after(
            owner, pid, language, changed, lambda: workbench.repair(owner, pid, str(event.value))
        )

    def take_back(
        owner: str, pid: str, language: Language, changed: int, event: gr.EventData
    ) -> list[Any]:
        return after(
            owner, pid, language, changed, lambda: workbench.take_back(owner, pid, int(event.value))
        )

    def use_version(
        owner: str, pid: str, language: Language, changed: int, event: gr.EventData
    ) -> list[Any]:
        return after(
            owner,
            pid,
            language,
            changed,
            lambda: workbench.use_version(owner, pid, int(event.value)),
        )

    def fits(owner: str, pid: str, language: Language, model: str | None) -> Any:
        try:
            return data_fit.view_fit(workbench, owner, pid, model, language)
        except InstructError as error:
            return problem_box(error, language)

    def turn(owner: str, pid: str, language: Language, event: gr.EventData) -> Any:
        try:
            data = workbench.data(owner, pid)
            start = max(0, int(event.start))
            return _rows(workbench, owner, pid, data, start, str(event.split), language)
        except InstructError as error:
            return problem_box(error, language)

    def stop(owner: str, pid: str, language: Language, event: gr.EventData) -> Any:
        try:
            workbench.stop(owner, str(event.job))
        except InstructError as error:
            return problem_box(error, language)
        return gr.skip()

    def look_deeper(
        owner: str, pid: str, language: Language, changed: int, event: gr.EventData
    ) -> list[Any]:
        return after(owner, pid, language, changed, lambda: workbench.look_deeper(owner, pid))

    def read_again(
        owner: str, pid: str, language: Language, changed: int, event: gr.EventData
    ) -> list[Any]:
        return after(owner, pid, language, changed, lambda: workbench.read_again(owner, pid))

    def moved(owner: str, pid: str, language: Language) -> list[Any]:
        """Only the progress: a job that ends refreshes the whole step by itself."""
        if not pid:
            return [gr.skip(), gr.skip()]
        deeper = workbench.looking_deeper(owner, pid)
        running = deeper is not None and not deeper.state.ended
        return [
            data_view.view_reading(workbench.reading(owner, pid), language),
            view_findings(workbench.data(owner, pid), deeper, language) if running else gr.skip(),
        ]

    tab.task.input(pick_task, [*who, tab.task], outputs, **waits)
    tab.columns.set_roles(set_roles, [*who, tab.task], outputs, **waits)
    tab.columns.set_places(set_places, who, outputs, **waits)
    reading = [tab.header, tab.encoding, tab.separator, tab.quoting]
    for field in reading:
        field.input(read_anew, [*who, *reading], outputs, **waits)
    tab.split.again.click(split, [*who, *tab.split.inputs], outputs, **waits)
    for field in tab.split.inputs:
        field.input(
            would_split,
            [*session.who, *tab.split.inputs],
            tab.split.shown,
            show_progress="hidden",
            trigger_mode="always_last",
        )
    tab.replace.upload(replace, [*who, tab.replace], [*outputs, tab.replace], **waits)
    found: dict[str, Any] = {
        "show_progress": "minimal",
        "show_progress_on": tab.findings,
        "trigger_mode": "multiple",
    }
    tab.findings.repair(repair, who, outputs, **found)
    tab.findings.take_back(take_back, who, outputs, **found)
    tab.findings.look_deeper(look_deeper, who, outputs, **found)
    tab.findings.stop_job(stop, session.who, tab.problem, show_progress="hidden")
    tab.versions.use_version(use_version, who, outputs, **found)
    tab.model.input(
        fits, [*session.who, tab.model], tab.fit, show_progress="minimal", show_progress_on=tab.fit
    )
    tab.rows.turn(turn, session.who, tab.rows, show_progress="hidden", queue=False)
    tab.reading.read_again(read_again, who, outputs, **waits)
    tab.reading.stop_job(stop, session.who, tab.problem, show_progress="hidden")
    session.steps.moved_data(
        moved, session.who, [tab.reading, tab.findings], show_progress="hidden", trigger_mode="once"
    )
    tab.next.click(None, None, None, js=go_to("template"))
