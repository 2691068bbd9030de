"""The start screen, in the Data step while no project is open: files, pasted rows, samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from instruct_ui.data.samples import Sample
from instruct_ui.errors import InstructError
from instruct_ui.reporting.markup import Html, element
from instruct_ui.storage.records import JobSnapshot
from instruct_ui.texts import Language, say
from instruct_ui.ui.session import Session, Texts, problem_box
from instruct_ui.ui.sidebar_view import job_progress
from instruct_ui.workbench import ModelView, ProjectView, Workbench

FILE_TYPES = [".csv", ".tsv", ".txt", ".xlsx", ".jsonl", ".json", ".conll", ".bio", ".iob"]
_CLICKS = """element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-value]');
  if (!button) return;
  if (button.dataset.event === 'open_sample') trigger('open_sample', {key: button.dataset.value});
  if (button.dataset.event === 'open_project') trigger('open_project', {key: button.dataset.value});
  if (button.dataset.event === 'get_model') trigger('get_model', {key: button.dataset.value});
});"""


@dataclass(frozen=True)
class StartScreen:
    area: Any
    head: Any
    models: Any
    models_seen: Any
    timer: Any
    """Runs only while a model is missing and the screen is in view."""
    upload: Any
    problem: Any
    paste_area: Any
    paste: Any
    use_pasted: Any
    cards: Any
    texts: Texts

    @property
    def outputs(self) -> list[Any]:
        return [self.area, self.head, self.models, self.cards, self.problem, self.timer]


def build(language: Language) -> StartScreen:
    with gr.Column(elem_id="start") as area:
        heading = gr.HTML(view_head(language))
        models = gr.HTML("", js_on_load=_CLICKS, elem_id="missing-models")
        upload = gr.File(
            file_count="multiple",
            label=say("start.upload_label", language),
            elem_id="data-upload",
            height=170,
        )
        problem = gr.HTML("", elem_id="start-problem")
        with gr.Accordion(say("start.paste", language), open=False) as paste_area:
            paste = gr.Textbox(
                label=say("start.paste_label", language),
                placeholder=say("start.paste_hint", language),
                lines=5,
                elem_id="data-paste",
            )
            use_pasted = gr.Button(say("start.use_pasted", language), variant="primary")
        cards = gr.HTML("", js_on_load=_CLICKS, elem_id="start-cards")
    texts: Texts = (
        (upload, {"label": "start.upload_label"}),
        (paste_area, {"label": "start.paste"}),
        (paste, {"label": "start.paste_label", "placeholder": "start.paste_hint"}),
        (use_pasted, {"value": "start.use_pasted"}),
    )
    return StartScreen(
        area,
        heading,
        models,
        gr.State(""),
        gr.Timer(1.0, active=False),
        upload,
        problem,
        paste_area,
        paste,
        use_pasted,
        cards,
        texts,
    )


def view_head(language: Language) -> Html:
    return element(
        "header",
        element("h1", say("start.title", language)),
        element("p", say("start.subtitle", language)),
        class_="start-head",
    )


def view_cards(
    samples: Sequence[Sample], projects: Sequence[ProjectView], language: Language
) -> Html:
    cards = [
        element(
            "div",
            element("strong", say(s.title, language)),
            element("p", say(s.description, language)),
            element(
                "p",
                f"{say(f'start.task_{s.task}', language)} · "
                f"{say(f'shell.language_{s.language}', language)}",
                class_="facts",
            ),
            _button("open_sample", s.key, say("start.open", language), say(s.title, language)),
            class_="card",
        )
        for s in samples
    ]
    parts = [
        element("h2", say("start.samples", language), class_="section-title"),
        element("div", *cards, class_="cards"),
    ]
    if projects:
        parts += [
            element("h2", say("start.yours", language), class_="section-title after-cards"),
            element(
                "div",
                element("ul", *(_project(p, language) for p in projects)),
                class_="card projects",
            ),
        ]
    return element("div", *parts)


def _project(project: ProjectView, language: Language) -> Html:
    line = say(
        "start.project_line",
        language,
        task=say(f"start.task_{project.task}", language),
        rows=project.rows,
        runs=project.runs,
    )
    return element(
        "li",
        element("strong", project.name),
        element("span", line, class_="muted"),
        element("span", f"{project.updated:%Y-%m-%d}", class_="note"),
        _button("open_project", project.id, say("start.open", language), project.name),
    )


def _button(event: str, value: str, text: str, about: str) -> Html:
    return element(
        "button",
        text,
        type="button",
        class_="small",
        data_event=event,
        data_value=value,
        aria_label=f"{text}: {about}",
    )


def view_models(
    models: Sequence[ModelView], jobs: Sequence[JobSnapshot], language: Language
) -> Html:
    """A quiet line for every model that is missing; how far it is while it comes."""
    coming = [j for j in jobs if j.kind == "get_model" and not j.state.ended]
    lines = []
    for view in models:
        if view.present or not view.card.embedded:
            continue
        words: list[Html] = [
            element("span", say("start.model_missing", language, title=view.card.title))
        ]
        offer = say("start.model_get", language, size=view.card.download_mb)
        words.append(_button("get_model", view.card.name, offer, view.card.title))
        lines.append(element("div", *words, class_="quiet"))
    if lines and coming:
        share, _ = job_progress(coming[0], language)
        said = say("jobs.kind_get_model", language) + (f" {share:.0%}" if share else "")
        value = f"{share:.2f}" if share is not None else None
        bar = element("progress", max=1, value=value, aria_label=said)
        lines.append(element("div", bar, element("span", said), class_="quiet"))
    return element("div", *lines, class_="model-lines") if lines else Html("")


def _asked(workbench: Workbench, owner: str, language: Language) -> Html:
    models = workbench.models()
    if all(m.present or not m.card.embedded for m in models):
        return Html("")
    return view_models(models, workbench.jobs(owner), language)


def refresh(workbench: Workbench, owner: str, pid: str, language: Language) -> list[Any]:
    """Values for `outputs`; the screen hides while a project is open."""
    if pid:
        hidden = gr.update(visible=False)
        return [hidden, gr.skip(), gr.skip(), gr.skip(), "", gr.Timer(active=False)]
    missing = _asked(workbench, owner, language)
    return [
        gr.update(visible=True),
        view_head(language),
        missing,
        view_cards(workbench.samples(), workbench.projects(owner), language),
        gr.skip(),
        gr.Timer(active=bool(missing)),
    ]


def free_name(name: str, taken: Sequence[ProjectView]) -> str:
    """`name`, or with the first number that makes it one of its own."""
    names = {project.name for project in taken}
    numbered = (f"{name} {number}" for number in range(2, len(names) + 3))
    return next(n for n in (name, *numbered) if n not in names)


def brought(paths: Sequence[str] | None) -> list[tuple[str, Path]]:
    """What an upload gave, as (file name, path on disk)."""
    return [(Path(path).name, Path(path)) for path in paths or ()]


def wire(start: StartScreen, workbench: Workbench, session: Session) -> None:
    who = [session.owner, session.language]

    def take_files(owner: str, language: Language, paths: list[str] | None) -> list[Any]:
        files = brought(paths)
        stem = files[0][1].stem if files else ""
        try:
            name = free_name(stem, workbench.projects(owner))
            pid = workbench.create_project(owner, name, files)
        except InstructError as error:
            return [gr.skip(), problem_box(error, language), None]
        return [pid, "", None]

    def take_text(owner: str, language: Language, text: str) -> list[Any]:
        try:
            name = free_name(say("start.pasted_name", language), workbench.projects(owner))
            pid = workbench.create_from_text(owner, name, text)
        except InstructError as error:
            return [gr.skip(), problem_box(error, language), gr.skip()]
        return [pid, "", ""]

    def open_sample(owner: str, language: Language, event: gr.EventData) -> list[Any]:
        try:
            key = event.key
            title = next((say(s.title, language) for s in workbench.samples() if s.key == key), "")
            name = free_name(title, workbench.projects(owner))
            return [workbench.open_sample(owner, key, name), ""]
        except InstructError as error:
            return [gr.skip(), problem_box(error, language)]

    def open_project(event: gr.EventData) -> Any:
        return event.key

    def get_model(owner: str, language: Language, event: gr.EventData) -> Html:
        try:
            running = [j for j in workbench.jobs(owner) if j.kind == "get_model"]
            if all(j.state.ended for j in running):
                workbench.get_model(owner, event.key)
        except InstructError as error:
            return problem_box(error, language)
        return _asked(workbench, owner, language)

    def beat(owner: str, language: Language, seen: str) -> list[Any]:
        """Keeps the line about missing models up to date."""
        now = str(_asked(workbench, owner, language))
        return [gr.skip(), gr.skip()] if now == seen else [now, now]

    start.upload.upload(
        take_files,
        [*who, start.upload],
        [session.project, start.problem, start.upload],
        show_progress="minimal",
    )
    start.use_pasted.click(
        take_text, [*who, start.paste], [session.project, start.problem, start.paste]
    )
    start.cards.open_sample(open_sample, who, [session.project, start.problem])
    start.cards.open_project(open_project, None, session.project)
    start.models.get_model(get_model, who, start.models)
    start.timer.tick(
        beat,
        [*who, start.models_seen],
        [start.models, start.models_seen],
        queue=False,
        show_progress="hidden",
        trigger_mode="once",
    )
