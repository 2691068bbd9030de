"""A table's columns by their roles -> what a row reads and is judged by, column by column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from instruct_ui.data import cells
from instruct_ui.data.roles import Roles
from instruct_ui.data.table import LIST, TEXT, Table, is_blank
from instruct_ui.tasks import REGISTRY

Mask = npt.NDArray[np.bool_]
STARTS = pa.list_(pa.int64())


@dataclass(frozen=True, slots=True, eq=False)
class ReadColumns:
    """One entry a row of the table in everything."""

    no_text: Mask
    no_gold: Mask
    text: pa.ChunkedArray | None = None
    """What is read first of all."""
    gold: Mapping[str, Any] = field(default_factory=dict)
    """Columns of `Examples`: label, gold, starts."""
    fields: pa.Table | None = None
    """The other columns that are read, by their roles; then those without a role."""
    broken: Mask = field(default_factory=lambda: np.zeros(1, bool))
    """Rows with a cell that cannot be read as what it should be."""


def read_columns(table: Table, roles: Roles, labels: Mapping[str, str]) -> ReadColumns:
    """For all tasks but those with a tag for every token. Needs a column for every role the task
    needs, the gold's excepted."""
    task = REGISTRY[roles.task]
    columns = {name: table.data.column(column) for name, column in roles.columns.items()}
    broken = np.zeros(len(table), bool)
    reads = {role.name: columns[role.name] for role in task.reads if role.name in columns}
    golds = [name for name in columns if name not in reads and name != "answer_start"]
    gold: dict[str, Any] = {}
    if task.roles[0].shape == "turns":
        reads, gold = _conversation(reads, columns, golds, broken)
    elif task.name == "relation_classification":
        reads = {"text": _marked(reads), **{n: c for n, c in reads.items() if n != "text"}}
    reads |= {
        role.name: _choices(reads[role.name], broken)
        for role in task.reads
        if role.shape == "choices" and role.name in reads
    }
    if not gold:
        gold = _gold(task.gold.shape, columns, golds, labels, broken)
    first, *more = reads
    fields = [reads[name] for name in more] + [table.data.column(c) for c in roles.others]
    names = [*more, *(f"{name}_" if name in more else name for name in roles.others)]
    no_text = np.zeros(len(table), bool)
    for role in task.reads:
        if role.needed:
            no_text |= truth(is_blank(reads[role.name]))
    return ReadColumns(
        text=reads[first],
        no_text=no_text,
        no_gold=_without(gold, len(table)),
        gold={name: column for name, column in gold.items() if name != "none"},
        fields=pa.table(fields, names=names) if fields else None,
        broken=broken,
    )


def truth(mask: pa.ChunkedArray) -> Mask:
    return np.asarray(mask.to_numpy(zero_copy_only=False), bool)


def _gold(
    shape: str,
    columns: Mapping[str, pa.ChunkedArray],
    names: Sequence[str],
    labels: Mapping[str, str],
    broken: Mask,
) -> dict[str, Any]:
    if not names:
        return {}
    first = columns[names[0]]
    if shape == "label":
        found = [_renamed(pc.utf8_trim_whitespace(columns[name]), labels) for name in names]
        return {"label": found[0], **({"gold": _rows_of(found)} if len(found) > 1 else {})}
    if shape in ("labels", "triples"):
        read = _each(first, cells.labels_of if shape == "labels" else cells.triples_of, broken)
        blank = truth(is_blank(first))
        named = [
            None if none else [labels.get(n, n) for n in row or ()]
            for row, none in zip(read, blank, strict=True)
        ]
        # An empty list says that nothing holds; an empty cell says nothing.
        return {"gold": pa.array(named, LIST), "none": blank}
    if shape == "answers":
        return _answers(columns, names, broken)
    return {"gold": _side_by_side([columns[name] for name in names])}


