"""The Fine-tune step: settings, an estimate from a trial, and the training as it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from pydantic import ValidationError

from instruct_ui.errors import InstructError
from instruct_ui.reporting.markup import Html, element, join
from instruct_ui.reporting.tables import duration
from instruct_ui.spec import FineTune
from instruct_ui.storage.records import JobRecord, JobState
from instruct_ui.texts import Language, say
from instruct_ui.ui import model_choice
from instruct_ui.ui.evaluate_tab import obstacle, wire_stop
from instruct_ui.ui.figure import build_figure
from instruct_ui.ui.job_view import STOP_JS, approach_of, cause, progress_bar
from instruct_ui.ui.session import Session, Texts, go_to, head, note_box, problem_box, skips
from instruct_ui.ui.training_view import view_training
from instruct_ui.workbench import Workbench

_DEFAULTS = FineTune()
_LABEL_STEPS, _TAG_STEPS = 60, 100
"""Steps a training of few rows is given at first."""
_FREEZE = {"auto": "auto", "yes": True, "no": False}


@dataclass(frozen=True)
class FinetuneTab:
    head: Any
    next: Any
    note: Any
    area: Any
    problem: Any
    model: Any
    advice: Any
    get: Any
    strategy: Any
    strategy_note: Any
    layers: Any
    epochs: Any
    patience: Any
    learning_rate: Any
    batch_size: Any
    weight_decay: Any
    warmup: Any
    dropout: Any
    freeze: Any
    rank: Any
    estimate_box: Any
    estimate: Any
    start: Any
    live: Any
    curve: Any
    checks: Any
    formed: Any
    seen: Any
    texts: Texts

    @property
    def outputs(self) -> list[Any]:
        return [self.head, self.next, self.note, self.area, self.start, *self.live_parts]

    @property
    def live_parts(self) -> list[Any]:
        return [self.live, self.curve, self.checks]

    @property
    def fields(self) -> list[Any]:
        """What a training is made of, in the order of `settings_from`."""
        plain = [self.model, self.strategy, self.layers, self.epochs, self.patience]
        more = [self.learning_rate, self.batch_size, self.weight_decay, self.warmup]
        return [*plain, *more, self.dropout, self.freeze, self.rank]

    @property
    def formed_parts(self) -> list[Any]:
        """What `form` gives values for."""
        notes = [self.formed, self.advice, self.get, self.strategy_note, self.estimate_box]
        buttons = [self.estimate, self.start]
        shown = [self.layers, self.freeze, self.rank, self.epochs, self.patience]
        return [*notes, *buttons, self.model, self.strategy, *shown]


def build(language: Language) -> FinetuneTab:
    def t(key: str) -> str:
        return say(f"finetune.{key}", language)

    def number(name: str, value: float | None, **more: Any) -> Any:
        elem_id = f"finetune-{name.replace('_', '-')}"
        return gr.Number(
            value, label=t(name), min_width=120, interactive=True, elem_id=elem_id, **more
        )

    with gr.Row(elem_classes=["head-row"]):
        heading = gr.HTML(head(t("title"), "", t("state")), elem_id="finetune-head")
        following = gr.Button(t("next"), elem_id="finetune-next")
    note = gr.HTML("", elem_id="finetune-note")
    with (
        gr.Column(visible=False, elem_id="finetune-area") as area,
        gr.Row(elem_classes=["two-columns"]),
    ):
        with gr.Column(elem_classes=["card"], scale=4, min_width=300):
            model = gr.Dropdown([], label=t("model"), elem_id="finetune-model", interactive=True)
            advice = gr.HTML("")
            get = gr.Button(say("evaluate.get", language), size="sm", visible=False)
            strategy = gr.Radio(
                _strategies("encoder", language),
                label=t("strategy"),
                elem_id="finetune-strategy",
                interactive=True,
            )
            strategy_note = gr.HTML("")
            layers = number("layers", 2, minimum=1, maximum=64, precision=0, visible=False)
            with gr.Row(elem_classes=["fields"]):
                epochs = number("epochs", _DEFAULTS.epochs, minimum=1, maximum=200, precision=0)
                patience = number("patience", _DEFAULTS.patience, minimum=0, precision=0)
            with gr.Accordion(t("more"), open=False) as more:
                with gr.Row(elem_classes=["fields"]):
                    rate = number("learning_rate", _DEFAULTS.learning_rate, step=1e-5)
                    batch = number("batch_size", _DEFAULTS.batch_size, minimum=1, precision=0)
                with gr.Row(elem_classes=["fields"]):
                    decay = number("weight_decay", _DEFAULTS.weight_decay, step=0.01)
                    warmup = number("warmup", _DEFAULTS.warmup, step=0.05)
                with gr.Row(elem_classes=["fields"]):
                    dropout = number("dropout", None, step=0.05)
                    freeze = gr.Dropdown(
                        _freezes(language),
                        value="auto",
                        label=t("freeze"),
                        min_width=120,
                        interactive=True,
                        elem_id="finetune-freeze",
                    )
                rank = number("rank", _DEFAULTS.lora_rank, minimum=1, precision=0, visible=False)
            box = gr.HTML("", elem_id="finetune-estimate-box")
            problem = gr.HTML("", elem_id="finetune-problem")
            estimate = gr.Button(t("estimate"), elem_id="finetune-estimate")
            start = gr.Button(t("start"), variant="primary", elem_id="finetune-start")
        with gr.Column(elem_classes=["card"], scale=6, min_width=300):
            live = gr.HTML("", js_on_load=STOP_JS, elem_id="finetune-live")
            curve = build_figure("finetune-curve")
            checks = gr.HTML("", elem_id="finetune-checks")
    labelled = {
        "model": model,
        "strategy": strategy,
        "layers": layers,
        "epochs": epochs,
        "patience": patience,
        "more": more,
        "learning_rate": rate,
        "batch_size": batch,
        "weight_decay": decay,
        "warmup": warmup,
        "dropout": dropout,
        "freeze": freeze,
        "rank": rank,
    }
    texts: Texts = (
        (following, {"value": "finetune.next"}),
        (get, {"value": "evaluate.get"}),
        (estimate, {"value": "finetune.estimate"}),
        (start, {"value": "finetune.start"}),
        *((field, {"label": f"finetune.{name}"}) for name, field in labelled.items()),
    )
    return FinetuneTab(
        head=heading,
        next=following,
        note=note,
        area=area,
        problem=problem,
        model=model,
        advice=advice,
        get=get,
        strategy=strategy,
        strategy_note=strategy_note,
        layers=layers,
        epochs=epochs,
        patience=patience,
        learning_rate=rate,
        batch_size=batch,
        weight_decay=decay,
        warmup=warmup,
        dropout=dropout,
        freeze=freeze,
        rank=rank,
        estimate_box=box,
        estimate=estimate,
        start=start,
        live=live,
        curve=curve,
        checks=checks,
        formed=gr.State(""),
        seen=gr.State(""),
        texts=texts,
    )


def _strategies(family: str, language: Language) -> list[tuple[str, str]]:
    names = ("lora",) if family == "causal" else ("full", "top_layers")
    return [(say(f"finetune.{name}", language), name) for name in names]


def _freezes(language: Language) -> list[tuple[str, str]]:
    return [(say(f"finetune.freeze_{name}", language), name) for name in _FREEZE]


def _obstacle(workbench: Workbench, owner: str, pid: str, language: Language) -> str:
    found = obstacle(workbench, owner, pid, language)
    if not found and not workbench.data(owner, pid).splits.get("train"):
        return say("finetune.no_train", language)
    return found


def refresh(workbench: Workbench, owner: str, pid: str, language: Language) -> list[Any]:
    """Values for `outputs`; the fields themselves are `wire`'s, which knows what stands in them."""
    title = head(say("finetune.title", language), "", say("finetune.state", language))
    stop = _obstacle(workbench, owner, pid, language)
    runs = workbench.runs(owner, pid) if pid else []
    tuned = any(run.tuned for run in runs)
    way_on = gr.update(variant="primary" if tuned else "secondary", interactive=bool(runs))
    if stop and not tuned:
        told = note_box(stop, "warning" if pid else "plain")
        return [title, way_on, told, gr.update(visible=False), gr.skip(), "", {}, ""]
    told = note_box(stop, "warning") if stop else Html("")
    live = view_training(workbench, owner, pid, language)
    # One filled button: the way on, once there is a tuned model to go on with.
    start = gr.update(variant="secondary" if tuned else "primary")
    parts = [live.card, live.figure, live.checks]
    return [title, way_on, told, gr.update(visible=True), start, *parts]


