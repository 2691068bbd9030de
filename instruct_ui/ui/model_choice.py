"""The choice of a model: what stands in the list, which is set first, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from instruct_ui.models.advice import about
from instruct_ui.reporting.markup import Html, element, join
from instruct_ui.texts import Language, say
from instruct_ui.ui.session import note_box
from instruct_ui.workbench import ModelView, Workbench


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be said of a chosen model before anyone presses a button."""

    html: Html
    ready: bool
    """It is on this machine and can do the task this way."""
    missing: bool


def choices(models: Sequence[ModelView], language: Language) -> list[tuple[str, str]]:
    return [(_title(model, language), model.card.name) for model in models]


def named(models: Sequence[ModelView], name: str | None) -> ModelView | None:
    return next((model for model in models if model.card.name == name), None)


def family(models: Sequence[ModelView], name: str | None) -> str:
    found = named(models, name)
    return found.card.family if found else "encoder"


def first(workbench: Workbench, owner: str, pid: str, kind: str) -> str:
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
    workbench: Workbench, owner: str, pid: str, name: str | None, kind: str, language: Language
) -> Said:
    """What the model is good for, what speaks against it here, and whether it must be fetched."""
    model = named(workbench.models(), name)
    if model is None:
        return Said(Html(""), False, False)
    project = workbench.project(owner, pid)
    card = model.card
    possible = card.can(project.task, kind)
    advice = workbench.advice(owner, pid, card.name, kind)
    key, params = advice or about(card)
    line = say(key, language, **params)
    parts = [note_box(line, "warning") if advice else element("p", line, class_="note")]
    if not model.present and possible:
        text = say("evaluate.missing", language, title=card.title, mb=card.download_mb)
        parts.append(note_box(text))
    return Said(join(*parts), possible and model.present, possible and not model.present)


def _title(model: ModelView, language: Language) -> str:
    kind = say(f"models.family_{model.card.family}", language)
    key = "evaluate.model_title" if model.present else "evaluate.model_missing"
    return say(key, language, title=model.card.title, kind=kind, mb=model.card.download_mb)
