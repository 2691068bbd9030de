"""The fields a run without training is made of: what they offer, and what stands in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import gradio as gr

from instruct_ui.spec import Approach, FewShot, ZeroShot
from instruct_ui.tasks import Family, Kind, Task
from instruct_ui.texts import Language, say
from instruct_ui.ui.run_step import labels, offered
from instruct_ui.ui.session import Texts

QUICK_SHOTS = 4
"""A label, or in all where answers are texts; what the quick button takes (NER and several labels:
`QUICK_SENTENCES` in all)."""
QUICK_SENTENCES = 16
_MOST_ROWS = 10**9


class Asked(NamedTuple):
    """What stands in the fields, in the order of `RunFields.inputs`; an emptied number is None."""

    kind: Kind | None
    by: str | None
    shots: float | None
    picker: Any
    method: Any
    calibrate: bool
    chat: Any
    limit: float | None

    def approach(self) -> Approach:
        if self.kind != "few_shot":
            return ZeroShot(calibrate=self.calibrate)
        method: Any = self.method or "auto"
        if self.by == "each":
            shots = _count(self.shots, 1, 1024)
            return FewShot(shots_per_label=shots, method=method, calibrate=self.calibrate)
        return FewShot(
            shots=_count(self.shots, 1, 4096),
            picker=self.picker or "balanced",
            method=method,
            calibrate=self.calibrate,
        )

    @property
    def rows(self) -> int:
        """Test rows at most, 0: all."""
        return _count(self.limit, 0, _MOST_ROWS)


@dataclass(frozen=True)
class RunFields:
    approach: Any
    few: Any
    """Holds what belongs to few-shot."""
    by: Any
    shots: Any
    picker: Any
    method: Any
    causal: Any
    """Holds what only language models ask."""
    calibrate: Any
    chat: Any
    limit: Any

    @property
    def inputs(self) -> list[Any]:
        shots = [self.by, self.shots, self.picker, self.method]
        return [self.approach, *shots, self.calibrate, self.chat, self.limit]

    @property
    def changing(self) -> list[Any]:
        """Those that decide what else is shown, or how much is sent."""
        return [self.approach, self.by, self.shots, self.limit]

    @property
    def outputs(self) -> list[Any]:
        """What `view_fields` gives values for."""
        choices = [self.approach, self.by, self.picker, self.method, self.chat]
        return [self.few, self.causal, self.calibrate, *choices, self.shots, self.limit]

    @property
    def texts(self) -> Texts:
        names = ("approach", "by", "shots", "picker", "method", "calibrate", "chat", "limit")
        return labels("evaluate", dict(zip(names, self.inputs, strict=True)))


def build_approach(language: Language) -> Any:
    return gr.Radio(
        _named("", ("zero_shot", "few_shot"), language),
        label=say("evaluate.approach", language),
        elem_id="evaluate-approach",
        min_width=260,
        interactive=True,
    )


def build_more(approach: Any, language: Language) -> RunFields:
    """The fields below model and approach; the number of test rows is placed by the caller."""

    def dropdown(name: str, value: str, choices: list[tuple[str, str]]) -> Any:
        return gr.Dropdown(
            choices,
            value=value,
            label=say(f"evaluate.{name}", language),
            elem_id=f"evaluate-{name}",
            min_width=170,
            interactive=True,
        )

    with gr.Row(visible=False, elem_classes=["fields"]) as few:
        by = dropdown("by", "each", _ways(True, language))
        shots = _number("shots", QUICK_SHOTS, language, minimum=1, maximum=1024, min_width=130)
        picker = dropdown("picker", "balanced", _pickers(language))
        method = dropdown("method", "auto", _methods(language))
    with gr.Row(visible=False, elem_classes=["fields"]) as causal:
        chat = dropdown("chat", "auto", _chats(language))
        calibrate = gr.Checkbox(
            True,
            label=say("evaluate.calibrate", language),
            interactive=True,
            elem_id="evaluate-calibrate",
        )
    limit = _number("limit", 0, language, minimum=0, min_width=160, render=False)
    return RunFields(approach, few, by, shots, picker, method, causal, calibrate, chat, limit)


def view_fields(
    asked: Asked, family: Family, task: Task, anew: bool, language: Language
) -> list[Any]:
    """Values for `RunFields.outputs`: what a model of this family can be asked for."""
    return [
        gr.update(visible=asked.kind == "few_shot"),
        gr.update(visible=family == "causal"),
        gr.update(visible=asked.kind is not None and task.way("causal", asked.kind) == "labels"),
        offered(_approaches(task, language), asked.kind, anew),
        offered(_ways(by_label(task), language), asked.by, anew),
        gr.update(choices=_pickers(language), visible=asked.by == "all"),
        gr.update(choices=_methods(language), visible=_has_methods(task, family)),
        gr.update(choices=_chats(language)),
        asked.shots if anew else gr.skip(),
        asked.limit if anew else gr.skip(),
    ]


def defaults(asked: Asked, task: Task) -> Asked:
    """As the fields are set for a project opened for the first time."""
    first = _kinds(task)[0]
    if by_label(task):
        return asked._replace(kind=first, by="each", shots=QUICK_SHOTS, limit=0)
    return asked._replace(kind=first, by="all", shots=_shots(task), limit=0)


def quick(task: Task, family: Family) -> list[Approach]:
    """The runs to begin with: without training rows and with few, where models of the family can do
    both."""
    few = FewShot(shots_per_label=QUICK_SHOTS) if by_label(task) else FewShot(shots=_shots(task))
    both: tuple[Approach, ...] = (ZeroShot(), few)
    return [approach for approach in both if task.way(family, approach.kind)]


def by_label(task: Task) -> bool:
    """Whether shots can be counted by the label."""
    return task.gold.shape == "label"


def _shots(task: Task) -> int:
    return QUICK_SENTENCES if task.gold.shape in ("tags", "labels") else QUICK_SHOTS


def _kinds(task: Task) -> list[Kind]:
    """Approaches without training that some family of models has for the task; zero-shot comes
    first but for entities, where encoders need examples."""
    tags = task.gold.shape == "tags"
    order: tuple[Kind, ...] = ("few_shot", "zero_shot") if tags else ("zero_shot", "few_shot")
    return [kind for kind in order if any(k == kind for _, k in task.ways)]


def _has_methods(task: Task, family: Family) -> bool:
    return family == "encoder" and task.way(family, "few_shot") in ("labels", "tags")


def _number(name: str, value: int, language: Language, **more: Any) -> Any:
    return gr.Number(
        value,
        label=say(f"evaluate.{name}", language),
        precision=0,
        interactive=True,
        elem_id=f"evaluate-{name}",
        **more,
    )


def _count(value: float | None, least: int, most: int) -> int:
    return max(least, min(int(value or least), most))


def _named(prefix: str, names: tuple[str, ...], language: Language) -> list[tuple[str, str]]:
    return [(say(f"evaluate.{prefix}{name}", language), name) for name in names]


def _approaches(task: Task, language: Language) -> list[tuple[str, str]]:
    return _named("", tuple(_kinds(task)), language)


def _ways(each: bool, language: Language) -> list[tuple[str, str]]:
    return _named("by_", ("each", "all") if each else ("all",), language)


def _pickers(language: Language) -> list[tuple[str, str]]:
    return _named(
        "picker_", ("balanced", "random", "nearest", "diverse", "hard", "fixed"), language
    )


def _methods(language: Language) -> list[tuple[str, str]]:
    return _named("method_", ("auto", "prototypes", "logistic"), language)


def _chats(language: Language) -> list[tuple[str, str]]:
    return _named("chat_", ("auto", "on", "off"), language)
