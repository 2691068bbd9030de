"""What a data set is once it has been read: frozen, its rows in Arrow columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from instruct_ui.data.table import LIST, TEXT, Skipped, take
from instruct_ui.spec import SPLITS, SplitName
from instruct_ui.tasks import REGISTRY, TaskName

_AT_ONCE = 1024
_CORE = pa.schema(
    [
        ("row", pa.int64()),
        ("text", TEXT),
        ("label", TEXT),
        ("tokens", LIST),
        ("tags", LIST),
        ("gold", LIST),
        ("starts", pa.list_(pa.int64())),
    ]
)
_LISTS = ("tokens", "tags", "gold", "starts")


@dataclass(frozen=True, slots=True)
class Example:
    """One row, or one sentence of tokens."""

    row: int
    """Position in its file, from 0, header not counted."""
    text: str
    """What is read first of all: the text, passage, source or turns (a line each); for NER the
    tokens joined by blanks (Chinese: by nothing)."""
    label: str | None = None
    tokens: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """IOB2, one a token; empty where there is no gold."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """The other columns, without the gold, usable in templates."""
    gold: tuple[str, ...] = ()
    """Tasks without one label: all accepted answers (labels of a multi-label row; none for a
    question without an answer). Several label columns: a label each, "" where there is none."""
    starts: tuple[int, ...] = ()
    """Question answering: where each gold answer begins in the passage; -1: not told."""


def shown_text(task: TaskName, example: Example) -> str:
    """What a person reads of a row: its text, and the other text where the task reads two; a
    question comes before its passage."""
    second = REGISTRY[task].second
    other = "" if second is None else example.fields.get(second.name, "")
    if not other:
        return example.text
    asked = second is not None and second.name == "question"
    return f"{other}\n{example.text}" if asked else f"{example.text}\n{other}"


class Examples(Sequence[Example]):
    """Examples that are made when they are asked for, out of Arrow columns that stay as they are.

    `core` has columns called as the parts of an Example (those a task lacks may be missing),
    `fields` the others under their own names; `at` are the rows of both that count, in order.
    """

    def __init__(
        self, core: pa.Table, fields: pa.Table | None = None, at: npt.ArrayLike | None = None
    ) -> None:
        self._core = core
        self._fields = fields if fields is not None and fields.num_columns else None
        self._at = np.arange(core.num_rows) if at is None else np.asarray(at, np.int64)

    @classmethod
    def of(cls, examples: Iterable[Example]) -> Examples:
        """Out of single examples."""
        rows = list(examples)
        names = dict.fromkeys(name for e in rows for name in e.fields)
        plain = [{name: getattr(e, name) for name in _CORE.names} for e in rows]
        fields = {name: pa.array([e.fields.get(name) for e in rows], TEXT) for name in names}
        return cls(pa.Table.from_pylist(plain, _CORE), pa.table(fields) if fields else None)

    @classmethod
    def joined(cls, parts: Sequence[Examples]) -> Examples:
        """All parts one after another."""
        if len({id(part._core) for part in parts}) == 1:
            return parts[0]._with(np.concatenate([part._at for part in parts]))
        sizes = np.cumsum([0, *(part._core.num_rows for part in parts)])
        names = dict.fromkeys(name for part in parts for name in part.fields)
        given = [part._all_fields(names) for part in parts]
        at = [part._at + start for part, start in zip(parts, sizes, strict=False)]
        return cls(
            pa.concat_tables([part._core for part in parts], promote_options="default"),
            pa.concat_tables(given) if names else None,
            np.concatenate(at) if at else [],
        )

    def _all_fields(self, names: Iterable[str]) -> pa.Table:
        """All fields of these names; null where there is none of a name."""
        rows = self._core.num_rows
        columns = {
            name: self._fields.column(name)
            if self._fields is not None and name in self.fields
            else pa.chunked_array([pa.nulls(rows, TEXT)])
            for name in names
        }
        return pa.table(columns)

    def __len__(self) -> int:
        return len(self._at)

    @overload
    def __getitem__(self, index: int) -> Example: ...
    @overload
    def __getitem__(self, index: slice) -> Examples: ...
    def __getitem__(self, index: int | slice) -> Example | Examples:
        if isinstance(index, slice):
            return self._with(self._at[index])
        return self._made(self._at[[index]])[0]

    def __iter__(self) -> Iterator[Example]:
        for start in range(0, len(self._at), _AT_ONCE):
            yield from self._made(self._at[start : start + _AT_ONCE])

    def take(self, positions: npt.ArrayLike) -> Examples:
        return self._with(self._at[np.asarray(positions, np.int64)])

    def column(self, name: str) -> pa.ChunkedArray:
        """A part of an Example for all rows here, in order; all null where the task has none."""
        if name not in self._core.column_names:
            return pa.chunked_array([pa.nulls(len(self), _CORE.field(name).type)])
        column = self._core.column(name)
        return take(pa.table({name: column}), self._at).column(name)

    @property
    def fields(self) -> tuple[str, ...]:
        """Names that `Example.fields` can have."""
        return () if self._fields is None else tuple(self._fields.column_names)

    def field(self, name: str) -> pa.ChunkedArray:
        """One of `fields` for all rows here, "" where a row has none."""
        assert self._fields is not None
        column = pa.table({name: self._fields.column(name)})
        return take(column, self._at).column(name).fill_null("")

    def with_column(self, name: str, values: pa.ChunkedArray) -> Examples:
        """These rows with another label, gold, ...; one value a row."""
        core = take(self._core, self._at)
        at = core.column_names.index(name)
        fields = None if self._fields is None else take(self._fields, self._at)
        return Examples(core.set_column(at, name, values), fields)

    def table(self, prefix: str) -> pa.Table:
        """The rows here as one table, `prefix` in front of the names of `fields`."""
        table = take(self._core, self._at)
        if self._fields is not None:
            for name, column in zip(self.fields, take(self._fields, self._at).columns, strict=True):
                table = table.append_column(f"{prefix}{name}", column)
        return table

    @cached_property
    def rows(self) -> npt.NDArray[np.int64]:
        """`Example.row` of each."""
        return np.asarray(self.column("row").to_numpy(), np.int64)

    def _with(self, at: npt.NDArray[np.int64]) -> Examples:
        return Examples(self._core, self._fields, at)

    def _made(self, at: npt.NDArray[np.int64]) -> list[Example]:
        core = take(self._core, at).to_pylist()
        if self._fields is None:
            return [_example(row, {}) for row in core]
        fields = take(self._fields, at).to_pylist()
        return [_example(row, given) for row, given in zip(core, fields, strict=True)]


def _example(row: dict[str, Any], fields: dict[str, str | None]) -> Example:
    lists = {name: tuple(row.get(name) or ()) for name in _LISTS}
    given = {name: value for name, value in fields.items() if value is not None}
    return Example(row["row"], row["text"], row.get("label"), fields=given, **lists)


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    task: TaskName
    labels: tuple[str, ...]
    """Labels in sorted order; for NER the entity types, without B-/I-; none where the answers are
    texts."""
    train: Examples
    validation: Examples
    test: Examples
    sha256: str
    """Over the files' bytes and how they were read."""
    language: str
    """`en`, `zh` or `other`, from the scripts of the texts."""
    skipped: tuple[Skipped, ...] = ()
    """Rows of the files that are not used: blank, without text, without label."""

    def split(self, name: SplitName) -> Examples:
        rows: Examples = getattr(self, name)
        return rows

    @property
    def rows_skipped(self) -> int:
        return sum(len(skipped.lines) for skipped in self.skipped)

    @property
    def parts(self) -> dict[SplitName, Examples]:
        """The splits that have rows."""
        return {name: rows for name in SPLITS if (rows := self.split(name))}

    @property
    def label_columns(self) -> int:
        """How many labels a row has, each out of a set of its own."""
        if REGISTRY[self.task].gold.shape != "label":
            return 1
        return max(1, *(len(part[0].gold) for part in self.parts.values()))

    def asking(self, column: int) -> Dataset:
        """With the labels of label column number `column`, from 0, as the labels."""
        if self.label_columns == 1:
            return self

        def asked(part: Examples) -> Examples:
            if not part:
                return part
            golds = part.column("gold").to_pylist()
            labels = [gold[column] or None if gold else None for gold in golds]
            return part.with_column("label", pa.chunked_array([pa.array(labels, TEXT)]))

        train, validation, test = (asked(self.split(name)) for name in SPLITS)
        counts = label_counts(self.task, Examples.joined([train, validation, test]))
        labels = tuple(sorted(counts))
        return replace(self, labels=labels, train=train, validation=validation, test=test)

    def everything(self) -> Examples:
        return Examples.joined([self.split(name) for name in SPLITS])

    @property
    def tags(self) -> tuple[str, ...]:
        """NER: O, then B- and I- of every type."""
        return ("O", *(f"{p}-{label}" for label in self.labels for p in "BI"))

    def label_counts(self) -> Counter[str]:
        """Rows a label over all splits; for NER entities a type."""
        return label_counts(self.task, self.everything())


def label_counts(task: TaskName, examples: Examples) -> Counter[str]:
    """Rows a label; for NER entities a type; nothing for tasks whose answers are texts."""
    shape = REGISTRY[task].gold.shape
    if shape == "labels":
        return counted(pc.list_flatten(examples.column("gold")))
    if shape not in ("label", "tags"):
        return Counter()
    if shape == "tags":
        tags = pc.list_flatten(examples.column("tags"))
        begun = tags.filter(pc.starts_with(tags, "B-"))
        return Counter({k[2:]: n for k, n in counted(begun).items()})
    return counted(examples.column("label"))


def counted(values: pa.ChunkedArray) -> Counter[str]:
    """How often each value stands there, nulls left out."""
    found = pc.value_counts(values.drop_null())
    return Counter(
        dict(zip(found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True))
    )
