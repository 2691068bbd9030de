"""What a task is: its columns, how answers to it are judged, and which models can answer how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from instruct_ui.texts import Language

Shape = Literal[
    "text", "label", "labels", "tokens", "tags", "answers", "turns", "triples", "place", "choices"
]
"""What a cell of a column holds: `labels` several of them, `tokens` and `tags` one a token,
`answers` accepted answers with or without their place in the passage, `turns` of a conversation,
`triples` of subject, relation and object, `place` a number of characters or a pair of them,
`choices` answers of which one is right."""

Family = Literal["encoder", "causal", "seq2seq"]
Kind = Literal["zero_shot", "few_shot", "fine_tune"]
Way = Literal[
    "labels", "tags", "label_set", "best_sentence", "central_sentences", "known_answers", "writing"
]
"""How a model comes to an answer. `labels`: a score for each label, the best counts; `tags`: one
a token; `label_set`: a yes or no for each label; `best_sentence`: the sentence of the passage that
fits the question; `central_sentences`: those that stand for a text; `known_answers`: the best of
the answers known to the data; `writing`: it writes, and what it wrote is read back."""


@dataclass(frozen=True, slots=True)
class Role:
    """One column of a task."""

    name: str
    shape: Shape
    names: tuple[str, ...]
    """What people call such a column, lower case, most telling first."""
    gold: bool = False
    """Never shown to a model with the row it belongs to."""
    needed: bool = True
    several: bool = False
    """Whether there can be `<name>_2`, `<name>_3`, ... beside it: a second label, more answers."""
    title: dict[Language, str] = field(default_factory=dict)
    """What people call it, where the catalogue of texts does not say."""


@dataclass(frozen=True)
class Task:
    name: str
    roles: tuple[Role, ...]
    """The first is what the model reads first of all; needed ones before others."""
    headline_metric: str
    """The metric a comparison is decided on."""
    ways: Mapping[tuple[Family, Kind], Way] = field(default_factory=lambda: MappingProxyType({}))
    """What can do it by which approach, and how; what is not named cannot."""
    text_metrics: tuple[str, ...] = ()
    """Answers that are texts: the metrics they are judged by, the headline metric among them."""
    starters: tuple[str, str] = ("", "")
    """The library's template a new project begins with, in English and in Chinese."""
    answer_tokens: int = 32
    """Most tokens of a written answer."""
    answer_lines: bool = False
    """Whether a written answer may have several lines."""
    title: dict[Language, str] = field(default_factory=dict)
    """What people call it, where the catalogue of texts does not say."""
    telling: bool = False
    """Whether columns that are called so are enough to take a file for this task's."""

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(role.name for role in self.roles)

    @property
    def reads(self) -> tuple[Role, ...]:
        return tuple(role for role in self.roles if not role.gold)

    @property
    def gold(self) -> Role:
        """The column answers are judged by."""
        return next(role for role in self.roles if role.gold)

    @property
    def second(self) -> Role | None:
        """The other column that has to be read: a second text, a question to the passage."""
        return next((role for role in self.reads[1:] if role.needed), None)

    @property
    def writes_text(self) -> bool:
        """Whether the answer is a text, and not labels, tags or triples."""
        return self.gold.shape in ("text", "answers")

    def way(self, family: Family, kind: Kind) -> Way | None:
        """None where models of this family cannot do the task by approach `kind`."""
        return self.ways.get((family, kind))

    def role(self, name: str) -> Role | None:
        """`label_2` is a `label` where there can be several; None: no role of this task."""
        stem, _, number = name.rpartition("_")
        for role in self.roles:
            if role.name == name:
                return role
            if role.several and stem == role.name and number.isdigit() and int(number) > 1:
                return role
        return None


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


KINDS: tuple[Kind, ...] = ("zero_shot", "few_shot", "fine_tune")
AS_IT_IS: tuple[Kind, ...] = ("zero_shot", "few_shot")


def ways(way: Way, **kinds: tuple[Kind, ...]) -> dict[tuple[Family, Kind], Way]:
    """`ways("labels", encoder=KINDS)`: what models of each family named do by which approaches."""
    families: dict[str, Family] = {"encoder": "encoder", "causal": "causal", "seq2seq": "seq2seq"}
    return {(families[name], kind): way for name, of in kinds.items() for kind in of}
