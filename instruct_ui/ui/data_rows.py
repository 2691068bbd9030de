"""The rows that are used, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence

from instruct_ui.data.dataset import Example
from instruct_ui.data.made import COLUMN
from instruct_ui.reporting.markup import Html, element, heading, join, table
from instruct_ui.spec import SplitName
from instruct_ui.tasks import REGISTRY, TaskName
from instruct_ui.texts import Language, say
from instruct_ui.ui.data_pictures import marked
from instruct_ui.ui.session import card
from instruct_ui.ui.titles import role_title

ROWS_JS = """element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-start]');
  if (button && !button.disabled) trigger('turn', {start: button.dataset.start,
    split: element.querySelector('select').value});
});
element.addEventListener('change', (event) => {
  if (event.target.matches('select')) trigger('turn', {start: '0', split: event.target.value});
});"""
"""For `js_on_load`; Python hears `turn` with the first row and the split ("" for all)."""

PAGE = 10
_CHARACTERS = 160


def view_rows(
    rows: Sequence[tuple[SplitName, Example]],
    total: int,
    start: int,
    split: str,
    task: TaskName,
    language: Language,
) -> Html:
    title = say("datatab.rows", language)
    shape = REGISTRY[task].gold.shape
    names = [
        heading(say("datatab.row", language), numeric=True),
        heading(say("datatab.part", language)),
        heading(role_title(task, REGISTRY[task].columns[0], language)),
    ]
    with_gold = shape != "tags"
    if with_gold:
        names.append(heading(role_title(task, REGISTRY[task].gold.name, language)))
    body = [_row(name, example, task, with_gold, language) for name, example in rows]
    return card(title, table(title, names, body), _turning(total, start, split, language))


def _row(
    split: SplitName, example: Example, task: TaskName, with_gold: bool, language: Language
) -> Html:
    cells = [
        element("td", f"{example.row + 1:,}", class_="number"),
        element("td", _part(split, example, language), class_="keep muted"),
        element("td", _text(example, task, language), class_="wide"),
    ]
    if with_gold:
        gold = " · ".join(example.gold) or example.label or ""
        cells.append(element("td", _cut(gold), class_="keep" if len(gold) <= 16 else None))
    return element("tr", *cells)


def _part(split: SplitName, example: Example, language: Language) -> Html:
    """The split; with a mark where a model wrote the row."""
    name = say(f"datatab.split_{split}", language)
    model = example.fields.get(COLUMN, "").strip()
    if not model:
        return join(name)
    by = say("datatab.made_by", language, model=model)
    return join(
        name, " ", element("span", say("datatab.made_mark", language), class_="chip", title=by)
    )


def _text(example: Example, task: TaskName, language: Language) -> Html:
    """The text; for tagged words with each entity marked and named; then what else is read."""
    if example.tokens:
        return element("span", marked(example.text, example.tokens, example.tags))
    parts = [element("span", _cut(example.text), class_="lines")]
    for role in REGISTRY[task].reads[1:]:
        if said := example.fields.get(role.name):
            name = role_title(task, role.name, language)
            parts.append(element("p", element("strong", f"{name}: "), _cut(said), class_="note"))
    return element("div", *parts)


def _cut(text: str) -> str:
    return text if len(text) <= _CHARACTERS else f"{text[:_CHARACTERS]} …"


def _turning(total: int, start: int, split: str, language: Language) -> Html:
    """Back, on, and which part is shown."""
    last = min(total, start + PAGE)
    where = say("datatab.rows_of", language, first=min(start + 1, total), last=last, total=total)
    options = [
        element("option", say(f"datatab.{key}", language), value=value, selected=value == split)
        for key, value in (
            ("split_all", ""),
            ("split_train", "train"),
            ("split_validation", "validation"),
            ("split_test", "test"),
        )
    ]
    return element(
        "div",
        _turn("rows_first", 0, start > 0, language),
        _turn("rows_before", max(0, start - PAGE), start > 0, language),
        element("span", where, class_="muted"),
        _turn("rows_next", start + PAGE, last < total, language),
        _turn("rows_last", max(0, (total - 1) // PAGE * PAGE), last < total, language),
        element("select", *options, aria_label=say("datatab.part", language)),
        class_="turning",
    )


def _turn(key: str, start: int, possible: bool, language: Language) -> Html:
    signs = {"rows_first": "«", "rows_before": "‹", "rows_next": "›", "rows_last": "»"}
    return element(
        "button",
        signs[key],
        type="button",
        class_="small",
        data_start=start,
        disabled=not possible,
        aria_label=say(f"datatab.{key}", language),
    )
