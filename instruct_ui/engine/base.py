"""What an engine is asked and what it answers: the border between the flow and torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from instruct_ui.evaluation.predictions import Answer
from instruct_ui.models.card import ModelCard
from instruct_ui.spec import Approach
from instruct_ui.tasks import REGISTRY, TaskName, Way
from instruct_ui.templates.prompt import ChatFrame, Prompt


@dataclass(frozen=True, slots=True)
class Question:
    """One row as a model meets it."""

    prompt: Prompt
    text: str
    """The encoder's text; of a question to a passage the passage."""
    tokens: tuple[str, ...] = ()
    """NER: the words to tag."""
    second: str = ""
    """The question to a passage."""
    choices: tuple[str, ...] = ()
    """Answers of which one is right; where there are any, none is written."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One labelled row: shown as an example, compared with, or trained on."""

    question: Question
    label: str | None = None
    tags: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    """Labels of a row that has several."""
    answer: str = ""
    """The gold, written as an answer."""


@dataclass(frozen=True, slots=True)
class Enforced:
    """A constraint that what a model writes cannot but keep."""

    kind: Literal["label", "json", "pattern"]
    block: int
    """Number of its block in the template, from 1."""
    words: tuple[str, ...] = ()
    """Label: what can be answered."""
    several: bool = False
    """Label: whether several of `words` can be, with commas between."""
    none: str = ""
    """Label: the word that stands alone where none of `words` is right; "": there is none."""
    json_schema: str = "{}"
    """Json: the schema, as JSON."""
    pattern: str = ""
    """Pattern: what the whole answer matches."""


@dataclass(frozen=True)
class Event:
    """Progress. `kind`, and what stands in `values`:

    stage: name (load, chat, train, predict); progress: done, total;
    step: step, steps, epoch, epochs, loss, seconds_left, tokens_per_second, memory_bytes;
    check: step, loss, score, best (bool); partial: metric, score, low, high, rows.
    """

    kind: Literal["stage", "progress", "step", "check", "partial"]
    values: Mapping[str, float | int | str | bool | None] = field(default_factory=dict)


Listener = Callable[[Event], None]
Stop = Callable[[], bool]
"""True once the person asked to stop; asked at every step."""


@dataclass(frozen=True)
class Request:
    """Everything a predictor is made of, for any family of models."""

    card: ModelCard
    folder: Path
    """The model's files, or a tuned model's."""
    task: TaskName
    labels: tuple[str, ...]
    """As in the data set; for NER the entity types."""
    words: tuple[str, ...]
    """The answer word of each label, in the order of `labels`."""
    descriptions: tuple[str, ...]
    """What an encoder compares a text with, in the order of `labels`."""
    approach: Approach
    known: tuple[str, ...] = ()
    """All answers known to the data, for the way `known_answers`."""
    answer_tokens: int = 32
    """Most tokens of a written answer."""
    answer_lines: bool = False
    """Whether a written answer may have several lines."""
    enforced: tuple[Enforced, ...] = ()
    """What written answers of causal models cannot but keep."""
    shots: tuple[Shot, ...] = ()
    """Few-shot: the picked rows."""
    train: tuple[Shot, ...] = ()
    """Fine-tuning: the rows trained on."""
    validation: tuple[Shot, ...] = ()
    at_hand: tuple[Shot, ...] = ()
    """Labelled training rows not among the shots, on which `chat: auto` is decided."""
    blank: Question | None = None
    """The row without content, for contextual calibration."""
    chat: Literal["auto", "on", "off"] = "auto"
    frame: ChatFrame | None = None
    """The model's chat frame; None where it has none."""
    device: str = "auto"
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    seed: int = 0
    out: Path | None = None
    """Where the best checkpoint goes while fine-tuning."""

    @property
    def way(self) -> Way | None:
        """How the model comes to its answer; None where it cannot do the task by this approach."""
        return REGISTRY[self.task].way(self.card.family, self.approach.kind)


class Predictor(Protocol):
    @property
    def tokens_seen(self) -> int:
        """Tokens run through the model by `predict` so far."""

    facts: Mapping[str, str | float | bool]
    """What was decided on the way (chat on or off, number format, method, steps)."""

    def predict(
        self, questions: Sequence[Question], listen: Listener, stop: Stop
    ) -> list[Answer]: ...


@dataclass(frozen=True)
class Opened:
    """A predictor ready to answer, and how long it took to get there."""

    predictor: Predictor
    seconds_load: float
    seconds_train: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """From a few trial steps on the rows at hand."""

    seconds: float
    memory_bytes: int
    steps: int
    dtype: str


class Stopped(Exception):
    """The person asked to stop, and there is nothing to keep."""
