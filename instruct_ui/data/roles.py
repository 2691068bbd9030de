"""Which column is the text, which the label: guessed, or as told."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from instruct_ui.data import names
from instruct_ui.data.cells import is_marked, marked
from instruct_ui.data.language import language_of
from instruct_ui.data.table import Table
from instruct_ui.errors import DataError
from instruct_ui.tasks import REGISTRY, Task, TaskName

_LOOKED_AT = 5000
_MARKS_LOOKED_AT = 200
_MOST_LABELS = 500
_TAG = re.compile(r"O|[BIESMLUW][-_]\S+")


@dataclass(frozen=True, slots=True)
class Roles:
    task: TaskName
    columns: Mapping[str, str]
    """Role (of the task's `roles`) -> column; a role for which nothing was found is missing."""
    others: tuple[str, ...]
    """Columns without a role, in the order of the file."""

    @property
    def text(self) -> str | None:
        """The column the model reads first of all."""
        return self.columns.get(REGISTRY[self.task].columns[0])

    @property
    def label(self) -> str | None:
        """The gold's column."""
        return self.columns.get(REGISTRY[self.task].gold.name)

    @property
    def missing(self) -> tuple[str, ...]:
        """Roles the task needs and that have no column."""
        needed = [role.name for role in REGISTRY[self.task].roles if role.needed]
        return tuple(name for name in needed if name not in self.columns)


def guess(
    table: Table, task: TaskName | None = None, told: Mapping[str, str] | None = None
) -> Roles:
    """Roles by names, then by values. `told` (role -> column) stands and is guessed around."""
    task = task or guess_task(table)
    known = REGISTRY[task]
    found = {name: column for name, column in (told or {}).items() if known.role(name)}
    for guessing in (_by_name, _by_value):
        guessing(table, known, found)
    order = [role.name for role in known.roles]
    ordered = sorted(found, key=lambda name: (order.index(_stem(known, name)), name))
    taken = set(found.values())
    others = tuple(column for column in table.columns if column not in taken)
    return Roles(task, {name: found[name] for name in ordered}, others)


def _stem(task: Task, name: str) -> str:
    role = task.role(name)
    assert role is not None
    return role.name


def _free(table: Table, found: Mapping[str, str]) -> list[str]:
    return [column for column in table.columns if column not in found.values()]


def _by_name(table: Table, task: Task, found: dict[str, str]) -> None:
    if not table.header:
        return
    for role in task.roles:
        if role.name not in found:
            column = _named(_free(table, found), role.names)
            alike = [c for c in _free(table, found) if names.numbered_like(c, role.names)]
            if column is None and role.several and alike:
                column = alike[0]
            if column is not None:
                found[role.name] = column
        if role.several and role.shape != "label":
            more = [c for c in _free(table, found) if names.numbered_like(c, role.names)]
            for number, column in enumerate(more, start=2):
                found.setdefault(f"{role.name}_{number}", column)


def _by_value(table: Table, task: Task, found: dict[str, str]) -> None:
    first, gold = task.roles[0], task.gold
    if first.shape == "tokens":
        _tokens_and_tags(table, first.name, gold.name, found)
        return
    if gold.shape == "label" and gold.name not in found:
        column = _label_by_values(table, _free(table, found))
        if column is not None:
            found[gold.name] = column
    if first.name not in found:
        column = None
        if task.name == "relation_classification":
            column = next((c for c in _free(table, found) if _is_marked(table, c)), None)
        column = column or _text_by_values(table, _free(table, found))
        if column is not None:
            found[first.name] = column
    if task.name == "translation" and gold.name not in found:
        column = _text_by_values(table, _free(table, found))
        if column is not None:
            found[gold.name] = column


def _tokens_and_tags(table: Table, tokens: str, tags: str, found: dict[str, str]) -> None:
    """Of the columns of lists the one of tags, and the one with most different values."""
    lists = [c for c in _free(table, found) if table.is_list(c)]
    if tags not in found and len(lists) > 1:
        tagged = {c: _tag_share(table, c) for c in reversed(lists)}
        found[tags] = max(tagged, key=lambda c: tagged[c])
    lists = [c for c in _free(table, found) if table.is_list(c)]
    if tokens not in found and lists:
        found[tokens] = max(lists, key=lambda c: len(set(_spread(table, c))))


def _tag_share(table: Table, column: str) -> float:
    values = _spread(table, column)
    return sum(bool(_TAG.fullmatch(value)) for value in values) / max(1, len(values))


def resolve(columns: Mapping[str, str | int], table: Table) -> dict[str, str]:
    """Role -> name or position, as a spec has it, to role -> name of a column of `table`.

    A position counts from 0, or from the end if negative; digits stand for a position where no
    column is called so. Raises DataError (with the nearest name) for a column that is not there.
    """
    return {role: _column(role, wanted, table) for role, wanted in columns.items()}


def _column(role: str, wanted: str | int, table: Table) -> str:
    if wanted in table.columns:
        return str(wanted)
    position = wanted if isinstance(wanted, int) else _digits(wanted)
    if position is not None and -len(table.columns) <= position < len(table.columns):
        return table.columns[position]
    there = ", ".join(table.columns)
    folded = {c.casefold(): c for c in table.columns}
    near = difflib.get_close_matches(str(wanted).strip().casefold(), list(folded), n=1, cutoff=0.5)
    if near:
        raise DataError(
            "data_column_near",
            file=table.name,
            role=role,
            column=wanted,
            near=folded[near[0]],
            columns=there,
        )
    raise DataError("data_column", file=table.name, role=role, column=wanted, columns=there)


def _digits(wanted: str) -> int | None:
    return int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else None


def guess_task(table: Table) -> TaskName:
    """By the format, by marks in the texts, by columns that are called as a task's, by values."""
    if table.format == "squad":
        return "question_answering"
    if any(table.is_list(column) for column in table.columns):
        return "token_classification"
    tokens = _named(table.columns, REGISTRY["token_classification"].roles[0].names)
    if tokens is not None and _looks_like_list(table, tokens):
        return "token_classification"
    if any(_is_marked(table, column) for column in table.columns):
        return "relation_classification"
    if table.header:
        for task in _TELLING:
            if _is_told(table, REGISTRY[task]):
                return task
    if _are_two_languages(table):
        return "translation"
    return "text_classification"


_MOST_TELLING: tuple[TaskName, ...] = (
    "question_answering",
    "text_pair",
    "summarization",
    "dialogue",
    "relation_triples",
    "translation",
    "answer_retrieval",
    "generation",
)
_TELLING = (
    *(name for name, task in REGISTRY.items() if task.telling and name not in _MOST_TELLING),
    *_MOST_TELLING,
)
"""Tasks a file's column names can tell: added ones, then ours, the most telling names first."""


def _is_told(table: Table, task: Task) -> bool:
    """Whether every column the task needs is there under a name that fits as a whole."""
    free = list(table.columns)
    for role in task.roles:
        if not role.needed:
            continue
        fits = [
            c
            for c in free
            if c.strip().casefold() in role.names
            or (role.several and names.numbered_like(c, role.names))
        ]
        if role.shape in ("turns", "triples"):
            fits = [c for c in fits if _looks_like_list(table, c)]
        if not fits:
            return False
        free.remove(fits[0])
    return True


def _looks_like_list(table: Table, column: str) -> bool:
    values = _spread(table, column)
    return bool(values) and all(v.startswith("[") for v in values[:20] if v) and any(values[:20])


def _is_marked(table: Table, column: str) -> bool:
    """Whether most of its texts have two entities marked."""
    if table.is_list(column):
        return False
    values = table.spread(column, _MARKS_LOOKED_AT)
    return sum(is_marked(marked(value)) for value in values) > 0.5 * len(values)


def _are_two_languages(table: Table) -> bool:
    """Two columns of differing texts, one with Chinese characters and one without."""
    if len(table.columns) > 4 or _label_by_values(table, table.columns) is not None:
        return False
    spoken = [language_of(table.spread(c, _MARKS_LOOKED_AT)) for c in table.columns[:2]]
    return len(spoken) == 2 and set(spoken) == {"en", "zh"}


def _named(columns: Iterable[str], known: Sequence[str]) -> str | None:
    ranked = [(r, c) for c in columns if (r := names.rank(c, known)) is not None]
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else None


def _spread(table: Table, column: str) -> list[str]:
    return [value.strip() for value in table.spread(column, _LOOKED_AT)]


def _label_by_values(table: Table, columns: Sequence[str]) -> str | None:
    """A column of few, short values that come again; the last one, then the first one."""
    fitting = []
    for column in columns:
        values = _spread(table, column)
        distinct = set(values) - {""}
        if 2 <= len(distinct) <= min(_MOST_LABELS, len(values) / 2) and _length(values) < 40:
            fitting.append(column)
    if len(fitting) == len(columns) and len(columns) > 1:
        fitting.remove(max(fitting, key=lambda c: _length(_spread(table, c))))
    ends = [c for c in (table.columns[-1], table.columns[0]) if c in fitting]
    return next(iter([*ends, *fitting]), None)


def _text_by_values(table: Table, columns: Sequence[str]) -> str | None:
    """The column with the longest values that are not all numbers."""
    lengths: dict[str, float] = {}
    for column in columns:
        values = _spread(table, column)
        if not all(_is_number(value) for value in values):
            lengths[column] = _length(values)
    return max(lengths, key=lambda c: lengths[c]) if lengths else None


def _is_number(value: str) -> bool:
    return value.replace(".", "").lstrip("-").isdigit()


def _length(values: Sequence[str]) -> float:
    return sum(map(len, values)) / max(1, len(values))
