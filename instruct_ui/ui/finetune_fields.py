"""The settings of a training: what they offer, and what stands in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import gradio as gr
from pydantic import ValidationError

from instruct_ui.reporting.markup import Html, element
from instruct_ui.spec import FineTune
from instruct_ui.texts import Language, say
from instruct_ui.ui.run_step import labels, offered
from instruct_ui.ui.session import Texts, note_box

_DEFAULTS = FineTune()
_LABEL_STEPS, _TAG_STEPS = 60, 100
"""Steps a training of few rows is given at first."""
_FREEZE = {"auto": "auto", "yes": True, "no": False}
_FIELD_OF = {"top_layers": "layers", "lora_rank": "rank", "freeze_embeddings": "freeze"}
"""Setting of a spec -> field, where they are named differently."""


class Asked(NamedTuple):
    """What stands in the fields, in the order of `TrainingFields.inputs`."""

    strategy: str | None
    layers: float | None
    epochs: float | None
    patience: float | None
    learning_rate: float | None
    batch_size: float | None
    weight_decay: float | None
    warmup: float | None
    dropout: float | None
    freeze: str | None
    rank: float | None

    def settings(self) -> FineTune:
        """An emptied field means the default. Raises ValidationError for a value out of range."""
        given = self._asdict()
        given["freeze"] = _FREEZE[self.freeze or "auto"]
        for setting, field in _FIELD_OF.items():
            given[setting] = given.pop(field)
        return FineTune.model_validate({k: v for k, v in given.items() if v is not None})


@dataclass(frozen=True)
class TrainingFields:
    strategy: Any
    strategy_note: Any
    layers: Any
    epochs: Any
    patience: Any
    more: Any
    """Holds the settings that seldom need a change."""
    learning_rate: Any
    batch_size: Any
    weight_decay: Any
    warmup: Any
    dropout: Any
    freeze: Any
    rank: Any

    @property
    def inputs(self) -> list[Any]:
        plain = [self.strategy, self.layers, self.epochs, self.patience]
        more = [self.learning_rate, self.batch_size, self.weight_decay, self.warmup]
        return [*plain, *more, self.dropout, self.freeze, self.rank]

    @property
    def outputs(self) -> list[Any]:
        """What `view_fields` gives values for."""
        shown = [self.layers, self.freeze, self.rank, self.epochs, self.patience]
        return [self.strategy, self.strategy_note, *shown]

    @property
    def texts(self) -> Texts:
        fields = dict(zip(Asked._fields, self.inputs, strict=True))
        return labels("finetune", {**fields, "more": self.more})


def build_fields(language: Language) -> TrainingFields:
    def number(name: str, value: float | None, **more: Any) -> Any:
        return gr.Number(
            value,
            label=say(f"finetune.{name}", language),
            min_width=120,
            interactive=True,
            elem_id=f"finetune-{name.replace('_', '-')}",
            **more,
        )

    strategy = gr.Radio(
        _strategies("encoder", language),
        label=say("finetune.strategy", language),
        elem_id="finetune-strategy",
        interactive=True,
    )
    strategy_note = gr.HTML("")
    layers = number("layers", 2, minimum=1, maximum=64, precision=0, visible=False)
    with gr.Row(elem_classes=["fields"]):
        epochs = number("epochs", _DEFAULTS.epochs, minimum=1, maximum=200, precision=0)
        patience = number("patience", _DEFAULTS.patience, minimum=0, precision=0)
    with gr.Accordion(say("finetune.more", language), open=False) as more:
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
                label=say("finetune.freeze", language),
                min_width=120,
                interactive=True,
                elem_id="finetune-freeze",
            )
        rank = number("rank", _DEFAULTS.lora_rank, minimum=1, precision=0, visible=False)
    return TrainingFields(
        strategy,
        strategy_note,
        layers,
        epochs,
        patience,
        more,
        rate,
        batch,
        decay,
        warmup,
        dropout,
        freeze,
        rank,
    )


def fitting(asked: Asked, family: str) -> Asked:
    """With a strategy that models of this family can be trained by."""
    known = _strategy_names(family)
    return asked if asked.strategy in known else asked._replace(strategy=known[0])


def suggested(rows: int, tags: bool) -> tuple[int, int]:
    """Passes and patience to begin with for `rows` training rows: enough steps to learn from few.

    Entities need more: the first checks find none at all, which is no reason to stop.
    """
    steps = -(-rows // _DEFAULTS.batch_size) or 1
    wanted, most, patience = (_TAG_STEPS, 20, 5) if tags else (_LABEL_STEPS, 10, _DEFAULTS.patience)
    passes = min(most, max(_DEFAULTS.epochs, -(-wanted // steps)))
    return passes, patience if passes > _DEFAULTS.epochs else _DEFAULTS.patience


def view_fields(
    asked: Asked, family: str, changed: bool, anew: bool, language: Language
) -> list[Any]:
    """Values for `TrainingFields.outputs`; `changed`: the strategy is another than the field's."""
    note = say(f"finetune.strategy_note_{asked.strategy}", language)
    return [
        offered(_strategies(family, language), asked.strategy, changed),
        element("p", note, class_="note"),
        gr.update(visible=asked.strategy == "top_layers"),
        gr.update(choices=_freezes(language), visible=family == "encoder"),
        gr.update(visible=family == "causal"),
        *([asked.epochs, asked.patience] if anew else [gr.skip(), gr.skip()]),
    ]


def view_bad_setting(error: ValidationError, language: Language) -> Html:
    first = error.errors()[0]
    name = str(first["loc"][0])
    field = say(f"finetune.{_FIELD_OF.get(name, name)}", language)
    text = say("finetune.bad_setting", language, field=field, reason=_reason(first, language))
    return note_box(text, "warning")


def _reason(found: Any, language: Language) -> str:
    """pydantic speaks English only, so its bounds are said in our words."""
    for key in ("ge", "gt", "le", "lt"):
        if key in found.get("ctx", {}):
            return say(f"finetune.bound_{key}", language, bound=f"{found['ctx'][key]:g}")
    return str(found["msg"])


def _strategy_names(family: str) -> tuple[str, ...]:
    return ("lora",) if family == "causal" else ("full", "top_layers")


def _strategies(family: str, language: Language) -> list[tuple[str, str]]:
    return [(say(f"finetune.{name}", language), name) for name in _strategy_names(family)]


def _freezes(language: Language) -> list[tuple[str, str]]:
    return [(say(f"finetune.freeze_{name}", language), name) for name in _FREEZE]
