"""Which column is the text, which the label: guessed, or as told."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from instruct_ui.data import names
from instruct_ui.data.table import Table
from instruct_ui.errors import DataError
from instruct_ui.tasks import REGISTRY, TaskName

_LOOKED_AT = 5000
_MOST_LABELS = 500


@dataclass(frozen=True, slots=True)
class Roles:
    task: TaskName
    columns: Mapping[str, str]
    """Role (of the task's `columns`) -> column; a role for which nothing was found is missing."""
    others: tuple[str, ...]
    """Columns without a role, in the order of the file."""

    @property
    def text(self) -> str | None:
        """What the model reads: column `text` or `tokens`."""
        return self.columns.get(REGISTRY[self.task].columns[0])

    @property
    def label(self) -> str | None:
        """The gold: column `label` or `tags`."""
        return self.columns.get(REGISTRY[self.task].columns[1])


def guess(
    table: Table, task: TaskName | None = None, told: Mapping[str, str] | None = None
) -> Roles:
    """Roles by names, then by values. `told` (role -> column) stands and is guessed around."""
    task = task or _task(table)
    reads, gold = REGISTRY[task].columns[:2]
    columns = {role: column for role, column in (told or {}).items() if role in (reads, gold)}

    def free() -> list[str]:
        return [c for c in table.columns if c not in columns.values()]

    if table.format == "conll":
        order = ((reads, list(table.columns[:1])), (gold, list(table.columns[-1:])))
        for role, candidates in order:
            left = [c for c in candidates if c in free()]
            if role not in columns and left:
                columns[role] = left[0]
    else:
        is_ner = task == "token_classification"
        known = {
            reads: names.TOKENS if is_ner else names.TEXT,
            gold: names.TAGS if is_ner else names.LABEL,
        }
        for role in (reads, gold):
            found = None if role in columns or not table.header else _named(free(), known[role])
            if found is not None:
                columns[role] = found
        if not is_ner:
            label = None if gold in columns else _label_by_values(table, free())
            text = None if reads in columns else _text_by_values(table, free(), label)
            columns |= {r: c for r, c in ((reads, text), (gold, label)) if c is not None}
    ordered = {role: columns[role] for role in (reads, gold) if role in columns}
    return Roles(task, ordered, tuple(free()))


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


def _task(table: Table) -> TaskName:
    if table.format == "conll":
        return "token_classification"
    tokens = _named(table.columns, names.TOKENS) if table.format == "jsonl" else None
    if tokens is not None and table.spread(tokens, 1)[0].startswith("["):
        return "token_classification"
    return "text_classification"


def _named(columns: Iterable[str], known: list[str]) -> str | None:
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


def _text_by_values(table: Table, columns: Sequence[str], label: str | None) -> str | None:
    """The column with the longest values that are not all numbers."""
    lengths: dict[str, float] = {}
    for column in columns:
        values = _spread(table, column)
        if column != label and not all(_is_number(value) for value in values):
            lengths[column] = _length(values)
    return max(lengths, key=lambda c: lengths[c]) if lengths else None


def _is_number(value: str) -> bool:
    return value.replace(".", "").lstrip("-").isdigit()


def _length(values: Sequence[str]) -> float:
    return sum(map(len, values)) / max(1, len(values))
