"""What a comparison says, in HTML: the verdict, and the rows behind its numbers."""

from __future__ import annotations

from collections.abc import Sequence

from instruct_ui.data.tags import spans
from instruct_ui.evaluation.compare import CHANGES, Change, Comparison
from instruct_ui.evaluation.predictions import Judged, Predictions
from instruct_ui.evaluation.verdict import detail, headline
from instruct_ui.reporting.markup import Html, element, heading, join, table
from instruct_ui.texts import Language, say


def verdict_box(
    comparison: Comparison, name_a: str, name_b: str, language: Language = "en"
) -> Html:
    """The sentence, its headline strong; the verdict is also a class, for colour."""
    return element(
        "p",
        element("strong", headline(comparison, name_a, name_b, language)),
        " " if language == "en" else "",
        detail(comparison, language),
        class_=f"verdict {comparison.verdict.replace('_', '-')}",
    )


def change_buttons(comparison: Comparison, shown: Change, language: Language = "en") -> Html:
    """Fixed, broken, both wrong, both right with their counts; `data-rows` says which."""
    graded = "_graded" if comparison.graded else ""
    return element(
        "div",
        *(
            element(
                "button",
                say(f"report.{change}{graded}", language, count=len(comparison.rows_of(change))),
                type="button",
                class_="chip",
                data_rows=change,
                aria_pressed="true" if change == shown else "false",
            )
            for change in CHANGES
        ),
        class_="chips",
        role="group",
        aria_label=say("report.changes_label", language),
    )


def rows_table(
    runs: Sequence[tuple[str, Predictions]], rows: Sequence[int], language: Language = "en"
) -> Html:
    """Text, gold and the answer of every run for the rows numbered `rows`, in that order.

    `runs`: name and predictions, one or more, on the same rows. The caller pages long lists.
    """
    if not rows:
        return element("p", say("report.no_rows", language), class_="note")
    by_row = [{row.row: row for row in predictions.rows} for _, predictions in runs]
    head = [
        heading(say("report.row", language), numeric=True),
        heading(say("report.text", language)),
        heading(say("report.gold", language)),
        *(heading(name) for name, _ in runs),
    ]
    body = []
    for number in rows:
        judged = [known[number] for known in by_row if number in known]
        if not judged:
            continue
        first = judged[0]
        body.append(
            element(
                "tr",
                element("td", number + 1, class_="number"),
                element("td", first.text, class_="row-text"),
                element("td", *_gold(first, language)),
                *(_answer(row, language) for row in judged),
                data_row=number,
            )
        )
    return table(say("report.rows_label", language), head, body, class_="data-table rows")


def _answer(row: Judged, language: Language) -> Html:
    """Sign and class say right or wrong, a hidden word says it to a screen reader; where rows have
    scores, the score says how right."""
    kind = _kind(row)
    sign = element("span", {"right": "✓", "wrong": "✗"}.get(kind, ""), aria_hidden="true")
    word = element("span", say(f"report.{kind}", language), class_="visually-hidden")
    said: list[Html | str] = [sign, " ", word, " "]
    if row.tokens:
        said += _entities(row, row.answer.tags, language)
    else:
        said.append(_words(row, language))
    if not row.answer.readable:
        said += [" ", element("span", say("report.not_read", language), class_="note")]
    if row.score is not None and 0 < row.score < 1:
        said += [" ", element("span", f"{row.score:.2f}", class_="confidence")]
    elif not row.tokens and row.score is None:
        said += [" ", element("span", f"{row.answer.confidence:.2f}", class_="confidence")]
    if row.broken:
        text = say("report.broken_constraints", language, count=len(row.broken))
        said += [" ", element("span", "▲ ", text, class_="broken-constraint")]
    return element("td", *said, class_=f"answer {kind}")


def _kind(row: Judged) -> str:
    if row.score is None and row.gold is None and not row.gold_tags:
        return "unjudged"
    if row.score is not None and 0 < row.score < 1:
        return "unjudged"
    return "right" if row.correct else "wrong"


def _words(row: Judged, language: Language) -> Html | str:
    """The answer as it is shown."""
    answer = row.answer
    if answer.text is not None and not answer.parts:
        return answer.text or say("report.says_none", language)
    if row.score is not None:
        return ", ".join(answer.parts) or say("report.says_none", language)
    return say("report.no_answer", language) if answer.label is None else answer.label


def _gold(row: Judged, language: Language) -> list[Html]:
    if row.tokens:
        return _entities(row, row.gold_tags, language)
    if row.score is not None:
        if not row.golds:
            return [element("span", say("report.says_none", language), class_="note")]
        between = element("span", " / ", class_="note")
        parts = [part for gold in row.golds for part in (between, join(gold))]
        return parts[1:]
    return [join("–" if row.gold is None else row.gold)]


def _entities(row: Judged, tags: Sequence[str], language: Language) -> list[Html]:
    found = spans(tags)
    if not found:
        return [element("span", say("report.no_entities", language), class_="note")]
    # Chinese tokens stand without blanks; the text tells which way this row is written.
    blank = " " if " ".join(row.tokens) == row.text else ""
    return [
        element(
            "span",
            blank.join(row.tokens[start:end]),
            " ",
            element("span", kind, class_="entity-type"),
            class_="entity",
        )
        for kind, start, end in found
    ]
