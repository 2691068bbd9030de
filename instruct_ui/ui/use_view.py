"""What the Use step shows, as HTML: that it waits, the answer, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from instruct_ui.data.tags import spans
from instruct_ui.reporting.markup import Html, element, join
from instruct_ui.storage.records import JobRecord, JobState
from instruct_ui.texts import Language, say
from instruct_ui.ui.data_pictures import bar, marked
from instruct_ui.ui.job_view import cause, progress_bar
from instruct_ui.ui.session import note_box

_BARS = 8
_NEXT = 4


def view_empty(language: Language) -> Html:
    return element("p", say("use.empty", language), class_="empty")


def view_job(job: JobRecord, language: Language) -> Html:
    """Progress, the answer, or why there is none."""
    if not job.state.ended:
        waits = "queued" if job.state == JobState.QUEUED else "loading"
        text = say(f"use.{waits}", language)
        return element("div", progress_bar(None, text), element("p", text, class_="note"))
    if job.state != JobState.DONE or job.result is None:
        text = say("use.failed", language, reason=cause(job, language))
        return note_box(text, "bad")
    return view_answer(job.result, str(job.payload.get("text", "")), language)


def view_answer(result: dict[str, Any], text: str, language: Language) -> Html:
    if "tokens" in result:
        return view_entities(text, result["tokens"], result["tags"], language)
    if "label" not in result:
        return _view_text(result, language)
    sure = say("use.sure", language, percent=100 * float(result["confidence"] or 0))
    label = result["label"] or say("report.no_answer", language)
    scores = sorted(result["scores"].items(), key=lambda pair: -pair[1])
    bars = [bar(name, share, f"{share:.2f}") for name, share in scores[:_BARS]]
    return join(
        element(
            "p",
            element("strong", label, class_="answer-label"),
            " ",
            element("span", sure, class_="muted"),
            role="status",
        ),
        element(
            "div", *bars, class_="bars", role="group", aria_label=say("use.scores_label", language)
        ),
    )


def _view_text(result: dict[str, Any], language: Language) -> Html:
    """A written or chosen answer, with those that came next where answers were ranked."""
    sure = say("use.sure", language, percent=100 * float(result["confidence"] or 0))
    said = ", ".join(result["parts"]) or result["text"] or say("report.says_none", language)
    parts = [
        element(
            "p",
            element("strong", said, class_="answer-label"),
            " ",
            element("span", sure, class_="muted"),
            role="status",
        )
    ]
    if not result["readable"]:
        parts.append(note_box(say("use.not_read", language), "warning"))
    others = [text for text in result["ranked"][1:_NEXT] if text]
    if others:
        listed = element("ol", *(element("li", text) for text in others), start="2")
        parts += [element("p", say("use.next_best", language), class_="note"), listed]
    return join(*parts)


def view_entities(
    text: str, tokens: Sequence[str], tags: Sequence[str], language: Language
) -> Html:
    """The text as it was typed, its entities marked with their type."""
    found = spans(tags)
    count = (
        say("use.entities", language, count=len(found))
        if found
        else say("use.no_entities", language)
    )
    return join(
        element("p", marked(text, tokens, tags), class_="marked"),
        element("p", count, class_="note", role="status"),
    )
