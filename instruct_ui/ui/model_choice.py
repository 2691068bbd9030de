"""The choice of a model: the list, what is said of the one chosen, and the button that gets it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import gradio as gr

from instruct_ui.errors import InstructError
from instruct_ui.models.advice import about, advise_unknown
from instruct_ui.reporting.markup import Html, element
from instruct_ui.tasks import Family, Kind
from instruct_ui.texts import Language, say
from instruct_ui.ui.job_view import stacked
from instruct_ui.ui.session import Session, Step, Texts, note_box, problem_box
from instruct_ui.workbench import ModelView, Workbench


@dataclass(frozen=True)
class ModelChoice:
    model: Any
    advice: Any
    get: Any
    texts: Texts

    @property
    def notes(self) -> list[Any]:
        """What `Said.values` gives values for."""
        return [self.advice, self.get]


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be said of a chosen model before anyone presses a button."""

    html: Html
    ready: bool
    """It is on this machine and can do the task this way."""
    missing: bool

    @property
    def values(self) -> list[Any]:
        return [self.html, gr.update(visible=self.missing)]


def build(step: Step | Literal["making"], language: Language) -> ModelChoice:
    """The list, where the caller stands now; `place_notes` puts the rest below it."""
    model = gr.Dropdown(
        [],
        label=say(f"{step}.model", language),
        elem_id=f"{step}-model",
        min_width=260,
        interactive=True,
    )
    advice = gr.HTML("", elem_id=f"{step}-advice", render=False)
    get = gr.Button(
        say("evaluate.get", language),
        size="sm",
        visible=False,
        elem_id=f"{step}-get",
        render=False,
    )
    texts: Texts = ((model, {"label": f"{step}.model"}), (get, {"value": "evaluate.get"}))
    return ModelChoice(model, advice, get, texts)


def place_notes(choice: ModelChoice) -> None:
    """Apart from `build`, since other fields may share a row with the list."""
    choice.advice.render()
    choice.get.render()


def wire(
    choice: ModelChoice,
    workbench: Workbench,
    session: Session,
    view: Callable[[str, str, Language], Html],
    outputs: Sequence[Any],
) -> None:
    """`outputs`: the place for a problem, the jobs as `view(owner, project, language)` shows them,
    and what was seen of them last."""

    def get(owner: str, pid: str, language: Language, model: str) -> list[Any]:
        error: InstructError | None = None
        try:
            workbench.get_model(owner, model)
        except InstructError as caught:
            error = caught
        button = gr.update(visible=error is not None)
        return [button, problem_box(error, language), view(owner, pid, language), "?"]

    choice.get.click(
        get,
        [*session.who, choice.model],
        [choice.get, *outputs],
        show_progress="hidden",
        queue=False,
    )


def choices(models: Sequence[ModelView], language: Language) -> list[tuple[str, str]]:
    return [(_title(model, language), model.card.name) for model in models]


def named(models: Sequence[ModelView], name: str | None) -> ModelView | None:
    return next((model for model in models if model.card.name == name), None)


def family(models: Sequence[ModelView], name: str | None) -> Family:
    found = named(models, name)
    return found.card.family if found else "encoder"


def first(workbench: Workbench, owner: str, pid: str, kind: Kind) -> str:
    """The model set at first: one that is here and that nothing speaks against."""
    models = workbench.models()
    ranked = sorted(
        models,
        key=lambda m: (
            workbench.advice(owner, pid, m.card.name, kind) is not None,
            not m.present,
            m.card.family != "encoder",
        ),
    )
    return ranked[0].card.name


def said(
    workbench: Workbench, owner: str, pid: str, name: str | None, kind: Kind, language: Language
) -> Said:
    """What the model is good for, what speaks against it here, and whether it must be fetched."""
    model = named(workbench.models(), name)
    if model is None:
        return Said(Html(""), False, False)
    card = model.card
    possible = card.can(workbench.project(owner, pid).task, kind)
    advice = workbench.advice(owner, pid, card.name, kind)
    unknown = None
    if possible:
        unknown = advise_unknown(card, workbench.unknown_words(owner, pid, card.name))
    against = [say(key, language, **params) for key, params in filter(None, (advice, unknown))]
    if against:
        parts = [note_box(text, "warning") for text in against]
    else:
        key, params = about(card)
        parts = [element("p", say(key, language, **params), class_="note")]
    missing = possible and not model.present
    if missing:
        text = say("evaluate.missing", language, title=card.title, mb=card.download_mb)
        parts.append(note_box(text))
    return Said(stacked(*parts), possible and model.present, missing)


def _title(model: ModelView, language: Language) -> str:
    kind = say(f"models.family_{model.card.family}", language)
    key = "evaluate.model_title" if model.present else "evaluate.model_missing"
    return say(key, language, title=model.card.title, kind=kind, mb=model.card.download_mb)
