"""Making rows in the Data step: a model writes them, a person looks at each, and those that were
taken go to train."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from instruct_ui.errors import InstructError
from instruct_ui.models.advice import about
from instruct_ui.reporting.markup import Html, element
from instruct_ui.texts import Language, say
from instruct_ui.ui import model_choice
from instruct_ui.ui.job_view import stacked
from instruct_ui.ui.making_layout import MakingTab
from instruct_ui.ui.making_layout import build as build
from instruct_ui.ui.making_review import view_review
from instruct_ui.ui.making_view import view_added, view_intro, view_jobs
from instruct_ui.ui.model_choice import Said
from instruct_ui.ui.run_step import offered, wire_beat, wire_form, wire_stop
from instruct_ui.ui.session import Session, note_box, problem_box, skips
from instruct_ui.workbench import Workbench
from instruct_ui.workbench.making_views import MakingView, Taken

_CHARACTERS = 20_000
"""Of a text from the browser."""


def refresh(workbench: Workbench, owner: str, pid: str, language: Language) -> list[Any]:
    """Values for `outputs`; the rest is `wire`'s, which knows what stands in the fields."""
    return [gr.update(visible=bool(pid) and workbench.can_make(owner, pid))]


def wire(tab: MakingTab, workbench: Workbench, session: Session) -> None:
    def jobs(owner: str, pid: str, language: Language) -> Html:
        return view_jobs(workbench, owner, workbench.jobs_in_sight(owner, pid), language)

    def form(
        owner: str,
        pid: str,
        language: Language,
        formed: str,
        model: str | None,
        labels: list[str] | None,
        seen: str,
        shown: str,
    ) -> list[Any]:
        """Choices and advice, defaults for another project, and how far it is."""
        view = workbench.making(owner, pid)
        intro = view_intro(view, language)
        if view.obstacle:
            hidden = gr.update(visible=False)
            return ["", gr.skip(), intro, hidden, *skips(range(6)), *[""] * 6]
        anew = formed != pid
        chosen = model if model_choice.named(workbench.writing_models(), model) else None
        chosen = chosen or _first(workbench, owner, pid)
        said = _said(workbench, owner, pid, chosen, language)
        going, review = jobs(owner, pid, language), view_review(view, language)
        return [
            pid,
            # What is there already is not folded away when the page is loaded.
            gr.update(open=True) if anew and (view.open or view.made_rows or going) else gr.skip(),
            intro,
            gr.update(visible=True),
            *said.values,
            gr.update(
                value=say("making.again" if view.offers else "making.start", language),
                interactive=said.ready,
            ),
            offered(
                model_choice.choices(workbench.writing_models(), language),
                chosen,
                anew or chosen != model,
            ),
            _labels(view, labels or [], anew, language),
            view.instruction if anew else gr.skip(),
            # What is as it was shown stays untouched, and with it what a person typed there.
            gr.skip() if going == seen else going,
            gr.skip() if review == shown else review,
            str(going),
            str(review),
            *(["", ""] if anew else skips(range(2))),
        ]

    wire_form(
        form,
        session,
        "data",
        [tab.formed, tab.choice.model, tab.labels, tab.seen, tab.shown],
        [tab.choice.model],
        tab.formed_parts,
    )

    told = [tab.problem, tab.jobs, tab.seen]
    begun = [tab.problem, tab.outcome, tab.jobs, tab.seen]

    def start(
        owner: str,
        pid: str,
        language: Language,
        model: str,
        count: float | None,
        labels: list[str] | None,
        instruction: str,
    ) -> list[Any]:
        error: InstructError | None = None
        try:
            workbench.make_rows(
                owner,
                pid,
                model=model,
                count=int(count or 0),
                labels=labels or (),
                instruction=instruction[:_CHARACTERS],
            )
        except InstructError as caught:
            error = caught
        return [problem_box(error, language), "", jobs(owner, pid, language), "?"]

    tab.start.click(
        start,
        [*session.who, tab.choice.model, tab.count, tab.labels, tab.instruction],
        begun,
        show_progress="hidden",
        queue=False,
    )
    model_choice.wire(tab.choice, workbench, session, jobs, told)

    def beat(owner: str, pid: str, language: Language, seen: str) -> list[Any]:
        """Only the progress: a job that ends sets the whole form anew."""
        now = str(jobs(owner, pid, language))
        return [gr.skip(), gr.skip()] if now == seen else [now, now]

    wire_beat(beat, session, "data", tab.seen, [tab.jobs, tab.seen])
    wire_stop(tab.jobs, workbench, session)
    _wire_review(tab, workbench, session)


def _wire_review(tab: MakingTab, workbench: Workbench, session: Session) -> None:
    outputs = [tab.outcome, session.changed]

    def add(
        owner: str, pid: str, language: Language, changed: int, event: gr.EventData
    ) -> list[Any]:
        try:
            added = workbench.add_made(owner, pid, str(event.job), _taken(event.rows))
        except InstructError as error:
            return [problem_box(error, language), gr.skip()]
        # The new version shows in the whole step.
        return [view_added(added, language), changed + 1 if added.rows else gr.skip()]

    def drop(
        owner: str, pid: str, language: Language, changed: int, event: gr.EventData
    ) -> list[Any]:
        try:
            workbench.drop_made(owner, pid)
        except InstructError as error:
            return [problem_box(error, language), gr.skip()]
        return ["", changed + 1]

    waits: dict[str, Any] = {"show_progress": "minimal", "show_progress_on": tab.outcome}
    inputs = [*session.who, session.changed]
    tab.review.add_rows(add, inputs, outputs, **waits)
    tab.review.drop_made(drop, inputs, outputs, **waits)


def _taken(rows: Sequence[Any]) -> list[Taken]:
    """As the browser sent them."""
    return [
        Taken(
            int(row["number"]),
            str(row["text"])[:_CHARACTERS],
            str(row["given"] or "")[:_CHARACTERS],
        )
        for row in rows
    ]


def _first(workbench: Workbench, owner: str, pid: str) -> str:
    """One that is here and that nothing speaks against."""
    ranked = sorted(
        workbench.writing_models(),
        key=lambda m: (
            workbench.writing_advice(owner, pid, m.card.name) is not None,
            not m.present,
        ),
    )
    return ranked[0].card.name


def _said(workbench: Workbench, owner: str, pid: str, name: str, language: Language) -> Said:
    """What the model is good for, what speaks against it here, and whether it must be fetched."""
    model = model_choice.named(workbench.writing_models(), name)
    if model is None:
        return Said(Html(""), False, False)
    card = model.card
    advice = workbench.writing_advice(owner, pid, card.name)
    key, params = advice or about(card)
    said = say(key, language, **params)
    parts = [note_box(said, "warning") if advice else element("p", said, class_="note")]
    if card.embedded:
        small = say("making.model_small", language, title=card.title)
        parts.append(element("p", small, class_="note"))
    if not model.present:
        text = say("evaluate.missing", language, title=card.title, mb=card.download_mb)
        parts.append(note_box(text))
    return Said(stacked(*parts), model.present, not model.present)


def _labels(view: MakingView, chosen: list[str], anew: bool, language: Language) -> Any:
    """The labels to choose from; the rarest are set for another project, and where one that was
    chosen is there no more."""
    known = [label for label, _ in view.labels]
    anew = anew or not set(chosen) <= set(known)
    choices = [
        (say("making.label_rows", language, label=label, rows=rows), label)
        for label, rows in view.labels
    ]
    return offered(choices, list(view.rarest), anew, visible=bool(known))
