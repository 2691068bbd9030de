"""The Data step with a project open: what was read, and the fields that correct it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from instruct_ui.errors import InstructError
from instruct_ui.tasks import REGISTRY, TASKS, TaskName
from instruct_ui.texts import Language, say
from instruct_ui.ui import data_view
from instruct_ui.ui.session import Session, Texts, go_to, head, problem_box, skips
from instruct_ui.ui.start import brought
from instruct_ui.workbench import DataView, Workbench

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
        return [self.area, self.head, self.problem, *roles, self.left, self.right, *reading]


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
                        choices=_tasks(language), label=t("task"), interactive=True, elem_id="task"
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
                        choices=_headers(language), label=t("header"), interactive=True
                    )
                    encoding = gr.Dropdown(
                        choices=_encodings(language), label=t("encoding"), interactive=True
                    )
                with gr.Accordion(t("replace"), open=False) as replace_area:
                    replace = gr.File(
                        file_count="multiple",
                        label=t("replace_label"),
                        height=120,
                        elem_id="data-replace",
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
        (replace, {"label": "datatab.replace_label"}),
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


def _tasks(language: Language) -> list[tuple[str, str]]:
    return [(say(f"datatab.task_{name}", language), name) for name in TASKS]


def _headers(language: Language) -> list[tuple[str, str]]:
    names = (("header_auto", "auto"), ("yes_", "yes"), ("no_", "no"))
    return [(say(f"datatab.{key}", language), value) for key, value in names]


def _encodings(language: Language) -> list[tuple[str, str]]:
    return [(say("datatab.encoding_auto", language), "auto"), *((e, e) for e in _ENCODINGS)]


def refresh(workbench: Workbench, owner: str, pid: str, language: Language) -> list[Any]:
    """Values for `outputs`; the view hides while no project is open."""
    if not pid:
        return [gr.update(visible=False), *[gr.skip()] * 14]
    data = workbench.data(owner, pid)
    return [gr.update(visible=True), *_shown(data, language)]


def _shown(data: DataView, language: Language) -> list[Any]:
    first, second = REGISTRY[data.task].columns
    title = say("datatab.title", language)
    line = data_view.reading_line(data, language)
    train, validation, test = data.shares or (0.6, 0.1, 0.3)
    return [
        head(title, ", ".join(data.files), line),
        "",
        gr.update(choices=_tasks(language), value=data.task),
        _column(data, first, language),
        _column(data, second, language),
        data_view.left_side(data, language),
        data_view.right_side(data, language),
        gr.update(choices=_headers(language)),
        gr.update(choices=_encodings(language)),
        gr.update(visible=data.shares is not None),
        train,
        validation,
        test,
        data.seed,
    ]


def _column(data: DataView, role: str, language: Language) -> Any:
    label = say(f"datatab.role_{role}", language)
    return gr.update(label=label, choices=list(data.columns), value=data.roles.get(role))


def wire(tab: DataTab, workbench: Workbench, session: Session) -> None:
    def after(
        owner: str, pid: str, language: Language, changed: int, act: Callable[[], None]
    ) -> list[Any]:
        """Does it and shows the data anew; a mistake is said above, and nothing is lost."""
        try:
            act()
        except InstructError as error:
            shown = refresh(workbench, owner, pid, language)
            shown[2] = problem_box(error, language)
            return [*shown, gr.skip()]
        return [*skips(tab.outputs), changed + 1]

    def pick_task(
        owner: str, pid: str, language: Language, changed: int, task: TaskName
    ) -> list[Any]:
        return after(
            owner, pid, language, changed, lambda: workbench.set_roles(owner, pid, task, {})
        )

    def pick_columns(
        owner: str,
        pid: str,
        language: Language,
        changed: int,
        task: TaskName,
        first: str | None,
        second: str | None,
    ) -> list[Any]:
        roles = zip(REGISTRY[task].columns, (first, second), strict=True)
        columns = {role: column for role, column in roles if column}
        return after(
            owner, pid, language, changed, lambda: workbench.set_roles(owner, pid, task, columns)
        )

    def read_anew(
        owner: str,
        pid: str,
        language: Language,
        changed: int,
        header: str | None,
        encoding: str | None,
    ) -> list[Any]:
        known: dict[str, Any] = {"yes": True, "no": False}
        return after(
            owner,
            pid,
            language,
            changed,
            lambda: workbench.set_reading(
                owner, pid, header=known.get(header or "", "auto"), encoding=encoding or "auto"
            ),
        )

    def split(
        owner: str,
        pid: str,
        language: Language,
        changed: int,
        train: float,
        validation: float,
        test: float,
        seed: float,
    ) -> list[Any]:
        return after(
            owner,
            pid,
            language,
            changed,
            lambda: workbench.set_split(
                owner, pid, train or 0, validation or 0, test or 0, int(seed or 0)
            ),
        )

    def replace(
        owner: str, pid: str, language: Language, changed: int, paths: list[str] | None
    ) -> list[Any]:
        done = after(
            owner,
            pid,
            language,
            changed,
            lambda: workbench.replace_data(owner, pid, brought(paths)),
        )
        return [*done, None]

    who = [*session.who, session.changed]
    outputs = [*tab.outputs, session.changed]
    tab.task.input(pick_task, [*who, tab.task], outputs)
    for dropdown in (tab.first_role, tab.second_role):
        dropdown.input(pick_columns, [*who, tab.task, tab.first_role, tab.second_role], outputs)
    for field in (tab.header, tab.encoding):
        field.input(read_anew, [*who, tab.header, tab.encoding], outputs)
    tab.resplit.click(split, [*who, *tab.shares, tab.seed], outputs)
    tab.replace.upload(replace, [*who, tab.replace], [*outputs, tab.replace])
    tab.next.click(None, None, None, js=go_to("template"))
