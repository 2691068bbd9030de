"""Two texts word by word: what stayed, what went, what came. Chinese goes by character, and what
jinja fills in counts as one word."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal

import regex

_UNIT = regex.compile(
    r"\{\{[^{}]*\}\}|\{%[^{}]*%\}"
    r"|[\p{Han}\p{Hiragana}\p{Katakana}]"
    r"|(?:(?![\p{Han}\p{Hiragana}\p{Katakana}])\w)+"
    r"|\s+|.",
    regex.DOTALL,
)
_MOST_WORK = 100_000
"""Pairs of equal words in two texts; with more they are compared line by line, so that a page waits
a second at most. Two different texts of two thousand Chinese characters have half of it."""
_FEW = 5
_HARDLY = 0.2
"""Of texts with more than a few words that share less, single words in common tell nothing."""


@dataclass(frozen=True, slots=True)
class Piece:
    what: Literal["equal", "removed", "added"]
    text: str


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """`equal` and `removed` joined are `before`, `equal` and `added` joined are `after`."""
    found: list[Piece] = []
    runs = _runs(before, after)
    stayed = _bag("".join(old for old, new in runs if old == new)).total()
    words = _bag(before).total(), _bag(after).total()
    if min(words) >= _FEW and stayed < _HARDLY * max(words):
        runs = [(before, after)]
    for old, new in runs:
        if old == new:
            found.append(Piece("equal", old))
        else:
            found += [Piece("removed", old)] if old else []
            found += [Piece("added", new)] if new else []
    return tuple(found)


def likeness(before: str, after: str) -> float:
    """0 to 1: the share of words that both have, whatever their order (Dice's coefficient on
    multisets); what is neither letter, digit nor jinja does not count."""
    one, other = _bag(before), _bag(after)
    both = (one & other).total()
    return 2 * both / max(1, one.total() + other.total())


@lru_cache(maxsize=256)
def _bag(text: str) -> Counter[str]:
    units = (unit.casefold() for unit in _UNIT.findall(text))
    return Counter(unit for unit in units if unit[0].isalnum() or unit.startswith(("{{", "{%")))


def _runs(before: str, after: str) -> list[tuple[str, str]]:
    """(old, new) in order; the same text twice where it stayed, never two such in a row."""
    old, new = _units(before, after)
    start = _in_common(old, new)
    end = _in_common(old[start:][::-1], new[start:][::-1])
    middle_old, middle_new = old[start : len(old) - end], new[start : len(new) - end]
    found = [("".join(old[:start]),) * 2]
    matcher = SequenceMatcher(str.isspace, middle_old, middle_new, autojunk=False)
    for _, a, b, c, d in matcher.get_opcodes():
        found.append(("".join(middle_old[a:b]), "".join(middle_new[c:d])))
    found.append(("".join(old[len(old) - end :]),) * 2)
    return _smoothed([run for run in found if run != ("", "")])


def _units(before: str, after: str) -> tuple[list[str], list[str]]:
    """Words; lines, or the whole texts, where words would take too long."""
    words = _UNIT.findall(before), _UNIT.findall(after)
    lines = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return next(
        (both for both in (words, lines) if _work(*both) <= _MOST_WORK), ([before], [after])
    )


def _work(old: list[str], new: list[str]) -> int:
    start = _in_common(old, new)
    one, other = Counter(old[start:]), Counter(new[start:])
    return sum(count * other[unit] for unit, count in one.items() if not unit.isspace())


def _in_common(one: list[str], other: list[str]) -> int:
    """How many they have in common from the beginning on."""
    pairs = zip(one, other, strict=False)
    shorter = min(len(one), len(other))
    return next((i for i, (a, b) in enumerate(pairs) if a != b), shorter)


def _smoothed(runs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Blanks alone between two changes are part of one change, which is easier to read."""
    found: list[tuple[str, str]] = []
    for i, (old, new) in enumerate(runs):
        stayed = old == new
        if found and stayed and old.isspace() and i + 1 < len(runs) and not _stayed(found[-1]):
            stayed = False
        if found and stayed == _stayed(found[-1]):
            found[-1] = (found[-1][0] + old, found[-1][1] + new)
        else:
            found.append((old, new))
    return found


def _stayed(run: tuple[str, str]) -> bool:
    return run[0] == run[1]
