"""What was read, as HTML: every text of a file goes through `markup`, which escapes it."""

from __future__ import annotations

from instruct_ui.data.overview import LeftOut, Lengths, Overview
from instruct_ui.reporting.markup import Html, element, join
from instruct_ui.storage.records import JobSnapshot, JobState
from instruct_ui.tasks import REGISTRY
from instruct_ui.texts import Language, say
from instruct_ui.ui.data_pictures import bar
from instruct_ui.ui.data_split import split_words
from instruct_ui.ui.job_view import STOP_JS, cause, view_working
from instruct_ui.ui.session import card, note_box
from instruct_ui.workbench import DataView

_LABELS_SHOWN = 12
_LINES_SHOWN = 12
"""Lines of each reason to skip."""
_SEPARATORS = {",": "comma", "\t": "tab", " ": "blank", ";": "semicolon", "|": "bar"}
_QUIET = ("docstart", "comment", "blank", "duplicate", "leak", "dropped")
"""Reasons that no check reports, because the file's author or the person meant them."""


READING_JS = (
    STOP_JS
    + """element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-act=read_again]');
  if (!button || button.disabled) return;
  button.disabled = true;
  trigger('read_again', {});
});"""
)
"""For `js_on_load` of the gr.HTML with the reading; Python hears `stop_job` and `read_again`."""


def reading_line(data: DataView, language: Language) -> str:
    """Rows, skipped, encoding, separator and header in one line."""
    file = data.first
    if data.overview is None or file is None:
        return say("datatab.not_usable" if data.is_read else "datatab.being_read", language)
    count = sum(skipped.count for skipped in data.overview.skipped)
    told = say(f"datatab.{'skipped_some' if count else 'skipped_none'}", language, count=count)
    first = say("datatab.read", language, rows=data.overview.rows, skipped=told)
    facts = [say(f"datatab.format_{file.format}", language)]
    if file.encoding:
        facts.append(file.encoding.upper())
    if file.separator in _SEPARATORS:
        facts.append(say(f"datatab.separator_{_SEPARATORS[file.separator]}", language))
    if file.quoting not in ("", "double"):
        facts.append(say(f"datatab.quoting_{file.quoting}", language))
    if file.format in ("csv", "tsv", "xlsx"):
        facts.append(say("datatab.header_yes" if file.header else "datatab.header_no", language))
    return f"{first} {', '.join(facts)}" if language == "en" else f"{first}{'，'.join(facts)}"


def view_reading(job: JobSnapshot | None, language: Language) -> Html:
    """How far the reading is, with a way to stop it; or how it ended without a result."""
    if job is None:
        return Html("")
    title = say("datatab.reading_title", language)
    if job.state is JobState.FAILED:
        return note_box(cause(job, language), "bad")
    if job.state.ended:
        again = element(
            "button",
            say("datatab.read_again", language),
            type="button",
            class_="small",
            data_act="read_again",
        )
        return note_box(join(say("datatab.reading_stopped", language), " ", again))
    return element("section", view_working(job, title, language), class_="card")


def right_side(data: DataView, language: Language) -> Html:
    """Labels with counts, split bar, lengths, what was left out."""
    if data.overview is None:
        return Html("")
    parts = [_split(data, language), _lengths(data.overview, language)]
    if data.overview.labels:
        parts.insert(0, _labels(data.overview, language))
    quiet = [skipped for skipped in data.overview.skipped if skipped.reason in _QUIET]
    if quiet:
        parts.append(_skipped(quiet, len(data.files) > 1, language))
    return element("div", *parts, class_="stack")


def _skipped(skipped: list[LeftOut], several: bool, language: Language) -> Html:
    lines = []
    for left in skipped:
        reason = say(f"datachecks.skipped_{left.reason}", language)
        numbers = ", ".join(map(str, left.lines[:_LINES_SHOWN]))
        if left.count > _LINES_SHOWN:
            numbers += ", …"
        key = "skipped_file_line" if several else "skipped_line"
        values = {"file": left.file, "count": left.count, "lines": numbers}
        lines.append(element("li", say(f"datatab.{key}", language, reason=reason, **values)))
    return card(say("datatab.skipped_title", language), element("ul", *lines, class_="plain-list"))


def _labels(overview: Overview, language: Language) -> Html:
    most = max(count for _, count in overview.labels)
    bars = [
        bar(label, count / most, f"{count:,}") for label, count in overview.labels[:_LABELS_SHOWN]
    ]
    notes = []
    if (rest := len(overview.labels) - _LABELS_SHOWN) > 0:
        notes.append(say("datatab.more_labels", language, count=rest))
    if overview.unlabelled:
        notes.append(say("datatab.unlabelled", language, count=overview.unlabelled))
    ner = REGISTRY[overview.task].gold.shape == "tags"
    return card(
        say("datatab.entities" if ner else "datatab.labels", language),
        element("div", *bars, class_="bars"),
        element("p", " · ".join(notes), class_="note") if notes else Html(""),
        beside=str(len(overview.labels)),
    )


def _split(data: DataView, language: Language) -> Html:
    total = sum(data.splits.values()) or 1
    parts = [
        element(
            "span",
            f"{say(f'datatab.split_{name}', language)} {count:,}",
            class_=name,
            style=f"flex:{count / total:.4f} 0 {'70px' if count else '0'}",
        )
        for name, count in data.splits.items()
        if count
    ]
    return card(
        say("datatab.split", language),
        element("div", *parts, class_="split"),
        element("p", say("datatab.split_note", language), class_="note"),
        beside=split_words(data, language),
    )


def _lengths(overview: Overview, language: Language) -> Html:
    def told(lengths: Lengths) -> str:
        return say(
            "datatab.length_range",
            language,
            min=lengths.min,
            max=lengths.max,
            median=lengths.median,
        )

    facts: list[Html] = []
    spoken = overview.language if overview.language in ("en", "zh") else "other"
    for key, value in (
        ("words", told(overview.words)),
        ("characters", told(overview.characters)),
        ("language", say(f"shell.language_{spoken}", language)),
    ):
        facts += [element("dt", say(f"datatab.{key}", language)), element("dd", value)]
    return card(say("datatab.lengths", language), element("dl", *facts, class_="facts-list"))
