"""Whether a model can read these texts: language, words it does not know, texts that are cut."""

from __future__ import annotations

from typing import Any

import gradio as gr

from instruct_ui.models.advice import advise_unknown
from instruct_ui.reporting.markup import Html, element
from instruct_ui.texts import Language, say
from instruct_ui.ui import model_choice
from instruct_ui.ui.session import Texts, note_box
from instruct_ui.workbench import Workbench


def build_fit(language: Language) -> tuple[Any, Any, Any, Texts]:
    """The area, the model to choose, what is said of it, and the texts."""
    with gr.Column(elem_classes=["card"]) as area:
        model = gr.Dropdown(
            [], label=say("datatab.fit", language), interactive=True, elem_id="data-model"
        )
        said = gr.HTML("", elem_id="data-fit")
    return area, model, said, ((model, {"label": "datatab.fit"}),)


def offered(workbench: Workbench, language: Language) -> Any:
    """The models that are here; none chosen, because looking takes a second or two."""
    here = [model for model in workbench.models() if model.present]
    return gr.update(choices=model_choice.choices(here, language), value=None)


def view_fit(
    workbench: Workbench, owner: str, pid: str, name: str | None, language: Language
) -> Html:
    """What speaks against the model, worst first; that nothing does, where nothing does."""
    model = model_choice.named(workbench.models(), name)
    if model is None or not model.present:
        return Html("")
    card = model.card
    advice = workbench.advice(owner, pid, card.name, "few_shot")
    unknown = advise_unknown(card, workbench.unknown_words(owner, pid, card.name))
    said = [say(key, language, **params) for key, params in filter(None, (advice, unknown))]
    long = workbench.too_long(owner, pid, card.name)
    if long.count:
        key = "fit_too_long" if long.exact else "fit_too_long_at_least"
        values = {"count": long.count, "longest": long.longest, "window": long.window}
        said.append(say(f"datatab.{key}", language, title=card.title, **values))
    if not said:
        text = say("datatab.fit_well", language, title=card.title, window=long.window)
        return note_box(text, "good")
    return element("div", *(note_box(text, "warning") for text in said), class_="stack")
