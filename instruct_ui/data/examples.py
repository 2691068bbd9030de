"""A Table and its roles -> Examples; rows without text or label are left out and named."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from instruct_ui.data.columns import ReadColumns, read_columns
from instruct_ui.data.dataset import Examples
from instruct_ui.data.language import TextLanguage, language_of
from instruct_ui.data.roles import Roles
from instruct_ui.data.table import LIST, TEXT, Skipped, SkipReason, Table, spread
from instruct_ui.data.tags import Scheme, to_iob2
from instruct_ui.errors import DataError
from instruct_ui.tasks import REGISTRY

_LANGUAGE_TEXTS = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    examples: Examples
    skipped: tuple[Skipped, ...]
    """The table's own and the rows left out here."""
    language: TextLanguage
    scheme: Scheme | None = None
    """NER: what the tags were written in."""
    repairs: int = 0
    """NER: tags that broke their scheme and were mended."""
    repaired: tuple[int, ...] = ()
    """NER: positions in `examples` of the sentences they stand in."""


def examples_of(
    table: Table,
    roles: Roles,
    labels: Mapping[str, str] | None = None,
    *,
    need_gold: bool = True,
) -> Reading:
    """`labels`: the file's label -> the name shown for it (NER: a whole tag or an entity type).

    Without `need_gold`, rows without a label (tags, answer) are kept, with none. Raises DataError
    where a role has no column, or the table cannot serve the task.
    """
    task = REGISTRY[roles.task]
    for name in roles.missing:
        if need_gold or name != task.gold.name:
            raise DataError("data_no_role", file=table.name, role=name, columns=_names(table))
    columns = list(roles.columns.values())
    twice = next((c for c in columns if columns.count(c) > 1), None)
    if twice is not None:
        raise DataError("data_same_column", file=table.name, column=twice)
    if task.gold.shape == "tags":
        return _sentences(table, roles, labels or {}, need_gold)
    if table.is_list(roles.text or ""):
        raise DataError("data_conll_for_texts", file=table.name)
    return _texts(table, roles, labels or {}, need_gold)


def _names(table: Table) -> str:
    return ", ".join(table.columns)


def _texts(table: Table, roles: Roles, labels: Mapping[str, str], need_gold: bool) -> Reading:
    read = read_columns(table, roles, labels)
    at, skipped = _usable(table, read, need_gold)
    assert read.text is not None
    language = language_of(spread(read.text.take(pa.array(at)), _LANGUAGE_TEXTS))
    core = {"row": np.arange(len(table)), "text": read.text, **read.gold}
    return Reading(Examples(pa.table(core), read.fields, at), skipped, language)


def _usable(
    table: Table, read: ReadColumns, need_gold: bool
) -> tuple[npt.NDArray[np.int64], tuple[Skipped, ...]]:
    """Rows that can be used, and those that cannot, with the table's own."""
    without = read.no_gold & ~read.no_text & ~read.broken & need_gold
    reasons: tuple[tuple[SkipReason, npt.NDArray[np.bool_]], ...] = (
        ("no_text", read.no_text),
        ("bad_cell", read.broken & ~read.no_text),
        ("no_label", without),
    )
    skipped = [*table.skipped]
    for reason, mask in reasons:
        if mask.any():
            lines = table.lines.filter(pa.array(mask)).to_pylist()
            skipped.append(Skipped(reason, tuple(lines), table.name))
    return np.flatnonzero(~(read.no_text | read.broken | without)), tuple(skipped)


def _sentences(table: Table, roles: Roles, labels: Mapping[str, str], need_gold: bool) -> Reading:
    words = _lists(table, roles.text or "")
    given = [()] * len(table) if roles.label is None else _lists(table, roles.label)
    for row, (tokens, tags) in enumerate(zip(words, given, strict=True)):
        if len(tags) not in (0, len(tokens)):
            raise DataError(
                "data_tokens_tags",
                file=table.name,
                line=table.line(row),
                tokens=len(tokens),
                tags=len(tags),
            )
    no_text = np.array([not any(word.strip() for word in tokens) for tokens in words], bool)
    gold = [tags if any(tag.strip() for tag in tags) else () for tags in given]
    no_gold = np.array([not tags for tags in gold], bool)
    at, skipped = _usable(table, ReadColumns(no_text=no_text, no_gold=no_gold), need_gold)
    converted = to_iob2([[labels.get(t.strip(), t) for t in gold[i]] for i in at])
    tokens = [words[i] for i in at]
    language = language_of([" ".join(t) for t in tokens])
    glue = "" if language == "zh" else " "
    core = pa.table(
        {
            "row": at,
            "text": pa.array([glue.join(t) for t in tokens], TEXT),
            "tokens": pa.array(tokens, LIST),
            "tags": pa.array([_shown(tags, labels) for tags in converted.sentences], LIST),
        }
    )
    fields = {
        name: pc.binary_join(column, " ") if table.is_list(name) else column
        for name in roles.others
        for column in [table.data.column(name).take(pa.array(at))]
    }
    examples = Examples(core, pa.table(fields) if fields else None)
    return Reading(
        examples, skipped, language, converted.scheme, converted.repairs, converted.repaired
    )


def _lists(table: Table, column: str) -> list[Sequence[str]]:
    """A sentence's column: lists of its own, or a JSON list in a cell."""
    cells: list[Any] = table.data.column(column).to_pylist()
    if table.is_list(column):
        return cells
    return [_parsed(cell, table, row, column) for row, cell in enumerate(cells)]


def _parsed(cell: str, table: Table, row: int, column: str) -> Sequence[str]:
    if not cell.strip():
        return ()
    try:
        values = json.loads(cell)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list):
        raise DataError("data_not_a_list", file=table.name, line=table.line(row), column=column)
    return tuple(v if isinstance(v, str) else json.dumps(v) for v in values)


def _shown(tags: Sequence[str], labels: Mapping[str, str]) -> Sequence[str]:
    if not labels:
        return tags
    return [t if t == "O" else f"{t[:2]}{labels.get(t[2:], t[2:])}" for t in tags]
