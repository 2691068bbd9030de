"""What was read, as HTML: every text of a file goes through `markup`, which escapes it."""

from __future__ import annotations

from instruct_ui.data.dataset import Example
from instruct_ui.data.overview import Lengths, Overview
from instruct_ui.reporting.markup import Html, element, heading, table
from instruct_ui.texts import Language, say
from instruct_ui.ui.data_pictures import bar, marked
from instruct_ui.ui.session import card, problem_box
from instruct_ui.workbench import ColumnNote, DataView

_LABELS_SHOWN = 20
_SKIPPED_SHOWN = 12
"""Lines of each reason."""
_CHARACTERS_SHOWN = 300
_SEPARATORS = {",": "comma", "\t": "tab", " ": "blank", ";": "semicolon"}


def reading_line(data: DataView, language: Language) -> str:
    """Rows, skipped, encoding, separator and header in one line."""
    if data.overview is None:
        return say("datatab.not_usable", language)
    count = sum(len(skipped.lines) for skipped in data.skipped)
    skipped = "skipped_some" if count else "skipped_none"
    told = say(f"datatab.{skipped}", language, count=count)
    first = say("datatab.read", language, rows=data.overview.rows, skipped=told)
    facts = [data.format]
    if data.encoding:
        facts.append(data.encoding.upper())
    if data.separator in _SEPARATORS:
        facts.append(say(f"datatab.separator_{_SEPARATORS[data.separator]}", language))
    if data.format in ("csv", "tsv", "xlsx"):
        facts.append(say("datatab.header_yes" if data.header else "datatab.header_no", language))
    return f"{first} {', '.join(facts)}" if language == "en" else f"{first}{'，'.join(facts)}"


def left_side(data: DataView, language: Language) -> Html:
    """Problem, columns, first rows, skipped rows."""
    parts = [problem_box(data.error, language)]
    if data.columns:
        parts.append(_columns(data, language))
    if data.overview:
        parts.append(_first_rows(data.overview, language))
    if data.skipped:
        parts.append(_skipped(data, language))
    return element("div", *parts, class_="stack")


def right_side(data: DataView, language: Language) -> Html:
    """Labels with counts, split bar, lengths."""
    if data.overview is None:
        return Html("")
    return element(
        "div",
        _labels(data.overview, language),
        _split(data, language),
        _lengths(data.overview, language),
        class_="stack",
    )


def _kept(text: str) -> str | None:
    """Short cells stay on one line, which Chinese would otherwise not."""
    return "keep" if len(text) <= 16 else None


def _columns(data: DataView, language: Language) -> Html:
    taken = {column: role for role, column in data.roles.items()}
    rows = [
        element(
            "tr",
            element("td", element("strong", column), class_=_kept(column)),
            *_note(data.column_notes.get(column)),
            element(
                "td",
                say(f"datatab.role_short_{taken[column]}", language)
                if column in taken
                else say("datatab.role_extra", language),
                class_="keep",
            ),
        )
        for column in data.columns
    ]
    names = [
        heading(say("datatab.column", language)),
        heading(say("datatab.first_value", language)),
        heading(say("datatab.different", language), numeric=True),
        heading(say("datatab.role", language)),
    ]
    title = say("datatab.columns", language)
    return card(title, table(title, names, rows))


def _note(note: ColumnNote | None) -> list[Html]:
    first, different = (note.first, f"{note.different:,}") if note else ("", "")
    return [
        element("td", first, class_="muted"),
        element("td", different, class_="number muted"),
    ]


def _first_rows(overview: Overview, language: Language) -> Html:
    names = [
        heading(say("datatab.row", language), numeric=True),
        heading(say("datatab.text", language)),
        heading(say("datatab.gold", language)),
    ]
    rows = [
        element(
            "tr",
            element("td", example.row + 1, class_="number"),
            element("td", _tagged(example)),
            element("td", example.label or "", class_=_kept(example.label or "")),
        )
        for example in overview.first
    ]
    if overview.task == "token_classification":
        names.pop()
        rows = [
            element("tr", element("td", e.row + 1, class_="number"), element("td", _tagged(e)))
            for e in overview.first
        ]
    title = say("datatab.first_rows", language)
    return card(title, table(title, names, rows))


def _tagged(example: Example) -> Html:
    """The text; for tagged words with each entity marked and named."""
    if not example.tokens:
        text = example.text
        cut = text if len(text) <= _CHARACTERS_SHOWN else text[:_CHARACTERS_SHOWN] + " …"
        return element("span", cut)
    return element("span", marked(example.text, example.tokens, example.tags or ()))


def _skipped(data: DataView, language: Language) -> Html:
    lines = []
    for skipped in data.skipped:
        reason = say(f"datachecks.skipped_{skipped.reason}", language)
        numbers = ", ".join(map(str, skipped.lines[:_SKIPPED_SHOWN]))
        if len(skipped.lines) > _SKIPPED_SHOWN:
            numbers += ", …"
        key = "skipped_file_line" if len(data.files) > 1 else "skipped_line"
        values = {"file": skipped.file, "count": len(skipped.lines), "lines": numbers}
        lines.append(element("li", say(f"datatab.{key}", language, reason=reason, **values)))
    return card(say("datatab.skipped_title", language), element("ul", *lines, class_="plain-list"))


def _labels(overview: Overview, language: Language) -> Html:
    most = max((count for _, count in overview.labels), default=1)
    bars = [
        bar(label, count / most, f"{count:,}") for label, count in overview.labels[:_LABELS_SHOWN]
    ]
    notes = []
    if (rest := len(overview.labels) - _LABELS_SHOWN) > 0:
        notes.append(say("datatab.more_labels", language, count=rest))
    if overview.unlabelled:
        notes.append(say("datatab.unlabelled", language, count=overview.unlabelled))
    ner = overview.task == "token_classification"
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
    how = (
        say("datatab.split_seeded", language, seed=data.seed)
        if data.shares
        else say("datatab.split_files", language)
    )
    return card(
        say("datatab.split", language),
        element("div", *parts, class_="split"),
        element("p", say("datatab.split_note", language), class_="note"),
        beside=how,
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
