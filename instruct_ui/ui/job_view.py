"""Jobs as they are shown on a step: running with progress, waiting, or why one did not finish."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import TypeAdapter

from instruct_ui.reporting.markup import Html, element, join
from instruct_ui.spec import Approach, FewShot
from instruct_ui.storage.records import JobRecord, JobSnapshot, JobState
from instruct_ui.texts import Language, say
from instruct_ui.ui.session import note_box
from instruct_ui.ui.sidebar_view import job_progress
from instruct_ui.workbench import Workbench

STOP_JS = """const asked = new Set();
const mark = () => element.querySelectorAll('button[data-job]').forEach((button) => {
  if (!asked.has(button.dataset.job) || button.disabled) return;
  button.disabled = true;
  button.textContent = button.ariaLabel = button.title = button.dataset.asked;
});
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-job]');
  if (!button) return;
  asked.add(button.dataset.job);
  mark();
  trigger('stop_job', {job: button.dataset.job});
});
// The job is drawn anew every second until it has stopped.
new MutationObserver(mark).observe(element, {childList: true, subtree: true});"""
"""For `js_on_load` of the gr.HTML that shows jobs; Python listens with `html.stop_job(...)`."""

_APPROACH: TypeAdapter[Approach] = TypeAdapter(Approach)
_FAILURES = 3


def approach_of(job: JobRecord) -> Approach:
    return _APPROACH.validate_python(job.payload["spec"]["approach"])


def job_title(job: JobRecord, language: Language) -> str:
    """Called as the run will be: approach, shots, model."""
    if job.kind == "get_model":
        return say("jobs.got", language, title=job.payload["name"])
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
    running, failed = job_lines(workbench, owner, jobs, kinds, language)
    if running:
        title = element("h2", say("evaluate.running", language))
        running = element("section", title, running, class_="card jobs-here")
    return stacked(running, failed)


def stacked(*parts: Html) -> Html:
    """Below each other with some air; nothing where there is nothing."""
    shown = [part for part in parts if part]
    return element("div", *shown, class_="jobs-here") if shown else Html("")


def job_lines(
    workbench: Workbench,
    owner: str,
    jobs: Sequence[JobSnapshot],
    kinds: Sequence[str],
    language: Language,
) -> tuple[Html, Html]:
    """Of the quick lane: (what runs or waits, what went wrong), a line each."""
    lane = "interactive"
    running = [workbench.job(owner, job.id) for job in unfinished(jobs, kinds, lane)]
    failed = [workbench.job(owner, job.id) for job in not_finished(jobs, kinds, lane)]
    return (
        join(*(_running(job, language) for job in running)),
        # What was tried and stopped several times is told once.
        stacked(*dict.fromkeys(view_ended(job, language) for job in failed)),
    )


def stop_button(job: JobSnapshot, text: str, name: str, language: Language) -> Html:
    return element(
        "button",
        text,
        type="button",
        class_="small",
        data_job=job.id,
        data_asked=say("jobs.stopping", language),
        aria_label=name,
        title=name,
    )


def progress_bar(share: float | None, name: str) -> Html:
    return element(
        "progress", max=1, value=None if share is None else f"{share:.3f}", aria_label=name
    )


def view_partial(job: JobSnapshot, language: Language) -> Html:
    """How a run that still answers stands, with its interval; nothing before the first rows."""
    partial = dict(job.progress.get("partial") or {})
    if job.stage != "predict" or not partial:
        return Html("")
    metric = say(f"report.{partial.pop('metric')}", language)
    text = say("jobs.partial", language, metric=metric, **partial)
    return element("p", text, class_="note")


def _running(job: JobRecord, language: Language) -> Html:
    return view_working(job, job_title(job, language), language, view_partial(job, language))


def view_working(job: JobSnapshot, title: str, language: Language, *more: Html) -> Html:
    """A job that runs or waits: its name, a button to stop it, how far it is."""
    share, words = job_progress(job, language)
    stop = say("jobs.stop_named", language, title=title)
    return element(
        "div",
        element(
            "div",
            element("strong", title),
            stop_button(job, say("jobs.stop", language), stop, language),
            class_="line",
        ),
        progress_bar(share, title),
        element("p", words, class_="note"),
        *more,
        class_="job-line",
    )


def view_ended(job: JobRecord, language: Language) -> Html:
    """A job that came to no result: calm where the person stopped it, else with the cause."""
    title = job_title(job, language)
    if job.state in (JobState.CANCELLED, JobState.INTERRUPTED):
        key = "stopped" if job.state == JobState.CANCELLED else "interrupted"
        return note_box(say(f"jobs.{key}", language, title=title))
    name = element("strong", say("jobs.failed", language, title=title))
    return note_box(join(name, " ", cause(job, language)), "bad")
