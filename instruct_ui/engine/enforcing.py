"""Constraints that a model cannot but keep while it writes.

A grammar (llguidance) says which tokens may come next. That alone would leave answers unfinished
where the most tokens are reached. So a way from where the answer stands to its end is always known
that fits what is left, and a token from which none is found is not taken.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from instruct_ui.engine.base import Enforced
from instruct_ui.engine.candidates import Ids
from instruct_ui.engine.enforcing_grammars import grammar_of, numbers, patterns_in
from instruct_ui.engine.enforcing_way_out import WayOut, after, may_follow, singles
from instruct_ui.errors import ModelError, TemplateError

if TYPE_CHECKING:
    from llguidance import LLMatcher

_FIRST_LOOK = (2000, 10.0)
_LOOK = (200, 1.0)
"""Most points looked at for a way to the end, and seconds: before anything is written, and behind
a token."""
_FUEL = 2_000_000
"""For the tokens of one place, some 0.1 s; ten times what is given by default, which patterns of
whole sentences use up."""
_TRIES = 8
"""Tokens tried at a place before the known way is taken."""


@dataclass(frozen=True, slots=True)
class _Point:
    matcher: LLMatcher
    """Never moved on: a further point has a copy."""
    out: Ids
    """Tokens that would make the answer whole; none where it is."""


class Enforcer:
    """Keeps the answers of one model to all of `enforced` at once."""

    def __init__(
        self,
        enforced: Sequence[Enforced],
        tokenizer: Any,
        *,
        model: str,
        vocabulary: int,
        most: int,
        ends: frozenset[int],
        mark: str | None,
    ) -> None:
        """`vocabulary`: how many logits the model gives; `ends` and `mark`: what ends an answer
        (`WritingForm`).

        Raises TemplateError where they are too large to be enforced or no answer of `most` tokens
        that keeps them all is found, ModelError where the tokenizer is of a kind that llguidance
        does not know.
        """
        from llguidance import LLMatcher, LLParserLimits

        self._blocks = numbers(enforced)
        known = _read_tokenizer(tokenizer, model, vocabulary, ends)
        grammar = LLMatcher.grammar_from_lark(grammar_of(enforced, mark))
        limits = LLParserLimits(step_lexer_fuel=_FUEL)
        start = LLMatcher(known, grammar, log_level=0, limits=limits)
        if start.is_error():
            raise TemplateError("enforcing_too_much", blocks=self._blocks)
        patterns = [pattern for one in enforced for pattern in patterns_in(one)]
        closes = any(one.kind == "json" for one in enforced)
        self._way_out = WayOut(known, patterns, closes)
        out = self._way_out.search(start, most, *_FIRST_LOOK)
        if out is None:
            raise TemplateError("enforcing_no_answer", blocks=self._blocks, tokens=most)
        self._vocabulary = vocabulary
        self._most = most
        lines = [text for text in ("\n", "\n\n") if mark is not None and mark in text]
        self._ends = sorted({*ends, *singles(known, lines)})
        self._start = _Point(start, out)
        self._points: dict[Ids, _Point] = {}

    def narrow(self, written: Sequence[Ids], logits: Tensor) -> Tensor:
        """(rows, vocabulary) log-probabilities, -inf for what must not follow what each row has
        `written`, each time the greatest. A row that has ended is left as it is.

        Raises TemplateError where the grammar becomes too large.
        """
        points = [self._points.get(ids) if ids else self._start for ids in written]
        may = torch.from_numpy(np.stack([self._may_follow(point) for point in points]))
        scores = logits.masked_fill(~may.to(logits.device), -math.inf).log_softmax(-1)
        self._points = {}
        for ids, point, row in zip(written, points, scores, strict=True):
            if point is not None:
                self._settle(ids, point, row)
        return scores

    def _may_follow(self, point: _Point | None) -> NDArray[np.bool_]:
        if point is None:
            return np.ones(self._vocabulary, np.bool_)
        may = may_follow(point.matcher, self._vocabulary)
        may[self._ends] = point.matcher.is_accepting()
        may[list(point.out[:1])] = True
        return may

    def _settle(self, ids: Ids, point: _Point, scores: Tensor) -> None:
        """Sees to it that the greatest of `scores` (vocabulary) leads to the answer's end in time,
        and keeps where it leads."""
        given, whole = scores.clone(), point.matcher.is_accepting()
        left = self._most - len(ids) - 1
        for _ in range(_TRIES):
            token = int(scores.argmax())
            if whole and token in self._ends:
                return
            behind = self._behind(point, token, left)
            if behind is not None:
                self._points[(*ids, token)] = behind
                return
            scores[token] = -math.inf
        known = self._ends if whole else list(point.out[:1])
        if not whole:
            behind = self._behind(point, point.out[0], left)
            if behind is None:  # llguidance gives up beyond its limits
                raise TemplateError("enforcing_too_much", blocks=self._blocks)
            self._points[(*ids, point.out[0])] = behind
        kept = given[known]
        scores.fill_(-math.inf)
        scores[known] = kept

    def _behind(self, point: _Point, token: int, left: int) -> _Point | None:
        """The point behind `token`, from which at most `left` tokens lead to the end; None where
        that is not possible or no way is found."""
        matcher = after(point.matcher, (token,))
        if matcher is None:
            return None
        if point.out[:1] == (token,):
            return _Point(matcher, point.out[1:])
        # Inside a string, say, what would close the answer stays the same.
        for rest in (point.out, point.out[1:]):
            same = after(matcher, rest) if len(rest) <= left else None
            if same is not None and same.is_accepting():
                return _Point(matcher, rest)
        out = self._way_out.search(matcher, left, *_LOOK)
        return None if out is None else _Point(matcher, out)


def _read_tokenizer(tokenizer: Any, model: str, vocabulary: int, ends: frozenset[int]) -> Any:
    from llguidance.hf import from_tokenizer

    try:
        return from_tokenizer(tokenizer, n_vocab=vocabulary, eos_token=sorted(ends))
    except (ValueError, RuntimeError) as error:
        raise ModelError("enforcing_tokenizer", model=model, cause=str(error)) from error