def settings_from(
    strategy: str | None,
    layers: float | None,
    epochs: float | None,
    patience: float | None,
    rate: float | None,
    batch: float | None,
    decay: float | None,
    warmup: float | None,
    dropout: float | None,
    freeze: str | None,
    rank: float | None,
) -> FineTune:
    """An emptied field means the default. Raises ValidationError for a value out of range."""
    given = {
        "strategy": strategy,
        "top_layers": layers,
        "epochs": epochs,
        "patience": patience,
        "learning_rate": rate,
        "batch_size": batch,
        "weight_decay": decay,
        "warmup": warmup,
        "dropout": dropout,
        "freeze_embeddings": _FREEZE[freeze or "auto"],
        "lora_rank": rank,
    }
    return FineTune.model_validate({k: v for k, v in given.items() if v is not None})


def _bad_setting(error: ValidationError, language: Language) -> Html:
    names = {"top_layers": "layers", "lora_rank": "rank", "freeze_embeddings": "freeze"}
    first = error.errors()[0]
    name = str(first["loc"][0])
    field = say(f"finetune.{names.get(name, name)}", language)
    text = say("finetune.bad_setting", language, field=field, reason=first["msg"])
    return note_box(text, "warning")


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
        return element(
            "div",
            progress_bar(None, text),
            element("p", text, class_="note"),
            class_="estimate",
            role="status",
        )
    if job.state != JobState.DONE or job.result is None:
        reason = cause(job, language)
        return note_box(say("finetune.estimate_failed", language, reason=reason), "warning")
    gigabytes = job.result["memory_bytes"] / 1e9
    memory = say("finetune.memory_gb", language, value=gigabytes)
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


