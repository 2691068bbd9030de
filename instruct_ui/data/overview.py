"""What was read, in figures: for the page, and for anyone who asks before a run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from instruct_ui.data.dataset import Dataset, Example
from instruct_ui.data.examples import examples_of
from instruct_ui.data.language import HAN
from instruct_ui.data.roles import Roles, guess
from instruct_ui.data.table import Skipped, Table
from instruct_ui.data.tags import Scheme
from instruct_ui.spec import SPLITS
from instruct_ui.tasks import TaskName

_WORD = re.compile(rf"[{HAN}]|[^\W{HAN}]+")


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
        parts = [(n, source.split(n)) for n in SPLITS]
        rows = [e for _, part in parts for e in part]
        return _figures(
            source.task,
            rows,
            first,
            language=source.language,
            skipped=source.skipped,
            splits=tuple((n, len(part)) for n, part in parts),
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
    examples: Sequence[Example],
    first: int,
    *,
    language: str,
    skipped: tuple[Skipped, ...],
    splits: tuple[tuple[str, int], ...] = (),
    scheme: Scheme | None = None,
    repairs: int = 0,
) -> Overview:
    is_ner = task == "token_classification"
    if is_ner:
        counts = Counter(t[2:] for e in examples for t in e.tags if t.startswith("B-"))
        words = [len(e.tokens) for e in examples]
    else:
        counts = Counter(e.label for e in examples if e.label is not None)
        words = [len(_WORD.findall(e.text)) for e in examples]
    return Overview(
        task=task,
        rows=len(examples),
        labels=tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
        unlabelled=sum(not e.tags if is_ner else e.label is None for e in examples),
        characters=_lengths([len(e.text) for e in examples]),
        words=_lengths(words),
        first=tuple(examples[:first]),
        language=language,
        skipped=skipped,
        splits=splits,
        scheme=scheme,
        repairs=repairs,
    )


def _lengths(values: Sequence[int]) -> Lengths:
    return Lengths(min(values), median(values), max(values)) if values else Lengths(0, 0, 0)
