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

from instruct_ui.data.dataset import Examples
from instruct_ui.data.language import TextLanguage, language_of
from instruct_ui.data.roles import Roles
from instruct_ui.data.table import LIST, TEXT, Skipped, SkipReason, Table, is_blank, spread
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


def examples_of(
    table: Table,
    roles: Roles,
    labels: Mapping[str, str] | None = None,
    *,
    need_label: bool = True,
) -> Reading:
    """`labels`: the file's label -> the name shown for it (NER: a whole tag or an entity type).

    Without `need_label`, rows without a label are kept, with none. Raises DataError where a role
    has no column, or the table cannot serve the task.
    """
    reads, gold = REGISTRY[roles.task].columns[:2]
    if roles.text is None:
        raise DataError("data_no_role", file=table.name, role=reads, columns=_names(table))
    if roles.label is None and need_label:
        raise DataError("data_no_role", file=table.name, role=gold, columns=_names(table))
    if roles.text == roles.label:
        raise DataError("data_same_column", file=table.name, column=roles.text)
    if roles.task == "token_classification":
        return _sentences(table, roles, labels or {}, need_label)
    if table.format == "conll":
        raise DataError("data_conll_for_texts", file=table.name)
    return _texts(table, roles, labels or {}, need_label)


def _names(table: Table) -> str:
    return ", ".join(table.columns)


def _texts(table: Table, roles: Roles, labels: Mapping[str, str], need_label: bool) -> Reading:
    texts = table.data.column(roles.text or "")
    label = pa.nulls(len(table), TEXT)
    if roles.label is not None:
        label = _renamed(pc.utf8_trim_whitespace(table.data.column(roles.label)), labels)
    at, skipped = _usable(table, _truth(is_blank(texts)), label, need_label)
    rows = np.arange(len(table))
    core = pa.table({"row": rows, "text": texts, "label": label})
    fields = table.data.select(list(roles.others)) if roles.others else None
    language = language_of(spread(texts.take(pa.array(at)), _LANGUAGE_TEXTS))
    return Reading(Examples(core, fields, at), skipped, language)


def _usable(
    table: Table, no_text: npt.NDArray[np.bool_], label: pa.ChunkedArray, need_label: bool
) -> tuple[npt.NDArray[np.int64], tuple[Skipped, ...]]:
    """Rows that can be used, and those that cannot, with the table's own."""
    no_label = _truth(pc.is_null(label)) & ~no_text if need_label else np.zeros(len(table), bool)
    skipped = [*table.skipped]
    reasons: tuple[tuple[SkipReason, npt.NDArray[np.bool_]], ...] = (
        ("no_text", no_text),
        ("no_label", no_label),
    )
    for reason, mask in reasons:
        if mask.any():
            lines = table.lines.filter(pa.array(mask)).to_pylist()
            skipped.append(Skipped(reason, tuple(lines), table.name))
    return np.flatnonzero(~(no_text | no_label)), tuple(skipped)


def _truth(mask: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    return np.asarray(mask.to_numpy(zero_copy_only=False), bool)


def _renamed(column: pa.ChunkedArray, labels: Mapping[str, str]) -> pa.ChunkedArray:
    """Shown names for the file's labels; null where a cell is empty."""
    coded = column.combine_chunks().dictionary_encode()
    names = [labels.get(name, name) or None for name in coded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(names, TEXT).take(coded.indices)])


def _sentences(table: Table, roles: Roles, labels: Mapping[str, str], need_label: bool) -> Reading:
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
    has_gold = pa.array([True if tags else None for tags in gold], pa.bool_())
    at, skipped = _usable(table, no_text, has_gold, need_label)
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
    return Reading(examples, skipped, language, converted.scheme, converted.repairs)


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
