"""How alike texts are: the cosine of their TF-IDF vectors over hashed words and n-grams.

The vectors lie by term, as an inverted index: a text is compared with those that share a term with
it, and terms of nearly every text cost nothing. numpy alone, because the page picks too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from instruct_ui.data.checks.minhash import begins
from instruct_ui.templates.picking.terms import BITS, Numbers, cleaned, helpings, terms

_ROW_BITS, _COUNT_BITS = 15, 8
MOST_TEXTS = 1 << _ROW_BITS
_COUNTS = (1 << _COUNT_BITS) - 1
_CHARACTERS = 2_000_000
"""Of all texts together so many are read, ..."""
_FIRST = 100
"""... but of each at least these."""
_COMMON = 2_500
"""A term that stands in more texts tells them apart too little to be worth its time."""
_DIGITS = 4
"""Of a likeness. The last bits of a sum differ between machines, and must decide nothing."""
_SKETCH_BITS, _CELL_BITS = 15, 23
"""Most dimensions of a sketch, and most numbers in all of them, as powers of 2."""
_MIX = np.uint32(0x85EBCA6B)

Values = npt.NDArray[np.float32]


class Likeness:
    """Texts that others are compared with; at most `MOST_TEXTS`.

    `columns`: the parts of each text. Each part counts the same, however long it is, and is
    compared with the same part of the other.
    """

    def __init__(self, columns: Sequence[pa.ChunkedArray]) -> None:
        self.size = len(columns[0])
        self._parts = len(columns)
        self._cut = max(_FIRST, _CHARACTERS // max(1, self.size * self._parts))
        self._texts = [cleaned(column, self._cut) for column in columns]
        found = _counted(self._texts)
        texts = np.bincount(_term(found), minlength=self._parts << BITS)
        self._idf = np.log1p(self.size / np.maximum(texts, 1)).astype(np.float32)
        self._idf[texts > _COMMON] = 0
        found = found[self._idf[_term(found)] > 0]
        self._row = _row(found).astype(np.uint16)
        self._value = self._unit(found, self.size)
        self._ends = np.cumsum(np.where(self._idf > 0, texts, 0))
        self.blank = np.bincount(self._row, minlength=self.size) == 0
        """Which of the texts say nothing that could be compared."""

    def to(self, text: Sequence[str]) -> Values:
        """Cosine of every text to this one, which has the same parts: 0 to 1."""
        return self._to([cleaned(pa.chunked_array([[part]]), self._cut) for part in text])

    def to_row(self, row: int) -> Values:
        """Cosine of every text to the one at this position."""
        return self._to([texts[row : row + 1] for texts in self._texts])

    def to_mean(self, rows: Numbers) -> Values:
        """How near every text is to the mean of those at these positions: greatest is nearest."""
        chosen = np.bincount(rows, minlength=self.size) > 0
        term = self._terms()
        mean = np.bincount(term, self._value * chosen[self._row], len(self._idf))
        return self._rounded(np.bincount(self._row, self._value * mean[term], self.size))

    def sketches(self) -> Values:
        """All vectors folded into fewer dimensions with random signs (Weinberger et al. 2009), so
        that all pairs are quick: their products are the cosines, on average give or take 0.02 at
        4,000 texts and 0.01 at 250. (texts, 2,048 or, with fewer texts, more)"""
        bits = min(_SKETCH_BITS, _CELL_BITS - self.size.bit_length())
        # Mixed first, or the same word in two parts of a text would fall together.
        mixed = (self._terms().astype(np.uint32) * _MIX) >> np.uint32(31 - bits)
        place = (self._row.astype(np.int64) << bits) + (mixed >> np.uint32(1))
        signed = np.where(mixed & np.uint32(1), self._value, -self._value)
        folded = np.bincount(place, signed, self.size << bits)
        return folded.astype(np.float32).reshape(self.size, 1 << bits)

    def _terms(self) -> Numbers:
        """The term of every value."""
        return np.repeat(np.arange(len(self._ends)), np.diff(self._ends, prepend=0))

    def _to(self, parts: Sequence[list[str]]) -> Values:
        found = _counted(parts)
        found = found[self._idf[_term(found)] > 0]
        value, term = self._unit(found, 1), _term(found)
        ends = self._ends[term]
        sizes = ends - np.where(term > 0, self._ends[term - 1], 0)
        at = np.arange(sizes.sum()) + np.repeat(ends - np.cumsum(sizes), sizes)
        products = self._value[at] * np.repeat(value, sizes)
        return self._rounded(np.bincount(self._row[at], products, self.size))

    def _unit(self, found: Numbers, size: int) -> Values:
        """TF-IDF with the logarithm of the count; a text's parts as long as each other, and all of
        it of length 1."""
        value = 1 + np.log((found & _COUNTS).astype(np.float32))
        value *= self._idf[_term(found)]
        part = _row(found) * self._parts + (_term(found) >> BITS)
        squares = np.bincount(part, value * value, size * self._parts)
        there = np.count_nonzero(squares.reshape(size, self._parts), axis=1)
        lengths = np.sqrt(squares * np.repeat(there, self._parts)).astype(np.float32)
        value /= lengths[part]
        return value

    @staticmethod
    def _rounded(likeness: npt.NDArray[Any]) -> Values:
        return np.asarray(likeness.round(_DIGITS), np.float32)


def _counted(parts: Sequence[Sequence[str]]) -> Numbers:
    """Every term of every text once: term, position of the text and how often it stands there, as
    one whole number, rising. (That sorts ten times as fast as places do, and takes less memory.)"""
    packed = [np.empty(0, np.int64)]
    for number, texts in enumerate(parts):
        for start, end in helpings(texts):
            row, term = terms(texts[start:end])
            keys = np.sort((((number << BITS) + term) << _ROW_BITS) + row + start)
            first = np.flatnonzero(begins(keys))
            counts = np.diff(first, append=len(keys)).clip(max=_COUNTS)
            packed.append((keys[first] << _COUNT_BITS) + counts)
    found = np.concatenate(packed)
    found.sort()
    return found


def _term(found: Numbers) -> Numbers:
    return found >> (_ROW_BITS + _COUNT_BITS)


def _row(found: Numbers) -> Numbers:
    return (found >> _COUNT_BITS) & (MOST_TEXTS - 1)
