"""The Evaluate step: start runs without training, watch them, see what is finished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from instruct_ui.errors import InstructError
from instruct_ui.reporting.markup import Html, element
from instruct_ui.reporting.runs import ShownRun
from instruct_ui.reporting.tables import runs_table
from instruct_ui.spec import Approach, FewShot, ZeroShot
from instruct_ui.texts import Language, say
from instruct_ui.ui import model_choice
from instruct_ui.ui.job_view import STOP_JS, view_jobs
from instruct_ui.ui.session import Session, Texts, go_to, head, note_box, problem_box, skips
from instruct_ui.workbench import RunView, Workbench, run_title

_QUICK_SHOTS = 4
"""A label; what the quick button takes (NER: `_QUICK_SENTENCES` in all)."""
_QUICK_SENTENCES = 16


@dataclass(frozen=True)
class EvaluateTab:
    head: Any
    next: Any
    note: Any
    area: Any
    problem: Any
    model: Any
    advice: Any
    get: Any
    approach: Any
    few: Any
    by: Any
    shots: Any
    picker: Any
    method: Any
    causal: Any
    calibrate: Any
    chat: Any
    limit: Any
    plan: Any
    start: Any
    both: Any
    jobs: Any
    runs: Any
    formed: Any
    """The project whose defaults the fields were last set to."""
    seen: Any
    texts: Texts

    @property
    def outputs(self) -> list[Any]:
        return [self.head, self.next, self.note, self.area, self.start, self.jobs, self.runs]

    @property
    def fields(self) -> list[Any]:
        """What a run is made of."""
        shots = [self.by, self.shots, self.picker, self.method]
        return [self.model, self.approach, *shots, self.calibrate, self.chat, self.limit]

    @property
    def formed_parts(self) -> list[Any]:
        """What `form` gives values for."""
        notes = [self.formed, self.advice, self.get, self.few, self.causal, self.plan]
        return [*notes, self.start, self.both, *self.fields]


def build(language: Language) -> EvaluateTab:
    def t(key: str) -> str:
        return say(f"evaluate.{key}", language)

    with gr.Row(elem_classes=["head-row"]):
        heading = gr.HTML(head(t("title"), ""), elem_id="evaluate-head")
        following = gr.Button(t("next"), elem_id="evaluate-next")
    note = gr.HTML("", elem_id="evaluate-note")
    with gr.Column(visible=False, elem_id="evaluate-area") as area:
        with gr.Column(elem_classes=["card"]):
            with gr.Row(elem_classes=["fields"]):
                model = gr.Dropdown(
                    [], label=t("model"), elem_id="evaluate-model", min_width=260, interactive=True
                )
                approach = gr.Radio(
                    _approaches(language),
                    label=t("approach"),
                    elem_id="evaluate-approach",
                    min_width=260,
                    interactive=True,
                )
            advice = gr.HTML("")
            get = gr.Button(t("get"), size="sm", visible=False, elem_id="evaluate-get")
            with gr.Row(visible=False, elem_classes=["fields"]) as few:
                by = _dropdown(_ways(language), t("by"), "each", "evaluate-by")
                shots = gr.Number(
                    _QUICK_SHOTS,
                    label=t("shots"),
                    minimum=1,
                    maximum=1024,
                    precision=0,
                    min_width=130,
                    interactive=True,
                    elem_id="evaluate-shots",
                )
                picker = _dropdown(_pickers(language), t("picker"), "balanced", "evaluate-picker")
                method = _dropdown(_methods(language), t("method"), "auto", "evaluate-method")
            with gr.Row(visible=False, elem_classes=["fields"]) as causal:
                chat = _dropdown(_chats(language), t("chat"), "auto", "evaluate-chat")
                calibrate = gr.Checkbox(
                    True, label=t("calibrate"), interactive=True, elem_id="evaluate-calibrate"
                )
            with gr.Row(elem_classes=["fields", "start-row"]):
                limit = gr.Number(
                    0,
                    label=t("limit"),
                    minimum=0,
                    precision=0,
                    min_width=160,
                    interactive=True,
                    elem_id="evaluate-limit",
                )
                both = gr.Button(t("both"), elem_id="evaluate-both")
                start = gr.Button(t("start"), variant="primary", elem_id="evaluate-start")
            plan = gr.HTML("", elem_id="evaluate-plan")
            problem = gr.HTML("", elem_id="evaluate-problem")
        jobs = gr.HTML("", js_on_load=STOP_JS, elem_id="evaluate-jobs")
        runs = gr.HTML("", elem_id="evaluate-runs")
    texts: Texts = (
        (following, {"value": "evaluate.next"}),
        (get, {"value": "evaluate.get"}),
        (start, {"value": "evaluate.start"}),
        (both, {"value": "evaluate.both"}),
        *(
            (field, {"label": f"evaluate.{name}"})
            for name, field in (
                ("model", model),
                ("approach", approach),
                ("by", by),
                ("shots", shots),
                ("picker", picker),
                ("method", method),
                ("chat", chat),
                ("calibrate", calibrate),
                ("limit", limit),
            )
        ),
    )
    return EvaluateTab(
        head=heading,
        next=following,
        note=note,
        area=area,
        problem=problem,
        model=model,
        advice=advice,
        get=get,
        approach=approach,
        few=few,
        by=by,
        shots=shots,
        picker=picker,
        method=method,
        causal=causal,
        calibrate=calibrate,
        chat=chat,
        limit=limit,
        plan=plan,
        start=start,
        both=both,
        jobs=jobs,
        runs=runs,
        formed=gr.State(""),
        seen=gr.State(""),
        texts=texts,
    )


def _dropdown(choices: list[tuple[str, str]], label: str, value: str, elem_id: str) -> Any:
    return gr.Dropdown(
        choices, value=value, label=label, elem_id=elem_id, min_width=170, interactive=True
    )


def _named(names: tuple[str, ...], prefix: str, language: Language) -> list[tuple[str, str]]:
    return [(say(f"evaluate.{prefix}{name}", language), name) for name in names]


def _approaches(language: Language, names: tuple[str, ...] = ("zero_shot", "few_shot")) -> Any:
    return _named(names, "", language)


def _ways(language: Language) -> list[tuple[str, str]]:
    return _named(("each", "all"), "by_", language)


def _pickers(language: Language) -> list[tuple[str, str]]:
    return _named(("balanced", "random", "fixed"), "picker_", language)


def _methods(language: Language) -> list[tuple[str, str]]:
    return _named(("auto", "prototypes", "logistic"), "method_", language)


def _chats(language: Language) -> list[tuple[str, str]]:
    return _named(("auto", "on", "off"), "chat_", language)


def shown_runs(runs: list[RunView], language: Language) -> list[ShownRun]:
    return [ShownRun(run_title(run, language), run.report, run.mark) for run in runs]


def obstacle(workbench: Workbench, owner: str, pid: str, language: Language) -> str:
    """What must be done elsewhere before a run can start; "" where nothing stands in the way."""
    if not pid:
        return say("shell.open_first", language)
    data = workbench.data(owner, pid)
    if data.error is not None:
        return say("evaluate.fix_data", language, reason=data.error.message(language))
    if not data.splits.get("test"):
        return say("evaluate.no_test", language)
    return ""


def count_runs(runs: list[RunView], language: Language) -> str:
    key = "one_run" if len(runs) == 1 else "runs"
    return say(f"shell.{key}", language, count=len(runs))


def view_head(runs: list[RunView], language: Language) -> Html:
    state = say("evaluate.state_none", language)
    if runs:
        metric = runs[0].report.headline
        state = say(
            "evaluate.state_runs",
            language,
            runs=count_runs(runs, language),
            score=max(run.report.metrics[metric] for run in runs),
            metric=say(f"verdict.{metric}", language),
        )
    return head(say("evaluate.title", language), "", state)


def view_runs(runs: list[RunView], language: Language) -> Html:
    """Newest first, each with its score, interval and rows."""
    title = element("h2", say("evaluate.finished", language))
    if not runs:
        empty = element("p", say("evaluate.none_yet", language), class_="empty")
        return element("section", title, empty, class_="card")
    table = runs_table(shown_runs(runs[::-1], language), language)
    note = element("p", say("evaluate.finished_note", language), class_="note")
    return element("section", title, table, note, class_="card")


def refresh(workbench: Workbench, owner: str, pid: str, language: Language) -> list[Any]:
    """Values for `outputs`; the fields themselves are `wire`'s, which knows what stands in them."""
    stop = obstacle(workbench, owner, pid, language)
    runs = workbench.runs(owner, pid) if pid else []
    way_on = gr.update(variant="primary" if runs else "secondary", interactive=not stop)
    if stop and not runs:
        told = note_box(stop, "warning" if pid else "plain")
        return [
            view_head(runs, language),
            way_on,
            told,
            gr.update(visible=False),
            gr.skip(),
            "",
            "",
        ]
    return [
        view_head(runs, language),
        way_on,
        note_box(stop, "warning") if stop else "",
        gr.update(visible=True),
        # One filled button: the way on, once there is something to go on with.
        gr.update(variant="secondary" if runs else "primary"),
        view_jobs(workbench, owner, _jobs(workbench, owner, pid), language),
        view_runs(runs, language),
    ]


