"""What the Fine-tune step says beforehand: what is in the way, how long a training may take."""

from __future__ import annotations

from instruct_ui.reporting.markup import Html, element
from instruct_ui.reporting.tables import duration
from instruct_ui.spec import FineTune
from instruct_ui.storage.records import JobRecord, JobState
from instruct_ui.texts import Language, say
from instruct_ui.ui import run_step
from instruct_ui.ui.job_view import approach_of, cause, progress_bar
from instruct_ui.ui.session import note_box
from instruct_ui.workbench import Workbench


def obstacle(workbench: Workbench, owner: str, pid: str, language: Language) -> str:
    """As for every run, and there must be rows to train on."""
    found = run_step.obstacle(workbench, owner, pid, language)
    if not found and not workbench.data(owner, pid).splits.get("train"):
        return say("finetune.no_train", language)
    return found


def view_estimate(
    workbench: Workbench,
    owner: str,
    pid: str,
    model: str | None,
    settings: FineTune,
    language: Language,
) -> Html:
    """What the newest trial said, where it was made with these very settings."""
    found = next((j for j in workbench.jobs(owner, pid) if j.kind == "estimate"), None)
    job = workbench.job(owner, found.id) if found else None
    if job and job.payload["spec"]["model"] == model and approach_of(job) == settings:
        return _estimate_of(job, language)
    splits = workbench.data(owner, pid).splits
    held = splits.get("validation", 0)
    validation = say(f"finetune.validation_{'given' if held else 'held'}", language, count=held)
    text = say(
        "finetune.estimate_none", language, train=splits.get("train", 0), validation=validation
    )
    return element("p", text, class_="note")


def _estimate_of(job: JobRecord, language: Language) -> Html:
    if not job.state.ended:
        text = say("finetune.estimate_running", language)
        note = element("p", text, class_="note")
        return element("div", progress_bar(None, text), note, class_="estimate", role="status")
    if job.state != JobState.DONE or job.result is None:
        reason = cause(job, language)
        return note_box(say("finetune.estimate_failed", language, reason=reason), "warning")
    memory = say("finetune.memory_gb", language, value=job.result["memory_bytes"] / 1e9)
    time = duration(job.result["seconds"], language)
    return element(
        "div",
        element("strong", say("finetune.estimate_done", language, time=time, memory=memory)),
        " ",
        element(
            "span",
            say("finetune.estimate_from", language, steps=job.result["steps"]),
            " ",
            say("finetune.estimate_longest", language),
            class_="muted",
        ),
        class_="estimate",
        role="status",
    )
