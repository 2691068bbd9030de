"""Jobs as they are shown on a step: running with progress, waiting, or why one did not finish."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import TypeAdapter

from instruct_ui.reporting.markup import Html, element, join
from instruct_ui.spec import Approach, FewShot
from instruct_ui.storage.records import JobRecord, JobSnapshot, JobState
from instruct_ui.texts import Language, say
from instruct_ui.ui.sidebar_view import job_progress
from instruct_ui.workbench import Workbench

STOP_JS = """element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-job]');
  if (button) { button.disabled = true; trigger('stop_job', {job: button.dataset.job}); }
});"""
"""For `js_on_load` of the gr.HTML that shows jobs; Python listens with `html.stop_job(...)`."""

_APPROACH: TypeAdapter[Approach] = TypeAdapter(Approach)
_FAILURES = 3


def approach_of(job: JobRecord) -> Approach:
    return _APPROACH.validate_python(job.payload["spec"]["approach"])


def job_title(job: JobRecord, language: Language) -> str:
    """Called as the run will be: approach, shots, model."""
    if job.kind == "get_model":
        return say("evaluate.got", language, title=job.payload["name"])
    approach = approach_of(job)
    if not isinstance(approach, FewShot):
        name = say(f"runs.{approach.kind}", language)
    elif approach.shots_per_label:
        name = say("runs.few_shot_per_label", language, shots=approach.shots_per_label)
    elif approach.shots:
        name = say("runs.few_shot", language, shots=approach.shots)
    else:
        name = say("shell.step_evaluate", language)
    return f"{name} · {str(job.payload['spec']['model']).rsplit('/', 1)[-1]}"


def unfinished(jobs: Iterable[JobSnapshot], kinds: Sequence[str], lane: str) -> list[JobSnapshot]:
    """Oldest first: the order in which they are worked on."""
    found = [j for j in jobs if j.kind in kinds and j.lane == lane and not j.state.ended]
    return sorted(found, key=lambda job: job.created)


def not_finished(jobs: Iterable[JobSnapshot], kinds: Sequence[str], lane: str) -> list[JobSnapshot]:
    """Those that failed or were stopped since the last one that went well, newest first."""
    found: list[JobSnapshot] = []
    for job in jobs:
        if job.kind not in kinds or job.lane != lane or not job.state.ended:
            continue
        if job.state == JobState.DONE:
            break
        found.append(job)
    return found[:_FAILURES]


def cause(job: JobSnapshot, language: Language) -> str:
    """Why a job did not finish, in plain words."""
    if job.error is not None:
        return job.error.message(language)
    return say(f"jobs.state_{job.state}", language)


def view_jobs(
    workbench: Workbench, owner: str, jobs: Sequence[JobSnapshot], language: Language
) -> Html:
    """Running and waiting jobs of the quick lane with a stop button, then what went wrong."""
    kinds = ("run", "get_model")
    parts = [
        _running(workbench.job(owner, job.id), language)
        for job in unfinished(jobs, kinds, "interactive")
    ]
    if parts:
        title = element("h2", say("evaluate.running", language))
        parts = [element("section", title, *parts, class_="card jobs-here")]
    failed = not_finished(jobs, kinds, "interactive")
    parts += [_ended(workbench.job(owner, job.id), language) for job in failed]
    return join(*parts)


def stop_button(job: JobSnapshot, text: str, name: str) -> Html:
    return element(
        "button", text, type="button", class_="small", data_job=job.id, aria_label=name, title=name
    )


def progress_bar(share: float | None, name: str) -> Html:
    return element(
        "progress", max=1, value=None if share is None else f"{share:.3f}", aria_label=name
    )


def _running(job: JobRecord, language: Language) -> Html:
    title = job_title(job, language)
    share, words = job_progress(job, language)
    partial = job.progress.get("partial")
    if partial and partial.get("correct") is not None:
        counts = {"correct": partial["correct"], "done": partial["done"]}
        words = f"{words} · {say('evaluate.partial', language, **counts)}"
    stop = say("evaluate.stop_named", language, title=title)
    return element(
        "div",
        element(
            "div",
            element("strong", title),
            stop_button(job, say("evaluate.stop", language), stop),
            class_="line",
        ),
        progress_bar(share, title),
        element("p", words, class_="note"),
        class_="job-line",
    )


def _ended(job: JobRecord, language: Language) -> Html:
    title = job_title(job, language)
    if job.state in (JobState.CANCELLED, JobState.INTERRUPTED):
        key = "stopped" if job.state == JobState.CANCELLED else "interrupted"
        text = say(f"evaluate.{key}", language, title=title)
        return element("p", text, class_="note", role="status")
    return element(
        "div",
        element("span", "!", class_="sign", aria_hidden="true"),
        element(
            "span",
            element("strong", say("evaluate.failed", language, title=title)),
            " ",
            cause(job, language),
        ),
        class_="box box-bad",
        role="alert",
    )
