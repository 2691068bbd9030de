"""Two runs held against each other, as HTML: verdict, tables, and the rows behind the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from instruct_ui.evaluation.compare import Change, Comparison
from instruct_ui.evaluation.counts import rows_in_cell
from instruct_ui.evaluation.predictions import Predictions
from instruct_ui.reporting.markup import Html, element, join
from instruct_ui.reporting.metrics import constraints_table, metrics_table, unreadable_note
from instruct_ui.reporting.rows import change_buttons, rows_table
from instruct_ui.reporting.runs import run_sign
from instruct_ui.reporting.tables import confusion_table, labels_table
from instruct_ui.texts import Language, say
from instruct_ui.ui.session import card
from instruct_ui.workbench import RunView, run_title

PAGE = 20
_LEARNT = {"zero_shot": 0, "few_shot": 1, "fine_tune": 2}


@dataclass(frozen=True)
class Shown:
    """Which rows stand at the foot of the step."""

    change: str = "fixed"
    """fixed, broken, both_wrong, both_right; or "cell" for a cell of the confusion matrix."""
    gold: str = ""
    answer: str = ""
    page: int = 0


def default_pair(runs: Sequence[RunView]) -> tuple[str, str]:
    """A and B to begin with: B the best of the approach that learns most, A the best of the others.

    Only runs on the same rows as the newest one; with one approach alone the second best is A.
    """
    newest = runs[-1].report
    alike = [
        r
        for r in runs
        if (r.report.data_sha256, r.report.rows) == (newest.data_sha256, newest.rows)
    ]
    ranked = sorted(alike, key=_score, reverse=True)
    most = max(_LEARNT[r.spec.approach.kind] for r in ranked)
    after = next(r for r in ranked if _LEARNT[r.spec.approach.kind] == most)
    others = [r for r in ranked if _LEARNT[r.spec.approach.kind] != most]
    # Few-shot is what a fine-tune has to beat, whatever zero-shot reached.
    others.sort(key=lambda r: (_LEARNT[r.spec.approach.kind], _score(r)), reverse=True)
    rest = others or [r for r in ranked if r.id != after.id] or [r for r in runs if r is not after]
    return (rest[0].id if rest else ""), after.id


def _score(run: RunView) -> float:
    return run.report.metrics[run.report.headline]


def signed_title(run: RunView, language: Language) -> str:
    """The run's title behind the sign it has in tables: two runs may bear one title."""
    return f"{run_sign(run.mark).sign} {run_title(run, language)}"


def short_titles(a: RunView, b: RunView, language: Language) -> tuple[str, str]:
    """What both share (model, template version) is left out, unless nothing would remain."""
    long_a, long_b = run_title(a, language), run_title(b, language)
    parts_a, parts_b = long_a.split(" · "), long_b.split(" · ")
    own_a, own_b = parts_a[:1], parts_b[:1]
    for one, two in zip(parts_a[1:], parts_b[1:], strict=False):
        if one != two:
            own_a.append(one)
            own_b.append(two)
    if own_a == own_b or len(parts_a) != len(parts_b):
        return long_a, long_b
    return " · ".join(own_a), " · ".join(own_b)


def view_labels(a: RunView | None, b: RunView, names: tuple[str, str], language: Language) -> Html:
    """Per label for B with the difference to A; for entities the tags token by token below; where
    answers are no labels, all metrics."""
    key = "compare.labels_beside" if a else "compare.labels_one"
    beside = say(key, language, a=names[0], b=names[1])
    before = a.report if a else None
    if not b.report.labels:
        parts = [metrics_table(b.report, before, language), unreadable_note(b.report, language)]
        return card(say("compare.metrics", language), *parts, beside=beside)
    parts = [labels_table(b.report, before, language), unreadable_note(b.report, language)]
    if b.report.token_labels:
        parts.append(element("h2", say("compare.tokens", language), class_="second"))
        parts.append(labels_table(b.report, before, language, "tokens"))
    return card(say("compare.labels", language), *parts, beside=beside)


def view_errors(a: RunView | None, b: RunView, name: str, language: Language) -> Html:
    """Where labels are confused, and how often constraints were kept; empty where there are
    neither."""
    parts = [] if b.report.confusion is None else [_confusion(b, name, language)]
    if b.report.constraints:
        before = a.report if a else None
        table = constraints_table(b.report, before, language)
        parts.append(card(say("compare.constraints", language), table))
    return join(*parts)


def _confusion(b: RunView, name: str, language: Language) -> Html:
    beside = say("compare.errs_beside", language, b=name)
    note = element("p", say("compare.errs_note", language), class_="note")
    table = confusion_table(b.report, language)
    return card(say("compare.errs", language), table, note, beside=beside)


def view_rows(
    found: Comparison,
    named: Sequence[tuple[str, Predictions]],
    shown: Shown,
    language: Language,
) -> Html:
    """Chips, what is shown, one page of rows, and buttons to turn it."""
    cell = shown.change == "cell"
    change = cast(Change, shown.change)
    name_b, answers_b = named[-1]
    rows = rows_in_cell(answers_b, shown.gold, shown.answer) if cell else found.rows_of(change)
    pages = max(1, -(-len(rows) // PAGE))
    page = min(max(shown.page, 0), pages - 1)
    first = page * PAGE
    parts = [change_buttons(found, change, language)]
    if cell:
        none = say("report.no_answer", language)
        text = say(
            "compare.cell",
            language,
            gold=shown.gold or none,
            answer=shown.answer or none,
            b=name_b,
            count=len(rows),
        )
        parts.append(element("p", text, class_="cell-note", role="status"))
    parts.append(rows_table(named, rows[first : first + PAGE], language))
    if pages > 1:
        parts.append(_pager(first, page, pages, len(rows), language))
    return card(say("compare.rows", language), *parts)


def _pager(first: int, page: int, pages: int, count: int, language: Language) -> Html:
    def turn(text: str, sign: str, target: int) -> Html:
        return element(
            "button",
            sign,
            type="button",
            class_="small",
            data_page=target,
            aria_label=text,
            title=text,
            disabled=not 0 <= target < pages,
        )

    last = min(count, first + PAGE)
    where = say("compare.pages", language, first=first + 1, last=last, count=count)
    return element(
        "div",
        turn(say("compare.earlier", language), "‹", page - 1),
        element("span", where, role="status"),
        turn(say("compare.later", language), "›", page + 1),
        class_="pager",
    )