def wire(tab: FinetuneTab, workbench: Workbench, session: Session) -> None:
    def form(
        owner: str, pid: str, language: Language, step: str, formed: str, *values: Any
    ) -> list[Any]:
        if step != "finetune" or not pid or _obstacle(workbench, owner, pid, language):
            return skips(tab.formed_parts)
        return _formed(workbench, owner, pid, language, formed, *values)

    states = (session.project, session.changed, session.language, session.step)
    gr.on(
        [*(state.change for state in states), *(field.change for field in tab.fields)],
        form,
        [*session.who, session.step, tab.formed, *tab.fields],
        tab.formed_parts,
        show_progress="hidden",
        queue=False,
        trigger_mode="always_last",
    )

    def estimate(owner: str, pid: str, language: Language, model: str, *values: Any) -> list[Any]:
        try:
            settings = settings_from(*values)
            workbench.estimate(owner, pid, model=model, approach=settings)
        except ValidationError as error:
            return [gr.skip(), _bad_setting(error, language)]
        except InstructError as error:
            return [gr.skip(), problem_box(error, language)]
        return [view_estimate(workbench, owner, pid, model, settings, language), ""]

    tab.estimate.click(
        estimate,
        [*session.who, *tab.fields],
        [tab.estimate_box, tab.problem],
        show_progress="hidden",
        queue=False,
    )

    def start(owner: str, pid: str, language: Language, model: str, *values: Any) -> list[Any]:
        told = Html("")
        try:
            workbench.start(owner, pid, model=model, approach=settings_from(*values))
        except ValidationError as error:
            told = _bad_setting(error, language)
        except InstructError as error:
            told = problem_box(error, language)
        live = view_training(workbench, owner, pid, language)
        return [told, "?", live.card, live.figure, live.checks]

    tab.start.click(
        start,
        [*session.who, *tab.fields],
        [tab.problem, tab.seen, *tab.live_parts],
        show_progress="hidden",
        queue=False,
    )

    def get(owner: str, language: Language, model: str) -> Html:
        try:
            workbench.get_model(owner, model)
        except InstructError as error:
            return problem_box(error, language)
        return Html("")

    tab.get.click(get, [session.owner, session.language, tab.model], tab.problem, queue=False)

    def beat(owner: str, pid: str, language: Language, step: str, seen: str) -> list[Any]:
        if step != "finetune" or not pid:
            return skips([tab.seen, *tab.live_parts])
        live = view_training(workbench, owner, pid, language)
        if live.key == seen:
            return skips([tab.seen, *tab.live_parts])
        # Zoom and plot stay as they are while only the numbers above them move.
        points = live.key.rsplit("|", 1)[-1]
        figure = gr.skip() if points == seen.rsplit("|", 1)[-1] else live.figure
        return [live.key, live.card, figure, live.checks]

    session.tick.tick(
        beat,
        [*session.who, session.step, tab.seen],
        [tab.seen, *tab.live_parts],
        show_progress="hidden",
        queue=False,
        trigger_mode="once",
    )
    wire_stop(tab.live, workbench, session)
    tab.next.click(None, None, None, js=go_to("compare"))


