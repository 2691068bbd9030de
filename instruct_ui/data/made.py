"""Rows that a model wrote: how they are told from others, and what a new text is held against
before anyone looks at it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from instruct_ui.data.alike import normalised
from instruct_ui.data.checks.near import THRESHOLD, similarities
from instruct_ui.data.dataset import Dataset, Examples
from instruct_ui.data.language import language_of
from instruct_ui.data.table import TEXT, is_blank
from instruct_ui.spec import SplitName
from instruct_ui.texts import Language, say

COLUMN = "made"
"""Says which model wrote a row; "" in rows that were brought."""
_JUDGED_FIRST: tuple[SplitName, ...] = ("test", "validation", "train")
_AT_ONCE = 10_000
_LOOP = re.compile(r"(.{2,9}?)\1{3,}|(.{10,80}?)\2{2,}")
"""Something short four times in a row, or something long three times."""
_LOOP_LENGTH = 16
_BETWEEN = re.compile(r"[\W_]+")
_LATIN = 0.8
"""Least share of A to Z among the letters of a text in data of plain English."""
_COMMON = (0.01, 0.99)
"""Quantiles of the lengths that count as usual."""
_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a text cannot become a row."""

    key: str
    """`making.fault_<key>` says it in words, with `params`."""
    params: Mapping[str, Any] = field(default_factory=dict)

    def message(self, language: Language = "en") -> str:
        params = dict(self.params)
        if "part" in params:
            params["part"] = say(f"datatab.split_{params['part']}", language)
        return say(f"making.fault_{self.key}", language, **params)


@dataclass(frozen=True, slots=True)
class _Like:
    similarity: float
    """1 for the same text but for case, width, blanks and punctuation."""
    part: SplitName
    row: int
    """In its file, from 0."""
    text: str
    is_made: bool


def made_mask(examples: Examples) -> npt.NDArray[np.bool_]:
    """Which of the rows a model wrote."""
    if COLUMN not in examples.fields:
        return np.zeros(len(examples), bool)
    return ~np.asarray(is_blank(examples.field(COLUMN)).to_numpy(zero_copy_only=False), bool)


def brought(examples: Examples) -> Examples:
    """The rows that no model wrote."""
    return examples.take(np.flatnonzero(~made_mask(examples)))


def faults_of(texts: Sequence[str], dataset: Dataset) -> list[Fault | None]:
    """For every text why it cannot become a row of `dataset`; None where it can.

    It must be readable, in the language of the data, about as long as the training rows, and at
    least a tenth unlike every row of every split and every text before it. Similarity is that of
    the check for near duplicates: 1 less the share of characters to take out or put in.
    """
    bounds = _bounds(brought(dataset.train))
    found = [_unreadable(text, dataset.language, bounds) for text in texts]
    open_ = [i for i, fault in enumerate(found) if fault is None]
    known = _most_alike([texts[i] for i in open_], dataset)
    taken: list[str] = []
    plain = _normalised([texts[i] for i in open_])
    for i, own, like in zip(open_, plain, known, strict=True):
        found[i] = _repeats_row(like) if like is not None else _repeats_text(own, taken)
        if found[i] is None:
            taken.append(own)
    return found


def _bounds(rows: Examples) -> tuple[int, int]:
    """(shortest, longest) a text may be, in characters."""
    if not rows:
        return 1, 10_000
    lengths = pc.utf8_length(rows.column("text")).to_numpy()
    low, high = np.quantile(lengths, _COMMON)
    return max(1, int(low // 2)), int(2 * high)


def _unreadable(text: str, language: str, bounds: tuple[int, int]) -> Fault | None:
    least, most = bounds
    if not text.strip() or "\ufffd" in text:
        return Fault("blank")
    loop = _LOOP.search(f"{_BETWEEN.sub(' ', text.casefold())} ")
    if loop is not None and len(loop[0]) >= _LOOP_LENGTH:
        return Fault("loop", {"words": _cut((loop[1] or loop[2]).strip())})
    if not _speaks(text, language):
        return Fault("language")
    if len(text) < least:
        return Fault("short", {"count": len(text), "least": least})
    if len(text) > most:
        return Fault("long", {"count": len(text), "most": most})
    return None


def _speaks(text: str, language: str) -> bool:
    """Whether its letters are those of the data's language, where that can be told from them."""
    if language not in ("en", "zh"):
        return True
    if language == "zh":
        return language_of([text]) == "zh"
    letters = [sign for sign in text if sign.isalpha()]
    return bool(letters) and sum(sign.isascii() for sign in letters) >= _LATIN * len(letters)


def _repeats_row(like: _Like) -> Fault:
    if like.is_made and like.similarity == 1:
        return Fault("added")
    key = "copy" if like.similarity == 1 else "near"
    found = {"part": like.part, "row": like.row + 1, "text": _cut(like.text)}
    return Fault(key, {**found, "similarity": round(100 * like.similarity)})


def _repeats_text(own: str, taken: Sequence[str]) -> Fault | None:
    """`own` and `taken` as normalised."""
    if not taken:
        return None
    return Fault("again") if similarities(own, taken).max() >= THRESHOLD else None


def _normalised(texts: Sequence[str]) -> list[str]:
    plain: list[str] = normalised(pa.chunked_array([pa.array(texts, TEXT)])).to_pylist()
    return plain


def _most_alike(texts: Sequence[str], dataset: Dataset) -> list[_Like | None]:
    """For every text the row most like it, if it is at least `THRESHOLD` alike."""
    best: list[_Like | None] = [None] * len(texts)
    asked = _normalised(texts) if texts else []
    for part in _JUDGED_FIRST:
        rows = dataset.split(part)
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            for i, place, similarity in _likely(asked, some):
                before = best[i]
                if before is None or similarity > before.similarity:
                    is_made = bool(made_mask(some[place : place + 1])[0])
                    row = some[place]
                    best[i] = _Like(similarity, part, row.row, row.text, is_made)
    return best


def _likely(asked: Sequence[str], rows: Examples) -> Iterator[tuple[int, int, float]]:
    """(number of the text, place of the row most like it, similarity) of those alike enough."""
    known = normalised(rows.column("text"))
    sizes = pc.utf8_length(known).to_numpy()[:, None]
    lengths = np.array([len(text) for text in asked])
    # What one text has more than the other is to be taken out in any case.
    possible = np.abs(sizes - lengths) <= (1 - THRESHOLD) * (sizes + lengths) + 1e-6
    places = np.flatnonzero(possible.any(axis=1))
    texts = known.take(pa.array(places)).to_pylist()
    for i, text in enumerate(asked):
        own = np.flatnonzero(possible[places, i])
        if not len(own):
            continue
        likeness = similarities(text, [texts[place] for place in own])
        best = int(likeness.argmax())
        if likeness[best] >= THRESHOLD:
            yield i, int(places[own[best]]), float(likeness[best])


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN].rstrip()} …"
