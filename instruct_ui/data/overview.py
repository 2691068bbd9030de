"""What was read, in figures: for the page, and for anyone who asks before a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from instruct_ui.data.dataset import Dataset, Example, Examples, label_counts
from instruct_ui.data.table import SkipReason, in_pieces
from instruct_ui.spec import SPLITS, SplitName
from instruct_ui.tasks import REGISTRY, TaskName

LINES_SHOWN = 20
_WORD = r"\p{Han}|[^\p{Han}\p{Z}\p{P}\p{S}\p{C}]+"
"""As Arrow (RE2) has it: a Han character, or a run of other letters and digits."""


@dataclass(frozen=True, slots=True)
class Lengths:
    min: int
    median: float
    max: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows of a file that are not used, as `Skipped`, with the first of their lines."""

    reason: SkipReason
    count: int
    lines: tuple[int, ...]
    file: str


@dataclass(frozen=True, slots=True)
class Overview:
    task: TaskName
    rows: int
    """Rows (sentences) that are used."""
    splits: tuple[tuple[SplitName, int], ...]
    """Rows in train, validation, test."""
    labels: tuple[tuple[str, int], ...]
    """Label and its rows, most frequent first; NER: entity type and its entities."""
    unlabelled: int
    """Rows without a label (tags, answer)."""
    characters: Lengths
    words: Lengths
    """Between blanks; in Chinese data every Han character counts as one. NER: tokens."""
    first: tuple[Example, ...]
    language: str
    skipped: tuple[LeftOut, ...]


def overview(dataset: Dataset, first: int = 5) -> Overview:
    """What is in the data set, with its `first` rows."""
    task = dataset.task
    shape = REGISTRY[task].gold.shape
    examples = dataset.everything()
    texts = examples.column("text")
    counts = label_counts(task, examples)
    words = (
        pc.list_value_length(examples.column("tokens"))
        if shape == "tags"
        else _words(texts, dataset.language)
    )
    return Overview(
        task=task,
        rows=len(examples),
        splits=tuple((name, len(dataset.split(name))) for name in SPLITS),
        labels=tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
        unlabelled=int(without_gold(task, examples).sum()),
        characters=_lengths(pc.utf8_length(texts)),
        words=_lengths(words),
        first=tuple(examples[:first]),
        language=dataset.language,
        skipped=tuple(
            LeftOut(s.reason, len(s.lines), s.lines[:LINES_SHOWN], s.file) for s in dataset.skipped
        ),
    )


def without_gold(task: TaskName, examples: Examples) -> npt.NDArray[np.bool_]:
    """Which rows have no label (tags, answer)."""
    shape = REGISTRY[task].gold.shape
    gold = examples.column({"label": "label", "tags": "tags"}.get(shape, "gold"))
    # An empty list of labels, triples or answers is an answer too: none.
    told = shape in ("label", "labels", "triples", "answers")
    without = pc.is_null(gold) if told else pc.equal(pc.list_value_length(gold), 0)
    found = without.fill_null(True).to_numpy(zero_copy_only=False)
    return np.asarray(found, bool)


def _words(texts: pa.ChunkedArray, language: str) -> pa.ChunkedArray:
    if language == "zh":
        return pc.count_substring_regex(texts, _WORD)
    return in_pieces(
        texts,
        lambda some: pc.list_value_length(pc.utf8_split_whitespace(pc.utf8_trim_whitespace(some))),
    )


def _lengths(values: pa.ChunkedArray) -> Lengths:
    if not len(values):
        return Lengths(0, 0, 0)
    numbers = values.fill_null(0).to_numpy()
    return Lengths(int(numbers.min()), float(np.median(numbers)), int(numbers.max()))
