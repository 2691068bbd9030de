"""The side bar: project, steps with what stands there, running jobs, language, light and dark."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import gradio as gr

from instruct_ui.errors import InstructError
from instruct_ui.storage.records import JobSnapshot
from instruct_ui.texts import Language, say
from instruct_ui.ui.job_view import STOP_JS
from instruct_ui.ui.run_step import wire_stop
from instruct_ui.ui.session import Session, Texts, owner_of, skips
from instruct_ui.ui.sidebar_view import view_jobs, view_line, view_steps, view_theme
from instruct_ui.workbench import ProjectView, Workbench

_JS = (Path(__file__).parent / "navigation.js").read_text(encoding="utf-8")
_THEME_JS = """element.addEventListener('click', (event) => {
  if (!event.target.closest('button')) return;
  const url = new URL(location.href);
  url.searchParams.set('__theme', document.body.classList.contains('dark') ? 'light' : 'dark');
  location.replace(url);
});
const name = () => {
  const button = element.querySelector('button');
  if (button) button.textContent = document.body.classList.contains('dark')
    ? button.dataset.light : button.dataset.dark;
};
watch('value', name);
setTimeout(name, 300);
name();"""


@dataclass(frozen=True)
class Sidebar:
    switcher: Any
    line: Any
    new: Any
    manage: Any
    name: Any
    rename: Any
    delete: Any
    delete_sure: Any
    delete_keep: Any
    steps: Any
    jobs: Any
    language: Any
    theme: Any
    seen: Any
    """What the steps and jobs showed last, so that nothing is sent that did not change."""
    texts: Texts

    @property
    def outputs(self) -> list[Any]:
        return [self.switcher, self.line, self.name, self.steps, self.jobs, self.theme]


def build(language: Language, workbench: Workbench) -> Sidebar:
    def pulse(asked: dict[str, str]) -> int:
        """Another number when one of the jobs in sight moved."""
        owner = owner_of(asked.get("owner"), workbench.settings.demo)
        jobs = workbench.jobs_in_sight(owner, asked.get("project", ""))
        return crc32(repr([(j.id, j.state, j.stage, j.progress) for j in jobs]).encode())

    gr.HTML(
        '<div class="brand">Instruct<span>UI</span></div>',
        elem_classes=["brand-line"],
    )
    with gr.Group(elem_classes=["gap-none"]):
        switcher = gr.Dropdown(
            [], label=say("shell.project", language), elem_id="project", interactive=True
        )
    line = gr.HTML(view_line(None, language))
    new = gr.Button(
        say("shell.new_project", language), size="sm", visible=False, elem_id="project-new"
    )
    steps = gr.HTML(
        view_steps(None, False, (), language),
        js_on_load=_JS,
        server_functions=[pulse],
        elem_id="steps-list",
    )
    with gr.Accordion(
        say("shell.manage", language), open=False, visible=False, elem_classes=["manage"]
    ) as manage:
        name = gr.Textbox(label=say("shell.name", language), max_lines=1, elem_id="project-name")
        rename = gr.Button(say("shell.rename", language), size="sm")
        delete = gr.Button(
            say("shell.delete", language), size="sm", variant="stop", elem_id="project-delete"
        )
        delete_sure = gr.Button(
            say("shell.delete_sure", language),
            size="sm",
            variant="stop",
            visible=False,
            elem_id="project-delete-sure",
        )
        delete_keep = gr.Button(say("shell.delete_keep", language), size="sm", visible=False)
    gr.HTML("<div></div>", elem_classes=["spacer"])
    jobs = gr.HTML("", js_on_load=STOP_JS, elem_id="jobs")
    chooser = gr.Radio(
        [("English", "en"), ("中文", "zh")],
        value=language,
        label=say("shell.language", language),
        elem_id="language",
        interactive=True,
    )
    theme = gr.HTML(view_theme(language), js_on_load=_THEME_JS, elem_id="theme")
    texts: Texts = (
        (switcher, {"label": "shell.project"}),
        (new, {"value": "shell.new_project"}),
        (manage, {"label": "shell.manage"}),
        (name, {"label": "shell.name"}),
        (rename, {"value": "shell.rename"}),
        (delete, {"value": "shell.delete"}),
        (delete_sure, {"value": "shell.delete_sure"}),
        (delete_keep, {"value": "shell.delete_keep"}),
        (chooser, {"label": "shell.language"}),
    )
    return Sidebar(
        switcher,
        line,
        new,
        manage,
        name,
        rename,
        delete,
        delete_sure,
        delete_keep,
        steps,
        jobs,
        chooser,
        theme,
        gr.State(("", "")),
        texts,
    )


def look_up(
    workbench: Workbench, owner: str, pid: str
) -> tuple[ProjectView | None, bool, list[JobSnapshot]]:
    """(project, whether its data is usable, the owner's jobs of this project and of none)."""
    jobs = workbench.jobs_in_sight(owner, pid)
    if not pid:
        return None, False, jobs
    project = workbench.project(owner, pid)
    return project, bool(project.rows), jobs


def refresh(workbench: Workbench, owner: str, pid: str, language: Language) -> list[Any]:
    project, usable, jobs = look_up(workbench, owner, pid)
    choices = [(p.name, p.id) for p in workbench.projects(owner)]
    if project is None:
        choices.insert(0, (say("shell.none_open", language), ""))
    return [
        gr.update(choices=choices, value=project.id if project else ""),
        view_line(project, language),
        project.name if project else "",
        view_steps(project, usable, jobs, language, owner),
        view_jobs(jobs, language),
        view_theme(language),
    ]


def wire(side: Sidebar, workbench: Workbench, session: Session) -> None:
    def beat(owner: str, pid: str, language: Language, seen: tuple[str, str]) -> list[Any]:
        """Steps and jobs, where they changed."""
        try:
            project, usable, jobs = look_up(workbench, owner, pid)
        except InstructError:
            return [gr.skip()] * 3
        steps = view_steps(project, usable, jobs, language, owner)
        now = (str(steps), str(view_jobs(jobs, language)))
        if now == tuple(seen):
            return [gr.skip()] * 3
        shown = [new if new != old else gr.skip() for new, old in zip(now, seen, strict=True)]
        return [*shown, now]

    side.steps.moved(
        beat,
        [*session.who, side.seen],
        [side.steps, side.jobs, side.seen],
        queue=False,
        show_progress="hidden",
        trigger_mode="once",
    )
    # Outside the queue a change of a State tells nobody, so the browser passes the news on.
    side.steps.job_ended(
        lambda changed: changed + 1, session.changed, session.changed, show_progress="hidden"
    )

    wire_stop(side.jobs, workbench, session)
    side.switcher.input(lambda chosen: chosen or "", side.switcher, session.project)
    side.new.click(lambda: "", None, session.project).then(
        None, None, None, js="() => { document.getElementById('step-data').click(); }"
    )
    _wire_manage(side, workbench, session)


def _wire_manage(side: Sidebar, workbench: Workbench, session: Session) -> None:
    shown = [side.delete, side.delete_sure, side.delete_keep]

    def asked(sure: bool) -> list[Any]:
        """Deleting takes a second press; until then there is a way back."""
        return [gr.update(visible=visible) for visible in (not sure, sure, sure)]

    def rename(owner: str, pid: str, language: Language, name: str, changed: int) -> int:
        try:
            workbench.rename_project(owner, pid, name)
        except InstructError as error:
            gr.Warning(error.message(language))
        return changed + 1

    def delete(owner: str, pid: str, language: Language) -> list[Any]:
        try:
            workbench.delete_project(owner, pid)
        except InstructError as error:
            gr.Warning(error.message(language))
            return [gr.skip(), *skips(shown)]
        return ["", *asked(False)]

    gr.on(
        [side.rename.click, side.name.submit],
        rename,
        [*session.who, side.name, session.changed],
        session.changed,
    )
    side.delete.click(lambda: asked(True), None, shown, queue=False)
    side.delete_keep.click(lambda: asked(False), None, shown, queue=False)
    side.delete_sure.click(delete, session.who, [session.project, *shown])
    session.project.change(
        lambda pid: [
            gr.update(visible=bool(pid)),
            gr.update(visible=bool(pid), open=False),
            *asked(False),
        ],
        session.project,
        [side.new, side.manage, *shown],
        queue=False,
        show_progress="hidden",
    )
