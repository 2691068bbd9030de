"""What an engine is asked and what it answers: the border between the flow and torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from instruct_ui.evaluation.predictions import Answer
from instruct_ui.templates.prompt import Prompt


@dataclass(frozen=True, slots=True)
class Question:
    """One row as a model meets it."""

    prompt: Prompt
    text: str
    """The encoder's text."""
    tokens: tuple[str, ...] = ()
    """NER: the words to tag."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One labelled row: shown as an example, compared with, or trained on."""

    question: Question
    label: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Event:
    """Progress: `kind` is `stage` (name), `progress` (done, total), `estimate` (seconds, bytes),
    `step` (step, steps, epoch, epochs, loss, seconds_left, tokens_per_second, memory) or
    `check` (step, loss, score, best)."""

    kind: str
    values: Mapping[str, float | int | str | bool | None] = field(default_factory=dict)


Listener = Callable[[Event], None]
Stop = Callable[[], bool]
"""True once the person asked to stop; asked at every step."""


class Predictor(Protocol):
    tokens_seen: int
    """Tokens run through the model so far, for tokens a second."""

    def predict(
        self, questions: Sequence[Question], listen: Listener, stop: Stop
    ) -> list[Answer]: ...
