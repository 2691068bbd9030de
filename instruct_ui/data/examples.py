"""A Table and its roles -> Examples; rows without text or label are left out and named."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from instruct_ui.data.dataset import Example
from instruct_ui.data.language import TextLanguage, language_of
from instruct_ui.data.roles import Roles
from instruct_ui.data.table import Skipped, Table
from instruct_ui.data.tags import Scheme, to_iob2
from instruct_ui.errors import DataError
from instruct_ui.tasks import REGISTRY


@dataclass(frozen=True, slots=True)
class Reading:
    examples: tuple[Example, ...]
    skipped: tuple[Skipped, ...]
    """The table's own and the rows left out here, by line."""
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
    text_at = table.position(roles.text or "")
    label_at = None if roles.label is None else table.position(roles.label)
    others = [(column, table.position(column)) for column in roles.others]
    examples: list[Example] = []
    skipped = list(table.skipped)
    for i, row in enumerate(table.rows):
        text = row[text_at]
        label = row[label_at].strip() if label_at is not None else ""
        if not text.strip():
            skipped.append(Skipped(table.lines[i], "no_text", table.name))
        elif need_label and not label:
            skipped.append(Skipped(table.lines[i], "no_label", table.name))
        else:
            fields = {column: row[at] for column, at in others}
            examples.append(Example(i, text, label=labels.get(label, label) or None, fields=fields))
    language = language_of([e.text for e in examples])
    return Reading(tuple(examples), tuple(sorted(skipped)), language)


def _sentences(table: Table, roles: Roles, labels: Mapping[str, str], need_label: bool) -> Reading:
    kept: list[int] = []
    tokens: list[tuple[str, ...]] = []
    tags: list[tuple[str, ...]] = []
    skipped = list(table.skipped)
    for i in range(len(table)):
        words = _list(table, i, roles.text or "")
        given = () if roles.label is None else _list(table, i, roles.label)
        if len(given) not in (0, len(words)):
            raise DataError(
                "data_tokens_tags",
                file=table.name,
                line=table.lines[i],
                tokens=len(words),
                tags=len(given),
            )
        has_gold = any(tag.strip() for tag in given)
        if not any(word.strip() for word in words):
            skipped.append(Skipped(table.lines[i], "no_text", table.name))
        elif need_label and not has_gold:
            skipped.append(Skipped(table.lines[i], "no_label", table.name))
        else:
            kept.append(i)
            tokens.append(words)
            tags.append(tuple(labels.get(t.strip(), t) for t in given) if has_gold else ())
    converted = to_iob2(tags)
    language = language_of([" ".join(words) for words in tokens])
    glue = "" if language == "zh" else " "
    examples = tuple(
        Example(
            i,
            glue.join(words),
            tokens=words,
            tags=_renamed(gold, labels),
            fields={c: " ".join(table.cells(i, c)) for c in roles.others},
        )
        for i, words, gold in zip(kept, tokens, converted.sentences, strict=True)
    )
    return Reading(examples, tuple(sorted(skipped)), language, converted.scheme, converted.repairs)


def _list(table: Table, row: int, column: str) -> tuple[str, ...]:
    """A sentence's column: CoNLL's own, or a JSON list in a cell."""
    cells = table.cells(row, column)
    if table.format == "conll":
        return cells
    if not cells[0].strip():
        return ()
    try:
        values = json.loads(cells[0])
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list):
        raise DataError("data_not_a_list", file=table.name, line=table.lines[row], column=column)
    return tuple(v if isinstance(v, str) else json.dumps(v) for v in values)


def _renamed(tags: Sequence[str], labels: Mapping[str, str]) -> tuple[str, ...]:
    if not labels:
        return tuple(tags)
    return tuple(t if t == "O" else f"{t[:2]}{labels.get(t[2:], t[2:])}" for t in tags)