def _formed(
    workbench: Workbench,
    owner: str,
    pid: str,
    language: Language,
    formed: str,
    model: str | None,
    strategy: str | None,
    *values: Any,
) -> list[Any]:
    models = workbench.models()
    anew = formed != pid or model_choice.named(models, model) is None
    epochs, patience = _DEFAULTS.epochs, _DEFAULTS.patience
    if anew:
        model = model_choice.first(workbench, owner, pid, "fine_tune")
        tags = workbench.project(owner, pid).task == "token_classification"
        rows = workbench.data(owner, pid).splits.get("train", 0)
        epochs, patience = suggested(rows, tags)
        values = (values[0], epochs, patience, *values[3:])
    family = model_choice.family(models, model)
    offered = [name for _, name in _strategies(family, language)]
    changed = strategy not in offered
    if changed:
        strategy = offered[0]
    said = model_choice.said(workbench, owner, pid, model, "fine_tune", language)
    try:
        settings = settings_from(strategy, *values)
        box = view_estimate(workbench, owner, pid, model, settings, language)
    except ValidationError as error:
        box = _bad_setting(error, language)
    titles = model_choice.choices(models, language)
    names = _strategies(family, language)
    note = say(f"finetune.strategy_note_{strategy}", language)
    return [
        pid,
        said.html,
        gr.update(visible=said.missing),
        join(element("p", note, class_="note")),
        box,
        gr.update(interactive=said.ready),
        gr.update(interactive=said.ready),
        gr.update(choices=titles, value=model) if anew else gr.update(choices=titles),
        gr.update(choices=names, value=strategy) if changed else gr.update(choices=names),
        gr.update(visible=strategy == "top_layers"),
        gr.update(choices=_freezes(language), visible=family == "encoder"),
        gr.update(visible=family == "causal"),
        *([epochs, patience] if anew else [gr.skip(), gr.skip()]),
    ]


def suggested(rows: int, tags: bool) -> tuple[int, int]:
    """Passes and patience to begin with for `rows` training rows: enough steps to learn from few.

    Entities need more: the first checks find none at all, which is no reason to stop.
    """
    steps = -(-rows // _DEFAULTS.batch_size) or 1
    wanted, most, patience = (_TAG_STEPS, 20, 5) if tags else (_LABEL_STEPS, 10, _DEFAULTS.patience)
    passes = min(most, max(_DEFAULTS.epochs, -(-wanted // steps)))
    return passes, patience if passes > _DEFAULTS.epochs else _DEFAULTS.patience
