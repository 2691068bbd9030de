"""What the start screen shows, as HTML: samples, projects, and models that are missing."""

from __future__ import annotations

from collections.abc import Sequence

from instruct_ui.data.samples import Sample
from instruct_ui.reporting.markup import Html, element
from instruct_ui.storage.records import JobSnapshot
from instruct_ui.texts import Language, say
from instruct_ui.ui.job_view import progress_bar
from instruct_ui.ui.sidebar_view import job_progress, runs_told
from instruct_ui.ui.titles import short_title
from instruct_ui.workbench import ModelView, ProjectView


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
                " · ".join(
                    (
                        short_title(s.task, language),
                        say(f"shell.language_{s.language}", language),
                        say("shell.rows", language, count=s.rows),
                    )
                ),
                class_="facts",
            ),
            _button("open_sample", s.key, say("start.open", language), say(s.title, language)),
            class_="card",
        )
        for s in samples
    ]
    parts = []
    if projects:
        parts += [
            element("h2", say("start.yours", language), class_="section-title"),
            element(
                "div",
                element("ul", *(_project(p, language) for p in projects)),
                class_="card projects",
            ),
        ]
    after = "section-title after-cards" if projects else "section-title"
    parts += [
        element("h2", say("start.samples", language), class_=after),
        element("div", *cards, class_="cards"),
    ]
    return element("div", *parts)


def _project(project: ProjectView, language: Language) -> Html:
    facts = [short_title(project.task, language)]
    facts.append(say("shell.rows", language, count=project.rows))
    if project.runs:
        facts.append(runs_told(project.runs, language))
    return element(
        "li",
        element("strong", project.name),
        element("span", " · ".join(facts), class_="muted"),
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
        bar = progress_bar(share, said)
        lines.append(element("div", bar, element("span", said), class_="quiet"))
    return element("div", *lines, class_="model-lines") if lines else Html("")
