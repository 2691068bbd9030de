"""What steps share that start or follow jobs.

Evaluate and Fine-tune: the top with the way on, what stands in the way, settings that are kept for
the project they were set for. All of them: values set when the step comes into view, jobs followed
while it is, and stop buttons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from instruct_ui.errors import InstructError
from instruct_ui.reporting.markup import Html
from instruct_ui.tasks import TaskName
from instruct_ui.texts import Language, say
from instruct_ui.ui.session import Session, Step, Texts, head, note_box, skips
from instruct_ui.ui.titles import task_title
from instruct_ui.workbench import Workbench

Values = list[Any]


@dataclass(frozen=True)
class Top:
    """Head of the step, the button that leads on, and the note on what is missing."""

    head: Any
    next: Any
    note: Any


def build_top(step: Step, language: Language) -> Top:
    with gr.Row(elem_classes=["head-row"]):
        heading = gr.HTML(head(say(f"{step}.title", language), ""), elem_id=f"{step}-head")
        following = gr.Button(say(f"{step}.next", language), elem_id=f"{step}-next")
    return Top(heading, following, gr.HTML("", elem_id=f"{step}-note"))


def view_top(
    heading: Html, stop: str, *, opened: bool, done: bool, way_on: bool
) -> tuple[Values, bool]:
    """(Values for head, next, note, the step's area and its start button; is the area shown?)

    `stop` is the obstacle, `done`: something finished here leads on, `way_on`: one may go on.
    """
    shown = done or not stop
    told = note_box(stop, "warning" if opened else "plain") if stop else Html("")
    # One filled button: the way on, once there is something to go on with.
    following = gr.update(variant="primary" if done else "secondary", interactive=way_on)
    start = gr.update(variant="secondary" if done else "primary") if shown else gr.skip()
    return [heading, following, told, gr.update(visible=shown), start], shown


def obstacle(workbench: Workbench, owner: str, pid: str, language: Language) -> str:
    """What must be done elsewhere before a run can start; "" where nothing stands in the way."""
    if not pid:
        return say("shell.open_first", language)
    data = workbench.data(owner, pid)
    if not data.is_read:
        return say("errors.data_being_read", language)
    if not data.is_playable:
        return no_templates(data.task, language)
    if data.error is not None:
        return say("evaluate.fix_data", language, reason=data.error.message(language))
    if not data.splits.get("test"):
        return say("evaluate.no_test", language)
    return ""


def no_templates(task: TaskName, language: Language) -> str:
    """Why a project can only be read, checked and labelled as yet."""
    return say("shell.no_templates", language, task=task_title(task, language))


def labels(room: str, fields: Mapping[str, Any]) -> Texts:
    """Fields by the key of their label in `texts/<room>.yaml`."""
    return tuple((field, {"label": f"{room}.{name}"}) for name, field in fields.items())


def offered(choices: Sequence[tuple[str, str]], value: Any, anew: bool, **more: Any) -> Any:
    """Choices in the person's language. A value goes back only when it is set anew: it may have
    been changed while this was on its way."""
    given = {"value": value} if anew else {}
    return gr.update(choices=list(choices), **given, **more)


def wire_form(
    form: Callable[..., Values],
    session: Session,
    step: Step,
    inputs: Sequence[Any],
    changing: Sequence[Any],
    outputs: Sequence[Any],
) -> None:
    """Calls `form(owner, project, language, *inputs)` when the step comes into view, when the
    project, its things or the language changed, and when one of the fields `changing` did."""
    states = (session.project, session.changed, session.language, session.step)
    gr.on(
        [part.change for part in (*states, *changing)],
        _in_view(form, step, outputs),
        [*session.who, session.step, *inputs],
        list(outputs),
        show_progress="hidden",
        queue=False,
        trigger_mode="always_last",
    )


def wire_beat(
    beat: Callable[..., Values], session: Session, step: Step, seen: Any, outputs: Sequence[Any]
) -> None:
    """Calls `beat(owner, project, language, seen)` when a job moved while the step is in view."""
    moved = getattr(session.steps, f"moved_{step}")
    moved(
        _in_view(beat, step, outputs),
        [*session.who, session.step, seen],
        list(outputs),
        show_progress="hidden",
        queue=False,
        trigger_mode="once",
    )


def _in_view(
    act: Callable[..., Values], step: Step, outputs: Sequence[Any]
) -> Callable[..., Values]:
    def acted(owner: str, pid: str, language: Language, now: str, *values: Any) -> Values:
        if now != step or not pid:
            return skips(outputs)
        return act(owner, pid, language, *values)

    return acted


def wire_stop(html: Any, workbench: Workbench, session: Session) -> None:
    """The stop buttons in a gr.HTML with `job_view.STOP_JS`."""

    def stop(owner: str, language: Language, event: gr.EventData) -> None:
        try:
            workbench.stop(owner, event.job)
        except InstructError as error:
            gr.Warning(error.message(language))

    html.stop_job(stop, [session.owner, session.language], None, queue=False)
