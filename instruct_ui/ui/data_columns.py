"""What each column is: a choice a column, and a choice a file where there are several."""

from __future__ import annotations

from hashlib import md5

from instruct_ui.data.report import ColumnNote
from instruct_ui.reporting.markup import Html, element
from instruct_ui.tasks import REGISTRY
from instruct_ui.texts import Language, say
from instruct_ui.ui.session import card
from instruct_ui.ui.titles import role_title
from instruct_ui.workbench import DataView

COLUMNS_JS = """element.addEventListener('change', (event) => {
  const chosen = event.target;
  if (!chosen.matches('select') || chosen.value === chosen.dataset.was) return;
  const all = [...element.querySelectorAll(`select[data-${chosen.dataset.column === undefined
    ? 'file' : 'column'}]`)];
  // What one column is, no other can be: the two change places.
  if (chosen.value) all.forEach((other) => {
    if (other !== chosen && other.value === chosen.value) other.value = chosen.dataset.was || '';
  });
  all.forEach((one) => { one.dataset.was = one.value; });
  const pairs = all.map((one) => [one.value, one.dataset.column ?? one.dataset.file]);
  const taken = Object.fromEntries(pairs.filter(([value]) => value));
  if (chosen.dataset.column === undefined) trigger('set_places', {taken});
  else trigger('set_roles', {taken});
});"""
"""For `js_on_load`; Python hears `set_roles` (role -> column) and `set_places` (split -> file)."""

_MORE = 3
"""Further columns of one role that can be chosen."""


def view_columns(data: DataView, language: Language) -> Html:
    file = data.first
    if file is None:
        return Html("")
    taken = {column: role for role, column in file.roles.items()}
    lines = [_column(note, taken.get(note.name, ""), data, language) for note in file.columns]
    parts = [element("ul", *lines, class_="choices")]
    if len(data.files) > 1:
        parts.insert(0, element("ul", *_files(data, language), class_="choices files"))
    return card(say("datatab.columns", language), *parts)


def _column(note: ColumnNote, role: str, data: DataView, language: Language) -> Html:
    about = say("datatab.different_values", language, count=note.different)
    shown = f"{about} · {note.first}" if note.first else about
    return _choice(
        note.name,
        shown,
        [("", say("datatab.role_extra", language)), *_roles(data.task, language)],
        role,
        data_column=note.name,
    )


def _roles(task: str, language: Language) -> list[tuple[str, str]]:
    names = []
    for role in REGISTRY[task].roles:
        names.append(role.name)
        if role.several:
            names += [f"{role.name}_{n}" for n in range(2, 2 + _MORE)]
    return [(name, role_title(task, name, language)) for name in names]


def _files(data: DataView, language: Language) -> list[Html]:
    splits = [
        (name, say(f"datatab.split_{name}", language)) for name in ("train", "validation", "test")
    ]
    of_kept = {path.name: split for split, path in data.paths.items()}
    return [
        _choice(name, "", splits, of_kept[kept], data_file=kept) for kept, name in data.kept.items()
    ]


def _choice(
    name: str,
    about: str,
    choices: list[tuple[str, str]],
    chosen: str,
    **attributes: str,
) -> Html:
    options = [
        element("option", shown, value=value, selected=value == chosen) for value, shown in choices
    ]
    field = f"choice-{md5(name.encode(), usedforsecurity=False).hexdigest()[:12]}"
    return element(
        "li",
        element(
            "span",
            element("label", name, for_=field),
            element("span", about, class_="note") if about else "",
            class_="named",
        ),
        element("select", *options, id=field, data_was=chosen, **attributes),
    )