def _answers(
    columns: Mapping[str, pa.ChunkedArray], names: Sequence[str], broken: Mask
) -> dict[str, Any]:
    starts = columns.get("answer_start")
    told = starts.to_pylist() if starts is not None else [""] * len(broken)
    rows: list[list[cells.Answer] | None] = []
    for i, given in enumerate(zip(*(columns[name].to_pylist() for name in names), strict=True)):
        try:
            rows.append([a for cell in given for a in cells.answers_of(cell, told[i])])
        except (ValueError, RecursionError):
            rows.append(None)
            broken[i] = True
    blank = truth(is_blank(columns[names[0]]))
    return {
        "gold": pa.array(
            [
                None if r is None or none else [a.text for a in r]
                for r, none in zip(rows, blank, strict=True)
            ],
            LIST,
        ),
        "starts": pa.array([None if r is None else [a.start for a in r] for r in rows], STARTS),
        # An empty list says that there is no answer; an empty cell says nothing.
        "none": blank,
    }


def _conversation(
    reads: Mapping[str, pa.ChunkedArray],
    columns: Mapping[str, pa.ChunkedArray],
    golds: Sequence[str],
    broken: Mask,
) -> tuple[dict[str, pa.ChunkedArray], dict[str, Any]]:
    """Turns as one text, a line each; the last one is the gold where no column says it."""
    turns = _each(reads["turns"], cells.turns_of, broken)
    gold: dict[str, Any] = {}
    if not golds:
        gold["gold"] = pa.array([[t[-1].text] if t and len(t) > 1 else [] for t in turns], LIST)
        turns = [t[:-1] if t and len(t) > 1 else t for t in turns]
    text = pa.array(["\n".join(map(str, t or ())) for t in turns], TEXT)
    rest = {name: column for name, column in reads.items() if name != "turns"}
    return {"turns": pa.chunked_array([text]), **rest}, gold


def _choices(column: pa.ChunkedArray, broken: Mask) -> pa.ChunkedArray:
    """A line each, so that a template can show them."""
    lines = ["\n".join(choices or ()) for choices in _each(column, cells.choices_of, broken)]
    return pa.chunked_array([pa.array(lines, TEXT)])


def _marked(reads: Mapping[str, pa.ChunkedArray]) -> pa.ChunkedArray:
    parts = [reads.get(name) for name in ("text", "head", "tail")]
    told = [[""] * len(reads["text"]) if part is None else part.to_pylist() for part in parts]
    return pa.chunked_array([pa.array(list(map(cells.marked, *told)), TEXT)])


def _each(
    column: pa.ChunkedArray, read: Callable[[str], list[Any]], broken: Mask
) -> list[list[Any] | None]:
    """What `read` makes of every cell; None, and the row marked as broken, where it cannot."""
    rows: list[list[Any] | None] = []
    for i, cell in enumerate(column.to_pylist()):
        try:
            rows.append(read(cell))
        except (ValueError, RecursionError):
            rows.append(None)
            broken[i] = True
    return rows


def _rows_of(columns: Sequence[pa.ChunkedArray]) -> pa.Array:
    """Each row's cells as a list, one a column, "" where there is none."""
    rows = zip(*(column.to_pylist() for column in columns), strict=True)
    return pa.array([[cell or "" for cell in row] for row in rows], LIST)


def _side_by_side(columns: Sequence[pa.ChunkedArray]) -> pa.Array:
    """Each row's cells of several columns as a list, blank ones left out."""
    if len(columns) > 1:
        rows = zip(*(column.to_pylist() for column in columns), strict=True)
        return pa.array([[c for c in row if c and c.strip()] for row in rows], LIST)
    cells_of = columns[0].combine_chunks()
    there = ~truth(is_blank(columns[0]))
    ends = pa.array(np.concatenate(([0], np.cumsum(there))), pa.int32())
    return pa.ListArray.from_arrays(ends, cells_of.filter(pa.array(there)))


def _without(gold: Mapping[str, Any], rows: int) -> Mask:
    if "none" in gold:
        return np.asarray(gold["none"], bool)
    if "label" in gold:
        return truth(pc.is_null(gold["label"]))
    if "gold" in gold:
        return truth(pc.fill_null(pc.equal(pc.list_value_length(gold["gold"]), 0), True))
    return np.ones(rows, bool)


def _renamed(column: pa.ChunkedArray, labels: Mapping[str, str]) -> pa.ChunkedArray:
    """Shown names for the file's labels; null where a cell is empty."""
    coded = column.combine_chunks().dictionary_encode()
    names = [labels.get(name, name) or None for name in coded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(names, TEXT).take(coded.indices)])
