"""What making rows shows besides the rows: how far a job is, what went wrong, what was added."""

from __future__ import annotations

from collections.abc import Sequence

from instruct_ui.reporting.markup import Html, element, join
from instruct_ui.storage.records import JobSnapshot, JobState
from instruct_ui.texts import Language, say
from instruct_ui.ui.job_view import (
    cause,
    job_title,
    not_finished,
    stacked,
    unfinished,
    view_ended,
    view_working,
)
from instruct_ui.ui.session import note_box
from instruct_ui.workbench import Workbench
from instruct_ui.workbench.making import MAKE
from instruct_ui.workbench.making_views import Added, MakingView

_KINDS = (MAKE, "get_model")
_LANE = "interactive"


def view_intro(view: MakingView, language: Language) -> Html:
    if view.obstacle:
        return note_box(say(f"making.obstacle_{view.obstacle}", language))
    return element("p", say("making.intro", language), class_="note")


def view_jobs(
    workbench: Workbench, owner: str, jobs: Sequence[JobSnapshot], language: Language
) -> Html:
    """What runs or waits, with a way to stop it; then what went wrong."""
    lines = [_running(workbench, owner, job, language) for job in unfinished(jobs, _KINDS, _LANE)]
    failed = []
    for job in not_finished(jobs, _KINDS, _LANE):
        if job.kind != MAKE:
            failed.append(view_ended(workbench.job(owner, job.id), language))
        elif job.state is JobState.INTERRUPTED:
            title = say("jobs.kind_make_rows", language)
            failed.append(note_box(say("jobs.interrupted", language, title=title)))
        elif job.state is JobState.FAILED:
            name = element("strong", say("making.failed", language))
            failed.append(note_box(join(name, " ", cause(job, language)), "bad"))
    return stacked(*lines, *dict.fromkeys(failed))


def _running(workbench: Workbench, owner: str, job: JobSnapshot, language: Language) -> Html:
    if job.kind != MAKE:
        record = workbench.job(owner, job.id)
        return view_working(job, job_title(record, language), language)
    title = say("jobs.kind_make_rows", language)
    done = job.progress.get("progress") or {}
    if not done.get("total"):
        return view_working(job, title, language)
    told = say("making.so_far", language, count=done["done"], total=done["total"])
    return view_working(job, title, language, element("p", told, class_="note"))


def view_added(added: Added, language: Language) -> Html:
    """What became of the rows that were ticked."""
    parts = []
    if added.rows:
        parts.append(note_box(say("making.added", language, count=added.rows), "good"))
    if added.refused:
        lines = [
            element(
                "li",
                say("making.refused", language, text=taken.text, why=fault.message(language)),
            )
            for taken, fault in added.refused
        ]
        told = say("making.not_added", language, count=len(added.refused))
        parts.append(note_box(join(told, element("ul", *lines, class_="plain-list")), "warning"))
    return stacked(*parts)