def _jobs(workbench: Workbench, owner: str, pid: str) -> list[Any]:
    return [j for j in workbench.jobs(owner) if j.project_id in (None, pid)]


def _count(value: float | None, least: int, most: int) -> int:
    return max(least, min(int(value or least), most))


def approach_from(
    kind: str, by: str, shots: float | None, picker: Any, method: Any, calibrate: bool
) -> Approach:
    if kind != "few_shot":
        return ZeroShot(calibrate=calibrate)
    if by == "each":
        return FewShot(
            shots_per_label=_count(shots, 1, 1024), method=method or "auto", calibrate=calibrate
        )
    return FewShot(
        shots=_count(shots, 1, 4096),
        picker=picker or "balanced",
        method=method or "auto",
        calibrate=calibrate,
    )


def view_plan(
    workbench: Workbench, owner: str, pid: str, approach: Approach, limit: int, language: Language
) -> Html:
    """How many prompts a start would send."""
    data = workbench.data(owner, pid)
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


def wire(tab: EvaluateTab, workbench: Workbench, session: Session) -> None:
    def form(
        owner: str, pid: str, language: Language, step: str, formed: str, *values: Any
    ) -> list[Any]:
        """Choices, advice and what is shown of the fields; their defaults for another project."""
        if step != "evaluate" or not pid or obstacle(workbench, owner, pid, language):
            return skips(tab.formed_parts)
        return _formed(workbench, owner, pid, language, formed, *values)

    asked = [*session.who, session.step, tab.formed, *tab.fields]
    states = (session.project, session.changed, session.language, session.step)
    changing = (tab.model, tab.approach, tab.by, tab.shots, tab.limit)
    gr.on(
        [*(state.change for state in states), *(field.change for field in changing)],
        form,
        asked,
        tab.formed_parts,
        show_progress="hidden",
        queue=False,
        trigger_mode="always_last",
    )

    def submit(owner: str, pid: str, language: Language, quick: bool, values: Any) -> list[Any]:
        model, kind, by, shots, picker, method, calibrate, chat, limit = values
        approaches = [approach_from(kind, by, shots, picker, method, calibrate)]
        if quick:
            tags = workbench.project(owner, pid).task == "token_classification"
            few = FewShot(shots=_QUICK_SENTENCES) if tags else FewShot(shots_per_label=_QUICK_SHOTS)
            approaches = [few] if tags else [ZeroShot(), few]
        error: InstructError | None = None
        try:
            for approach in approaches:
                workbench.start(
                    owner,
                    pid,
                    model=model,
                    approach=approach,
                    chat=chat or "auto",
                    test_limit=_count(limit, 0, 10**9) or None,
                )
        except InstructError as caught:
            error = caught
        jobs = view_jobs(workbench, owner, _jobs(workbench, owner, pid), language)
        return [problem_box(error, language), jobs, "?"]

    shown = [tab.problem, tab.jobs, tab.seen]

    def start(owner: str, pid: str, language: Language, *values: Any) -> list[Any]:
        return submit(owner, pid, language, False, values)

    def both(owner: str, pid: str, language: Language, *values: Any) -> list[Any]:
        return submit(owner, pid, language, True, values)

    tab.start.click(start, [*session.who, *tab.fields], shown, show_progress="hidden", queue=False)
    tab.both.click(both, [*session.who, *tab.fields], shown, show_progress="hidden", queue=False)

    def get(owner: str, pid: str, language: Language, model: str) -> list[Any]:
        error: InstructError | None = None
        try:
            workbench.get_model(owner, model)
        except InstructError as caught:
            error = caught
        jobs = view_jobs(workbench, owner, _jobs(workbench, owner, pid), language)
        return [problem_box(error, language), jobs, "?"]

    tab.get.click(get, [*session.who, tab.model], shown, show_progress="hidden", queue=False)

    def beat(owner: str, pid: str, language: Language, step: str, seen: str) -> list[Any]:
        if step != "evaluate" or not pid:
            return skips([tab.jobs, tab.seen])
        now = str(view_jobs(workbench, owner, _jobs(workbench, owner, pid), language))
        return skips([tab.jobs, tab.seen]) if now == seen else [now, now]

    session.tick.tick(
        beat,
        [*session.who, session.step, tab.seen],
        [tab.jobs, tab.seen],
        show_progress="hidden",
        queue=False,
        trigger_mode="once",
    )
    wire_stop(tab.jobs, workbench, session)
    tab.next.click(None, None, None, js=go_to("finetune"))


