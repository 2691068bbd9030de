"""The components of the Data step with a project open, and what their fields offer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from instruct_ui.tasks import TASKS
from instruct_ui.texts import Language, say
from instruct_ui.ui.session import Texts, head
from instruct_ui.ui.start_upload import build_upload

_ENCODINGS = ("utf-8", "gb18030", "cp1252", "utf-16", "big5", "shift_jis", "cp1251", "euc_kr")


@dataclass(frozen=True)
class DataTab:
    area: Any
    head: Any
    next: Any
    problem: Any
    task: Any
    first_role: Any
    second_role: Any
    left: Any
    right: Any
    header: Any
    encoding: Any
    split_area: Any
    shares: tuple[Any, Any, Any]
    seed: Any
    resplit: Any
    replace: Any
    texts: Texts

    @property
    def outputs(self) -> list[Any]:
        roles = [self.task, self.first_role, self.second_role]
        reading = [self.header, self.encoding, self.split_area, *self.shares, self.seed]
        shown = [self.area, self.head, self.problem, *roles, self.left, self.right]
        return [*shown, *reading, self.next]


def build(language: Language) -> DataTab:
    def t(key: str) -> str:
        return say(f"datatab.{key}", language)

    with gr.Column(visible=False, elem_id="data-area") as area:
        with gr.Row(elem_classes=["head-row"]):
            heading = gr.HTML(head(t("title"), ""), elem_id="data-head")
            following = gr.Button(t("next"), variant="primary", elem_id="data-next")
        problem = gr.HTML("", elem_id="data-problem")
        with gr.Row(elem_id="data-columns"):
            with gr.Column(scale=6, min_width=320):
                with gr.Column(elem_classes=["card"]):
                    task = gr.Radio(
                        choices=tasks(language), label=t("task"), interactive=True, elem_id="task"
                    )
                    with gr.Row():
                        first = gr.Dropdown([], label=t("role_text"), interactive=True)
                        second = gr.Dropdown([], label=t("role_label"), interactive=True)
                left = gr.HTML("", elem_id="data-read")
            with gr.Column(scale=5, min_width=300):
                right = gr.HTML("", elem_id="data-figures")
                with gr.Accordion(t("split_change"), open=False) as split_area:
                    with gr.Row():
                        shares = tuple(
                            gr.Number(
                                label=t(f"share_{name}"),
                                minimum=0,
                                maximum=1,
                                step=0.05,
                                min_width=80,
                                interactive=True,
                            )
                            for name in ("train", "validation", "test")
                        )
                        seed = gr.Number(
                            label=t("seed"), precision=0, min_width=80, interactive=True
                        )
                    resplit = gr.Button(t("resplit"), size="sm")
                with gr.Accordion(t("reading"), open=False) as reading_area:
                    header = gr.Radio(
                        choices=headers(language), label=t("header"), interactive=True
                    )
                    encoding = gr.Dropdown(
                        choices=encodings(language), label=t("encoding"), interactive=True
                    )
                with gr.Accordion(t("replace"), open=False) as replace_area:
                    replace, replace_texts = build_upload(
                        "datatab.replace_files", language, "data-replace", 120
                    )
    texts: Texts = (
        (following, {"value": "datatab.next"}),
        (task, {"label": "datatab.task"}),
        (split_area, {"label": "datatab.split_change"}),
        *(
            (share, {"label": f"datatab.share_{name}"})
            for share, name in zip(shares, ("train", "validation", "test"), strict=True)
        ),
        (seed, {"label": "datatab.seed"}),
        (resplit, {"value": "datatab.resplit"}),
        (reading_area, {"label": "datatab.reading"}),
        (header, {"label": "datatab.header"}),
        (encoding, {"label": "datatab.encoding"}),
        (replace_area, {"label": "datatab.replace"}),
        *replace_texts,
    )
    return DataTab(
        area,
        heading,
        following,
        problem,
        task,
        first,
        second,
        left,
        right,
        header,
        encoding,
        split_area,
        (shares[0], shares[1], shares[2]),
        seed,
        resplit,
        replace,
        texts,
    )


def tasks(language: Language) -> list[tuple[str, str]]:
    return [(say(f"datatab.task_{name}", language), name) for name in TASKS]


def headers(language: Language) -> list[tuple[str, str]]:
    names = (("header_auto", "auto"), ("yes_", "yes"), ("no_", "no"))
    return [(say(f"datatab.{key}", language), value) for key, value in names]


def encodings(language: Language) -> list[tuple[str, str]]:
    return [(say("datatab.encoding_auto", language), "auto"), *((e, e) for e in _ENCODINGS)]
