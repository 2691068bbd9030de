"""What the side bar shows, as HTML: project, steps with what stands there, running jobs."""

from __future__ import annotations

from collections.abc import Sequence

from instruct_ui.reporting.markup import Html, element
from instruct_ui.storage.records import JobSnapshot
from instruct_ui.texts import Language, say
from instruct_ui.ui.session import STEPS, Step
from instruct_ui.workbench import ProjectView


def view_line(project: ProjectView | None, language: Language) -> Html:
    if project is None:
        return element("p", say("shell.no_project", language), class_="project-line")
    parts = [say("shell.rows", language, count=project.rows)]
    if project.labels:
        parts.append(say("shell.labels", language, count=project.labels))
    spoken = project.language if project.language in ("en", "zh") else "other"
    parts.append(say(f"shell.language_{spoken}", language))
    return element("p", " · ".join(parts), class_="project-line")


def view_theme(language: Language) -> Html:
    return element(
        "button",
        say("shell.dark", language),
        class_="link",
        type="button",
        data_dark=say("shell.dark", language),
        data_light=say("shell.light", language),
    )


def view_steps(
    project: ProjectView | None,
    usable: bool,
    jobs: Sequence[JobSnapshot],
    language: Language,
    owner: str | None = None,
) -> Html:
    """The six steps; `usable`: the data can be worked with. Before the page is loaded there is no
    `owner`: the address says which project is open, and is left alone."""
    open_project = None if owner is None else project.id if project else ""
    ended = sum(j.state.ended and j.kind != "try_text" for j in jobs)
    items = []
    for number, step in enumerate(STEPS, 1):
        stands, done = _stands(step, project, usable, jobs, language)
        items.append(
            element(
                "li",
                element(
                    "button",
                    element("span", "✓" if done else number, class_=f"circle{' done' * done}"),
                    element("span", say(f"shell.step_{step}", language)),
                    element("span", stands, class_="stands"),
                    type="button",
                    id=f"step-{step}",
                    data_step=step,
                    class_="open" if project else None,
                ),
            )
        )
    return element(
        "nav",
        element(
            "ul",
            *items,
            class_="steps-list",
            data_project=open_project,
            data_owner=owner,
            data_ended=ended,
            data_language=language,
        ),
        aria_label=say("shell.steps", language),
    )


def _stands(
    step: Step,
    project: ProjectView | None,
    usable: bool,
    jobs: Sequence[JobSnapshot],
    language: Language,
) -> tuple[str, bool]:
    """What stands behind a step's name, and whether it is done."""
    if project is None:
        return "", False
    if step == "data":
        if not usable:
            return say("shell.to_mend", language), False
        if project.wrong:
            return say("shell.to_look_at", language, count=project.wrong), True
        return say("shell.rows", language, count=project.rows), True
    if not usable:
        return say("shell.needs_data", language), False
    if step == "template":
        if project.version:
            key = "version_edited" if project.edited else "version"
            return say(f"shell.{key}", language, number=project.version), True
        return say("shell.draft", language), False
    lanes = {j.lane for j in jobs if j.kind == "run" and not j.state.ended}
    if step == "finetune":
        running = "training" in lanes
        return (say("shell.running", language) if running else ""), False
    if step == "evaluate":
        if "interactive" in lanes:
            return say("shell.running", language), False
        return runs_told(project.runs, language) if project.runs else "", bool(project.runs)
    needed = 2 if step == "compare" else 1
    if project.runs >= needed:
        return "", False
    return say("shell.needs_two" if needed == 2 else "shell.needs_run", language), False


def runs_told(count: int, language: Language) -> str:
    return say("shell.one_run" if count == 1 else "shell.runs", language, count=count)


def view_jobs(jobs: Sequence[JobSnapshot], language: Language) -> Html:
    """A card for every job that waits or runs."""
    shown = [j for j in jobs if not j.state.ended and j.kind != "try_text"]
    if not shown:
        return Html("")
    return element("div", *(_job(j, language) for j in shown[:4]), class_="jobs")


def _job(job: JobSnapshot, language: Language) -> Html:
    share, words = job_progress(job, language)
    bar = element(
        "progress",
        max=1,
        value=f"{share:.3f}" if share is not None else None,
        aria_label=say(f"jobs.kind_{job.kind}", language),
    )
    title = "shell.step_finetune" if job.lane == "training" else f"jobs.kind_{job.kind}"
    return element(
        "div",
        element(
            "div",
            element("strong", say(title, language)),
            element(
                "button",
                say("shell.stop", language),
                class_="small",
                type="button",
                data_job=job.id,
                data_asked=say("jobs.stopping", language),
            ),
            class_="row",
        ),
        bar,
        element("p", words),
        class_="job",
    )


def job_progress(job: JobSnapshot, language: Language) -> tuple[float | None, str]:
    """(share done, None where unknown; what it is at in words)."""
    if job.state == "queued":
        return None, say("jobs.state_queued", language)
    step, counted = job.progress.get("step"), job.progress.get("progress")
    words = [say(f"jobs.stage_{job.stage}", language)] if job.stage else []
    share: float | None = None
    if job.stage == "train" and step:
        share = _share(step.get("step"), step.get("steps"))
        if step.get("epochs"):
            epoch = step.get("epoch") or 1
            words.append(say("shell.epoch", language, epoch=epoch, epochs=step["epochs"]))
        if (left := step.get("seconds_left")) is not None:
            minutes = left / 60
            words.append(
                say("shell.seconds_left", language, seconds=left)
                if left < 100
                else say("shell.minutes_left", language, minutes=minutes)
            )
    elif counted:
        share = _share(counted.get("done"), counted.get("total"))
        if job.kind == "run" and counted.get("total"):
            words.append(
                say("shell.done_of", language, done=counted["done"], total=counted["total"])
            )
    return share, " · ".join(words) or say("jobs.state_running", language)


def _share(done: float | None, total: float | None) -> float | None:
    return min(1.0, done / total) if done is not None and total else None
