"""What was read, in figures: for the page, and for anyone who asks before a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from instruct_ui.data.dataset import Dataset, Example, Examples, label_counts
from instruct_ui.data.examples import examples_of
from instruct_ui.data.roles import Roles, guess
from instruct_ui.data.table import Skipped, Table
from instruct_ui.data.tags import Scheme
from instruct_ui.spec import SPLITS
from instruct_ui.tasks import TaskName

_WORD = r"\p{Han}|[^\p{Han}\p{Z}\p{P}\p{S}\p{C}]+"
"""As Arrow (RE2) has it: a Han character, or a run of other letters and digits."""


@dataclass(frozen=True, slots=True)
class Lengths:
    min: int
    median: float
    max: int


@dataclass(frozen=True, slots=True)
class Overview:
    task: TaskName
    rows: int
    """Rows (sentences) that are used."""
    labels: tuple[tuple[str, int], ...]
    """Label and its rows, most frequent first; NER: entity type and its entities."""
    unlabelled: int
    """Rows without a label."""
    characters: Lengths
    words: Lengths
    """Runs of letters and digits; every Han character counts as one. NER: tokens."""
    first: tuple[Example, ...]
    language: str
    skipped: tuple[Skipped, ...]
    splits: tuple[tuple[str, int], ...] = ()
    """Of a Dataset: rows in train, validation, test."""
    scheme: Scheme | None = None
    """Of an NER Table: what its tags were written in."""
    repairs: int = 0
    """Of an NER Table: tags that broke their scheme."""


def overview(source: Table | Dataset, roles: Roles | None = None, first: int = 5) -> Overview:
    """`roles` (guessed where not given) say which columns of a Table count; `first` rows are shown.

    A Table may lack a label column. Raises DataError where it has no text column.
    """
    if isinstance(source, Dataset):
        return _figures(
            source.task,
            source.everything(),
            first,
            language=source.language,
            skipped=source.skipped,
            splits=tuple((name, len(source.split(name))) for name in SPLITS),
        )
    roles = roles or guess(source)
    reading = examples_of(source, roles, need_label=False)
    return _figures(
        roles.task,
        reading.examples,
        first,
        language=reading.language,
        skipped=reading.skipped,
        scheme=reading.scheme,
        repairs=reading.repairs,
    )


def _figures(
    task: TaskName,
    examples: Examples,
    first: int,
    *,
    language: str,
    skipped: tuple[Skipped, ...],
    splits: tuple[tuple[str, int], ...] = (),
    scheme: Scheme | None = None,
    repairs: int = 0,
) -> Overview:
    is_ner = task == "token_classification"
    texts = examples.column("text")
    counts = label_counts(task, examples)
    gold = examples.column("tags" if is_ner else "label")
    words = pc.list_value_length(examples.column("tokens")) if is_ner else _words(texts)
    unlabelled = pc.equal(pc.list_value_length(gold), 0) if is_ner else pc.is_null(gold)
    return Overview(
        task=task,
        rows=len(examples),
        labels=tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
        unlabelled=pc.sum(unlabelled).as_py() or 0,
        characters=_lengths(pc.utf8_length(texts)),
        words=_lengths(words),
        first=tuple(examples[:first]),
        language=language,
        skipped=skipped,
        splits=splits,
        scheme=scheme,
        repairs=repairs,
    )


def _words(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.count_substring_regex(texts, _WORD)


def _lengths(values: pa.ChunkedArray) -> Lengths:
    if not len(values):
        return Lengths(0, 0, 0)
    numbers = values.fill_null(0).to_numpy()
    return Lengths(int(numbers.min()), float(np.median(numbers)), int(numbers.max()))
