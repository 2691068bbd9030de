"""Texts a causal model writes when it draws its words: different ones each time, the same for the
same seed on one machine."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from instruct_ui.engine.base import Event, Listener, Request, Stop, Stopped
from instruct_ui.engine.candidates import Ids
from instruct_ui.engine.causal_form import must_be_alone, writing_form
from instruct_ui.engine.loading import load_base
from instruct_ui.engine.writing import Writer
from instruct_ui.templates.prompt import Prompt

_AT_ONCE = 8
"""Prompts of a batch: a step costs hardly more for eight rows than for one."""


@dataclass(frozen=True, slots=True)
class Sampled:
    number: int
    """Of its prompt, from 0."""
    text: str
    whole: bool
    """False: the most tokens were reached before it ended."""


class Drawing:
    """A `writing.Narrow` that leaves one token, drawn from the likeliest that have `top_p` of the
    probability together (nucleus sampling, Holtzman et al. 2020)."""

    def __init__(
        self,
        temperature: float,
        top_p: float,
        seed: int,
        end: int,
        stop: Stop,
        told: Callable[[int], None],
    ) -> None:
        """`end` ends a text; `told` hears at every token how many rows are being written."""
        self._temperature = temperature
        self._top_p = top_p
        self._generator = torch.Generator().manual_seed(seed)
        self._end = end
        self._stop = stop
        self._told = told
        self.left: frozenset[Ids] | None = None
        """What was being written when the person asked to stop: all of it ends there."""

    def __call__(self, written: Sequence[Ids], logits: Tensor) -> Tensor:
        """(rows, vocabulary): the log-probability of the drawn token, -inf elsewhere."""
        if self.left is None and self._stop():
            self.left = frozenset(written)
        scores = logits.log_softmax(-1)
        if self.left is None:
            self._told(len(written))
            chosen = self._drawn(scores)
        else:
            chosen = torch.full((len(written), 1), self._end, device=scores.device)
        nothing = torch.full_like(scores, -math.inf)
        return nothing.scatter(-1, chosen, scores.gather(-1, chosen))

    def _drawn(self, scores: Tensor) -> Tensor:
        """(rows, 1)"""
        likely, tokens = (scores / self._temperature).softmax(-1).cpu().sort(-1, descending=True)
        likely[likely.cumsum(-1) - likely > self._top_p] = 0.0
        drawn = torch.multinomial(likely, 1, generator=self._generator)
        return tokens.gather(-1, drawn).to(scores.device)


def sampled(
    request: Request,
    prompts: Sequence[Prompt],
    listen: Listener,
    stop: Stop,
    *,
    temperature: float,
    top_p: float,
) -> Iterator[list[Sampled]]:
    """A text behind each prompt, some at a time, in order; without a chat frame, in which small
    models talk to whoever asks instead of going on with the examples.

    Raises Stopped, after what was whole by then; ModelError where a prompt does not fit the window.
    """
    listen(Event("stage", {"name": "load"}))
    base = load_base(request.folder, "causal", request.device)
    listen(Event("stage", {"name": "writing"}))
    form = writing_form(request, base, None)
    plain = must_be_alone(base, request.card)
    writer = Writer(base.model, plain=plain)
    at_once, done, upto = 1 if plain else _AT_ONCE, 0, 0

    def told(rows: int) -> None:
        """Texts end at different times, long before all of a batch do."""
        nonlocal done
        if upto - rows > done:
            done = upto - rows
            listen(Event("progress", {"done": done, "total": len(prompts)}))

    drawing = Drawing(temperature, top_p, request.seed, min(form.ends), stop, told)
    for start in range(0, len(prompts), at_once):
        some = prompts[start : start + at_once]
        upto = start + len(some)
        asked = [form.read(prompt)[0] for prompt in some]
        found: dict[int, Sampled] = {}
        for batch, texts in writer.write(asked, form.most, form.ends, form.ended, drawing):
            for place, one in zip(batch, texts, strict=True):
                whole = len(one.ids) < form.most and one.ids not in (drawing.left or ())
                found[place] = Sampled(start + place, form.text(one.ids), whole)
        if drawing.left is not None and not any(one.whole for one in found.values()):
            raise Stopped
        told(0)
        yield [found[place] for place in sorted(found)]
        if drawing.left is not None:
            raise Stopped
