"""Texts as terms: words and n-grams of characters, hashed, many texts at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

BITS = 18
"""Terms are hashed into so many dimensions, as a power of 2."""
_AT_ONCE = 200_000
_WIDE = 0x2E80
"""From here on Unicode has Han, kana, Hangul and emoji: one character says as much as a word or a
syllable, and where words end cannot be seen."""
_BLANK = ord(" ")
_SMALL = r"[\p{P}\p{Z}\p{C}]+"
_FACTOR = 0x9E3779B1
_INVERSE = pow(_FACTOR, -1, 1 << 32)
_WORD = np.uint32(0x85EBCA6B)
"""Sets a word apart from the same letters inside another one."""

Numbers = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint32]


def cleaned(texts: pa.ChunkedArray, most: int) -> list[str]:
    """The first `most` characters of each in lower case and compatibility forms (NFKC), with one
    blank for all that is neither letter nor sign, and one at either end."""
    start = pc.utf8_slice_codeunits(texts, 0, most)
    small = pc.utf8_lower(pc.utf8_normalize(start, form="NFKC"))
    bare = pc.replace_substring_regex(small, _SMALL, " ")
    return [f" {text.strip()} " for text in bare.to_pylist()]


def helpings(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(start, end) of stretches of some 200,000 characters, so that what hashing needs on the way
    stays small."""
    start = size = 0
    for at, text in enumerate(texts, start=1):
        size += len(text)
        if size >= _AT_ONCE or at == len(texts):
            yield start, at
            start, size = at, 0


def terms(texts: Sequence[str]) -> tuple[Numbers, Numbers]:
    """(position of the text, hash of the term), one pair for each time that a term stands there.

    Terms are words, and n-grams of 3 to 5 characters; of 1 to 3 where the first one is a Han, kana,
    Hangul or other wide character. Hashes are those of Karp and Rabin (1987): all of them come out
    of one running sum.
    """
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    characters = np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32)
    owner = np.repeat(np.arange(len(texts)), lengths)
    starts, ends, words = _spans(characters, owner)
    sums = np.zeros(len(characters) + 1, np.uint32)
    np.cumsum(characters * _powers(_FACTOR, len(characters)), dtype=np.uint32, out=sums[1:])
    hashes = (sums[ends] - sums[starts]) * _powers(_INVERSE, len(characters))[starts]
    hashes[len(hashes) - words :] ^= _WORD
    # The upper bits depend on all characters, the lower ones on their lower bits alone.
    hashes = (hashes * np.uint32(_FACTOR)) >> np.uint32(32 - BITS)
    return owner[starts], hashes.astype(np.int64)


def _spans(characters: Hashes, owner: Numbers) -> tuple[Numbers, Numbers, int]:
    """(start, end) of all terms, and how many of them, which stand last, are words."""
    wide = characters >= _WIDE
    starts, ends = [], []
    for size in range(1, 6):
        last = len(characters) - size + 1
        whole = owner[: max(0, last)] == owner[size - 1 :]
        if size != 3:  # the one size that both have
            whole &= wide[: len(whole)] if size < 3 else ~wide[: len(whole)]
        found = np.flatnonzero(whole)
        starts.append(found)
        ends.append(found + size)
    letter = characters != _BLANK
    edges = np.flatnonzero(letter[1:] != letter[:-1]) + 1
    plain = ~wide[edges[::2]]
    starts.append(edges[::2][plain])
    ends.append(edges[1::2][plain])
    return np.concatenate(starts), np.concatenate(ends), int(plain.sum())


def _powers(factor: int, count: int) -> Hashes:
    return np.cumprod(np.full(count, factor, np.uint32), dtype=np.uint32)
