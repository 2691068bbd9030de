"""From where an answer stands in its grammar to its end: a short way, found by trying."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import regex
from numpy.typing import NDArray

from instruct_ui.engine.candidates import Ids

if TYPE_CHECKING:
    from llguidance import LLMatcher, LLTokenizer

_FEW = 32
"""So few tokens can follow that each is tried."""
_UNLIKE = 4
"""Tokens tried beside single characters, which a script without ASCII has none of."""
_CLOSING = '}]",:'
"""In JSON, in the order they are tried; inside a string only the quote closes anything."""
_PLENTY = "aA0 "
"""Characters tried where many tokens can follow."""
_PIECE = regex.compile(
    r"\[\^?\]?(?:\\.|[^\]])*\]|\(\?[^():]*:?|\{[\d,]*\}|\\\w|\\(\W)|([^\\\[\](){}|?*+.^$]+)"
)
"""Of a pattern: a set, how a group opens, a count, a class; an escaped mark, a run of letters."""

_Steps = Iterator[tuple[Ids, tuple[Ids, ...]]]
"""Tokens to write, and what is tried behind them in which order."""


class WayOut:
    def __init__(self, tokenizer: LLTokenizer, patterns: Sequence[str], closes: bool) -> None:
        """What stands in `patterns` by the letter is tried early: `.* = (a|b)` hardly ends by
        chance. `closes`: brackets and quotes close something, as in JSON."""
        found = [run for pattern in patterns for run in _literals(pattern)]
        spelt = [tuple(tokenizer.tokenize_bytes(run.encode())) for run in dict.fromkeys(found)]
        self._turns = (*spelt, *((token,) for token in singles(tokenizer, _PLENTY)))
        self._plenty = singles(tokenizer, _PLENTY)
        self._closing = singles(tokenizer, _CLOSING) if closes else []
        self._quote = singles(tokenizer, '"') if closes else []
        texts = [tokenizer.decode_bytes([i]) for i in range(tokenizer.vocab_size)]
        # Longest first; what is not ASCII last, since it may be a piece of a letter.
        ranks = [(not text.isascii(), -len(text)) for text in texts]
        self._ranks = np.argsort(sorted(range(len(ranks)), key=ranks.__getitem__))

    def search(self, start: LLMatcher, room: int, most: int, seconds: float) -> Ids | None:
        """At most `room` tokens that make the answer whole; None where none were found within
        `most` steps and `seconds`. Depth first: what closes a string, a list or an object before
        all else."""
        if start.is_accepting():
            return ()
        until = time.monotonic() + seconds
        trail: list[tuple[LLMatcher, Ids, _Steps]] = [(start, (), self._steps(start, self._turns))]
        for _ in range(most):
            if not trail or time.monotonic() > until:
                break
            at, ids, steps = trail[-1]
            more, turns = next(steps, ((), ()))
            if not more:
                trail.pop()
                continue
            further = after(at, more) if len(ids) + len(more) <= room else None
            if further is None:
                continue
            if further.is_accepting():
                return ids + more
            trail.append((further, ids + more, self._steps(further, turns)))
        return None

    def _steps(self, at: LLMatcher, turns: tuple[Ids, ...]) -> _Steps:
        """What to write at `at`; of `turns` the one just used comes last behind it, so that none
        is written for ever."""
        may = may_follow(at, len(self._ranks))
        possible = np.flatnonzero(may)
        few = len(possible) <= _FEW
        for token in self._closing if few else self._quote:
            if may[token]:
                yield (token,), turns
        for place, turn in enumerate(turns):
            if may[turn[0]] and not (few and turn[0] in self._plenty):
                yield turn, (*turns[:place], *turns[place + 1 :], turn)
        ranked = possible[np.argsort(self._ranks[possible])]
        for token in ranked[: _FEW if few else _UNLIKE].tolist():
            yield (token,), turns


def after(matcher: LLMatcher, ids: Sequence[int]) -> LLMatcher | None:
    """The point `ids` lead to; None where they must not stand there."""
    further = matcher.deep_copy()
    return further if further.try_consume_tokens(list(ids)) == len(ids) else None


def may_follow(matcher: LLMatcher, size: int) -> NDArray[np.bool_]:
    """(`size`,) which tokens of the vocabulary can follow, with those that end an answer where it
    is whole; none where llguidance gave up."""
    # A copy, because a matcher that gave up here can still be told what follows.
    mask = np.frombuffer(matcher.deep_copy().compute_bitmask(), np.uint8)
    return np.unpackbits(mask, count=size, bitorder="little").astype(np.bool_)


def singles(tokenizer: LLTokenizer, texts: Sequence[str]) -> list[int]:
    """The tokens of those texts that are one token, in order."""
    spelt = [tokenizer.tokenize_bytes(text.encode()) for text in texts]
    return list(dict.fromkeys(ids[0] for ids in spelt if len(ids) == 1))


def _literals(pattern: str) -> list[str]:
    """What stands in a pattern by the letter, in pieces."""
    return [mark or run for mark, run in _PIECE.findall(pattern) if mark or run]
