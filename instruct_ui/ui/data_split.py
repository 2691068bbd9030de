"""How one file is split: by label, group or time, in shares or folds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from pydantic import ValidationError

from instruct_ui.errors import RequestError
from instruct_ui.reporting.markup import Html, element
from instruct_ui.spec import SPLITS, SplitName, SplitShares
from instruct_ui.tasks import REGISTRY
from instruct_ui.texts import Language, say
from instruct_ui.ui.session import Texts
from instruct_ui.ui.titles import role_title
from instruct_ui.workbench import DataView

_SHARES = (0.6, 0.1, 0.3)
_WAYS = ("label", "group", "time")


@dataclass(frozen=True)
class SplitFields:
    by: Any
    column: Any
    shares: tuple[Any, Any, Any]
    folds: Any
    fold: Any
    seed: Any
    shown: Any
    """What the fields would come to."""
    again: Any
    texts: Texts

    @property
    def inputs(self) -> list[Any]:
        """For `asked`."""
        return [self.by, self.column, *self.shares, self.folds, self.fold, self.seed]

    @property
    def fields(self) -> list[Any]:
        """What `values` gives values for."""
        return [*self.inputs, self.shown]


def build_split(language: Language) -> SplitFields:
    def t(key: str) -> str:
        return say(f"datatab.{key}", language)

    narrow: dict[str, Any] = {"min_width": 80, "interactive": True}
    with gr.Row():
        by = gr.Dropdown(ways(language), label=t("split_by"), **narrow)
        column = gr.Dropdown([], label=t("split_column"), visible=False, **narrow)
    with gr.Row():
        shares = tuple(
            gr.Number(label=t(f"share_{name}"), minimum=0, maximum=1, step=0.05, **narrow)
            for name in SPLITS
        )
    with gr.Row():
        folds = gr.Number(label=t("folds"), precision=0, minimum=0, maximum=50, **narrow)
        fold = gr.Number(label=t("fold"), precision=0, minimum=1, **narrow)
        seed = gr.Number(label=t("seed"), precision=0, **narrow)
    shown = gr.HTML("", elem_id="data-would-split")
    again = gr.Button(t("resplit"), size="sm", elem_id="data-resplit")
    by.input(lambda way: gr.update(visible=way != "label"), by, column, queue=False)
    return SplitFields(
        by,
        column,
        (shares[0], shares[1], shares[2]),
        folds,
        fold,
        seed,
        shown,
        again,
        (
            (by, {"label": "datatab.split_by"}),
            (column, {"label": "datatab.split_column"}),
            *(
                (share, {"label": f"datatab.share_{name}"})
                for share, name in zip(shares, SPLITS, strict=True)
            ),
            (folds, {"label": "datatab.folds"}),
            (fold, {"label": "datatab.fold"}),
            (seed, {"label": "datatab.seed"}),
            (again, {"value": "datatab.resplit"}),
        ),
    )


def ways(language: Language) -> list[tuple[str, str]]:
    return [(say(f"datatab.split_by_{way}", language), way) for way in _WAYS]


def values(data: DataView, language: Language) -> list[Any]:
    split = data.spec.split or SplitShares(train=_SHARES[0], validation=_SHARES[1], test=_SHARES[2])
    file = data.first
    columns: list[tuple[str, str]] = []
    if file is not None:
        taken = set(file.roles.values())
        columns = [
            (f"{role_title(data.task, role.name, language)} ({file.roles[role.name]})", role.name)
            for role in REGISTRY[data.task].reads
            if role.name in file.roles
        ]
        columns += [(note.name, note.name) for note in file.columns if note.name not in taken]
    return [
        gr.update(choices=ways(language), value=split.by),
        gr.update(choices=columns, value=split.column, visible=split.by != "label"),
        split.train,
        split.validation,
        split.test,
        split.folds or 0,
        split.fold + 1,
        data.seed,
        "",
    ]


def asked(
    by: str,
    column: str | None,
    train: float | None,
    validation: float | None,
    test: float | None,
    folds: float | None,
    fold: float | None,
) -> SplitShares:
    """Raises RequestError for what makes no split."""
    if by != "label" and not column:
        raise RequestError("split_no_column")
    try:
        return SplitShares.model_validate(
            {
                "train": train or 0,
                "validation": validation or 0,
                "test": test or 0,
                "by": by,
                "column": None if by == "label" else column,
                "folds": int(folds) if folds else None,
                "fold": max(0, int(fold or 1) - 1) if folds else 0,
            }
        )
    except ValidationError as error:
        raise RequestError("bad_split") from error


def view_would(parts: Mapping[SplitName, int], language: Language) -> Html:
    """How many rows each part would have."""
    told = [f"{say(f'datatab.split_{name}', language)} {count:,}" for name, count in parts.items()]
    words = say("datatab.would_split", language, parts=", ".join(told))
    return element("p", words, class_="note", role="status")


def split_words(data: DataView, language: Language) -> str:
    """How it is split, in a few words."""
    split = data.spec.split
    if split is None:
        return say("datatab.split_files", language)
    if split.by == "time":
        return say("datatab.split_time", language, column=split.column)
    key = "split_grouped" if split.by == "group" else "split_seeded"
    words = say(f"datatab.{key}", language, seed=data.seed, column=split.column or "")
    if split.folds is not None:
        words += say("datatab.split_folds", language, fold=split.fold + 1, folds=split.folds)
    return words
