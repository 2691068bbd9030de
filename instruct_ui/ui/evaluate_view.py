"""What the Evaluate step shows: its state, how much a start would send, the finished runs."""

from __future__ import annotations

from collections.abc import Sequence

from instruct_ui.reporting.markup import Html, element
from instruct_ui.reporting.runs import ShownRun
from instruct_ui.reporting.tables import runs_table
from instruct_ui.spec import Approach, FewShot
from instruct_ui.texts import Language, say
from instruct_ui.ui.job_view import view_jobs
from instruct_ui.ui.session import card, head
from instruct_ui.ui.sidebar_view import runs_told
from instruct_ui.workbench import DataView, RunView, Workbench, run_title


def shown_runs(runs: Sequence[RunView], language: Language) -> list[ShownRun]:
    return [ShownRun(run_title(run, language), run.report, run.mark) for run in runs]


def view_head(runs: Sequence[RunView], language: Language) -> Html:
    state = say("evaluate.state_none", language)
    if runs:
        metric = runs[0].report.headline
        state = say(
            "evaluate.state_runs",
            language,
            runs=runs_told(len(runs), language),
            score=max(run.report.metrics[metric] for run in runs),
            metric=say(f"verdict.{metric}", language),
        )
    return head(say("evaluate.title", language), "", state)


def view_runs(runs: Sequence[RunView], language: Language) -> Html:
    """Newest first, each with its score, interval and rows."""
    title = say("evaluate.finished", language)
    if not runs:
        empty = element("p", say("evaluate.none_yet", language), class_="empty")
        return card(title, empty)
    table = runs_table(shown_runs(runs[::-1], language), language)
    note = element("p", say("evaluate.finished_note", language), class_="note")
    return card(title, table, note)


def view_quick_jobs(workbench: Workbench, owner: str, pid: str, language: Language) -> Html:
    return view_jobs(workbench, owner, workbench.jobs_in_sight(owner, pid), language)


def view_plan(data: DataView, approach: Approach, limit: int, language: Language) -> Html:
    """How many prompts a start would send."""
    whole = data.splits.get("test", 0)
    count = min(limit, whole) if limit else whole
    if count < whole:
        key, more = "plan_sample", {"seed": data.seed}
    elif isinstance(approach, FewShot):
        labels = len(data.overview.labels) if data.overview else 1
        shots = approach.shots or (approach.shots_per_label or 1) * labels
        key, more = "plan_few", {"shots": min(shots, data.splits.get("train", shots))}
    else:
        key, more = "plan_zero", {}
    text = say(f"evaluate.{key}", language, prompts=count, rows=count, **more)
    return element("p", text, class_="note")