def wire_stop(html: Any, workbench: Workbench, session: Session) -> None:
    """The stop buttons in a gr.HTML with `STOP_JS`."""

    def stop(owner: str, language: Language, event: gr.EventData) -> None:
        try:
            workbench.stop(owner, event.job)
        except InstructError as error:
            gr.Warning(error.message(language))

    html.stop_job(stop, [session.owner, session.language], None, queue=False)


def _formed(
    workbench: Workbench,
    owner: str,
    pid: str,
    language: Language,
    formed: str,
    model: str | None,
    kind: str | None,
    by: str,
    shots: float | None,
    picker: str,
    method: str,
    calibrate: bool,
    chat: str,
    limit: float | None,
) -> list[Any]:
    models = workbench.models()
    tags = workbench.project(owner, pid).task == "token_classification"
    anew = formed != pid or model_choice.named(models, model) is None
    if anew:
        kind, by = ("few_shot", "all") if tags else ("zero_shot", "each")
        shots = _QUICK_SENTENCES if tags else _QUICK_SHOTS
        model = model_choice.first(workbench, owner, pid, kind)
        limit = 0
    kind = "few_shot" if tags else kind or "zero_shot"
    said = model_choice.said(workbench, owner, pid, model, kind, language)
    few = kind == "few_shot"
    causal = model_choice.family(models, model) == "causal" and (said.ready or said.missing)
    approach = approach_from(kind, by, shots, picker, method, calibrate)
    encoder = model_choice.family(models, model) == "encoder"
    kinds = ("few_shot",) if tags else ("zero_shot", "few_shot")
    ways = ("all",) if tags else ("each", "all")
    tagging = element("p", say("evaluate.only_few", language), class_="note") if tags else ""
    return [
        pid,
        said.html + tagging,
        gr.update(visible=said.missing),
        gr.update(visible=few),
        gr.update(visible=causal),
        view_plan(workbench, owner, pid, approach, _count(limit, 0, 10**9), language),
        gr.update(interactive=said.ready),
        gr.update(interactive=said.ready, visible=not tags),
        _offered(model_choice.choices(models, language), model, anew),
        _offered(_approaches(language, kinds), kind, anew),
        _offered(_named(ways, "by_", language), by, anew),
        shots if anew else gr.skip(),
        gr.update(choices=_pickers(language), visible=by == "all"),
        gr.update(choices=_methods(language), visible=encoder and not tags),
        gr.skip(),
        gr.update(choices=_chats(language)),
        limit if anew else gr.skip(),
    ]


def _offered(choices: list[tuple[str, str]], value: str | None, anew: bool) -> Any:
    """Choices in the person's language. A value goes back only when it is set anew: it may have
    been changed while this was on its way."""
    return gr.update(choices=choices, value=value) if anew else gr.update(choices=choices)
