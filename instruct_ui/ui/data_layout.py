"""The components of the Data step with a project open, and what their fields offer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from instruct_ui.tasks import TASKS
from instruct_ui.texts import Language, say
from instruct_ui.ui.data_columns import COLUMNS_JS
from instruct_ui.ui.data_findings import FINDINGS_JS
from instruct_ui.ui.data_fit import build_fit
from instruct_ui.ui.data_rows import ROWS_JS
from instruct_ui.ui.data_split import SplitFields, build_split
from instruct_ui.ui.data_view import READING_JS
from instruct_ui.ui.job_view import STOP_JS
from instruct_ui.ui.session import Texts, head
from instruct_ui.ui.start_upload import build_upload
from instruct_ui.ui.titles import task_title

_ENCODINGS = ("utf-8", "gb18030", "cp1252", "utf-16", "big5", "shift_jis", "cp1251", "euc_kr")


@dataclass(frozen=True)
class DataTab:
    area: Any
    head: Any
    next: Any
    problem: Any
    reading: Any
    task: Any
    columns: Any
    findings: Any
    rows: Any
    right: Any
    versions: Any
    fit_area: Any
    model: Any
    fit: Any
    header: Any
    encoding: Any
    separator: Any
    quoting: Any
    reading_area: Any
    split_area: Any
    split: SplitFields
    replace: Any
    texts: Texts

    @property
    def outputs(self) -> list[Any]:
        shown = [self.area, self.head, self.problem, self.reading, self.task, self.columns]
        checked = [self.findings, self.rows, self.right, self.versions]
        fit = [self.fit_area, self.model, self.fit]
        read = [self.reading_area, self.header, self.encoding, self.separator, self.quoting]
        return [*shown, *checked, *fit, *read, self.split_area, *self.split.fields, self.next]


def build(language: Language) -> DataTab:
    def t(key: str) -> str:
        return say(f"datatab.{key}", language)

    with gr.Column(visible=False, elem_id="data-area") as area:
        with gr.Row(elem_classes=["head-row"]):
            heading = gr.HTML(head(t("title"), ""), elem_id="data-head")
            following = gr.Button(t("next"), variant="primary", elem_id="data-next")
        problem = gr.HTML("", elem_id="data-problem")
        reading = gr.HTML("", elem_id="data-reading", js_on_load=READING_JS)
        with gr.Row(elem_id="data-columns"):
            with gr.Column(scale=6, min_width=320):
                with gr.Column(elem_classes=["card"]):
                    task = gr.Dropdown(
                        choices=tasks(language), label=t("task"), interactive=True, elem_id="task"
                    )
                columns = gr.HTML("", js_on_load=COLUMNS_JS, elem_id="data-roles")
                findings = gr.HTML("", js_on_load=FINDINGS_JS + STOP_JS, elem_id="data-findings")
                versions = gr.HTML("", js_on_load=FINDINGS_JS, elem_id="data-versions")
            with gr.Column(scale=5, min_width=300):
                right = gr.HTML("", elem_id="data-figures")
                fit_area, model, fit, fit_texts = build_fit(language)
                with gr.Accordion(t("split_change"), open=False) as split_area:
                    split = build_split(language)
                with gr.Accordion(t("reading"), open=False) as reading_area:
                    header = gr.Radio(
                        choices=headers(language), label=t("header"), interactive=True
                    )
                    with gr.Row():
                        encoding = gr.Dropdown(
                            choices=encodings(language), label=t("encoding"), interactive=True
                        )
                        separator = gr.Dropdown(
                            choices=separators(language), label=t("separator"), interactive=True
                        )
                        quoting = gr.Dropdown(
                            choices=quotings(language), label=t("quoting"), interactive=True
                        )
                with gr.Accordion(t("replace"), open=False) as replace_area:
                    replace, replace_texts = build_upload(
                        "datatab.replace_files", language, "data-replace", 120
                    )
        rows = gr.HTML("", js_on_load=ROWS_JS, elem_id="data-rows")
    texts: Texts = (
        (following, {"value": "datatab.next"}),
        (task, {"label": "datatab.task"}),
        (split_area, {"label": "datatab.split_change"}),
        *split.texts,
        *fit_texts,
        (reading_area, {"label": "datatab.reading"}),
        (header, {"label": "datatab.header"}),
        (encoding, {"label": "datatab.encoding"}),
        (separator, {"label": "datatab.separator"}),
        (quoting, {"label": "datatab.quoting"}),
        (replace_area, {"label": "datatab.replace"}),
        *replace_texts,
    )
    return DataTab(
        area=area,
        head=heading,
        next=following,
        problem=problem,
        reading=reading,
        task=task,
        columns=columns,
        findings=findings,
        rows=rows,
        right=right,
        versions=versions,
        fit_area=fit_area,
        model=model,
        fit=fit,
        header=header,
        encoding=encoding,
        separator=separator,
        quoting=quoting,
        reading_area=reading_area,
        split_area=split_area,
        split=split,
        replace=replace,
        texts=texts,
    )


def tasks(language: Language) -> list[tuple[str, str]]:
    return [(task_title(name, language), name) for name in TASKS]


def headers(language: Language) -> list[tuple[str, str]]:
    names = (("header_auto", "auto"), ("yes_", "yes"), ("no_", "no"))
    return [(say(f"datatab.{key}", language), value) for key, value in names]


def encodings(language: Language) -> list[tuple[str, str]]:
    return [(say("datatab.encoding_auto", language), "auto"), *((e, e) for e in _ENCODINGS)]


def separators(language: Language) -> list[tuple[str, str]]:
    named = ((",", "comma"), ("\t", "tab"), (";", "semicolon"), ("|", "bar"), ("", "none"))
    shown = [(say(f"datatab.separator_{name}", language), sign) for sign, name in named]
    return [(say("datatab.encoding_auto", language), "auto"), *shown]


def quotings(language: Language) -> list[tuple[str, str]]:
    names = ("auto", "double", "after_blank", "backslash", "none")
    return [(say(f"datatab.quoting_{name}", language), name) for name in names]
