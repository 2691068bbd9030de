"""The texts of a data set as they are labelled: each different one once, in a seeded order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from instruct_ui.data.dataset import Dataset, Example
from instruct_ui.data.overview import without_gold
from instruct_ui.data.words import placed_words

Positions = npt.NDArray[np.int64]


def hash_of(text: str) -> str:
    """What a text is found by again, in whatever row of whatever version it stands."""
    return f"{_hash(text):016x}"


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest(), "big")


class LabelTexts:
    """A text that stands in several rows is one text here. Held are only numbers, 24 bytes a text:
    the texts themselves are read from the data set when they are asked for."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self._rows = dataset.everything()
        column = self._rows.column("text").combine_chunks().dictionary_encode()
        codes = np.asarray(column.indices.to_numpy(zero_copy_only=False))
        first = np.unique(codes, return_index=True)[1]
        # In the order of the file, which another split does not change.
        self._at = first[np.argsort(self._rows.rows[first], kind="stable")]
        texts = (column.dictionary[code].as_py() for code in codes[self._at].tolist())
        self._hashes = np.fromiter(map(_hash, texts), np.uint64, len(self._at))
        self._sorted = np.argsort(self._hashes)
        self._has_gold = ~without_gold(dataset.task, self._rows)[self._at]
        self.order = lru_cache(maxsize=4)(self._order)

    def __len__(self) -> int:
        return len(self._at)

    def _order(self, seed: int) -> Positions:
        """All texts as they come to be labelled: first those the file says nothing of."""
        mixed = np.random.RandomState(seed % 2**32).permutation(len(self))
        return mixed[np.argsort(self._has_gold[mixed], kind="stable")]

    def hash(self, position: int) -> str:
        return f"{int(self._hashes[position]):016x}"

    def example(self, position: int) -> Example:
        """The first row that has the text."""
        return self._rows[int(self._at[position])]

    def examples(self, positions: Sequence[int]) -> list[Example]:
        return list(self._rows.take(self._at[list(positions)])) if positions else []

    def find(self, hashes: Collection[str]) -> dict[str, int]:
        """Hash -> position, of those that are here."""
        asked = list(hashes)
        if not asked or not len(self):
            return {}
        numbers = np.array([int(text_hash, 16) for text_hash in asked], np.uint64)
        places = np.searchsorted(self._hashes, numbers, sorter=self._sorted)
        found = self._sorted[np.minimum(places, len(self) - 1)]
        there = self._hashes[found] == numbers
        return {h: int(p) for h, p, ok in zip(asked, found, there, strict=True) if ok}

    def first_open(self, order: Positions, closed: Collection[int], count: int) -> list[int]:
        """The first `count` positions of `order` that are not in `closed`."""
        shut = np.zeros(len(self), bool)
        shut[list(closed)] = True
        return [int(p) for p in order[~shut[order]][:count]]


def words_with_gaps(example: Example, language: str) -> list[tuple[str, str]]:
    """The words of a sentence to mark entities in, each with the blank in front of it."""
    if example.tokens:
        glue = "" if language == "zh" else " "
        return [("" if i == 0 else glue, word) for i, word in enumerate(example.tokens)]
    found: list[tuple[str, str]] = []
    end = 0
    for start, word in placed_words(example.text, language):
        if word.strip():
            found.append((example.text[end:start], word))
            end = start + len(word)
    return found
