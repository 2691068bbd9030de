"""What a task is: the columns it reads and is judged by, and what people call such columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Shape = Literal["text", "label", "labels", "tokens", "tags", "answers", "turns", "triples", "place"]
"""What a cell of a column holds: `labels` several of them, `tokens` and `tags` one a token,
`answers` accepted answers with or without their place in the passage, `turns` of a conversation,
`triples` of subject, relation and object, `place` a number of characters or a pair of them."""


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


@dataclass(frozen=True)
class Task:
    name: str
    roles: tuple[Role, ...]
    """The first is what the model reads first of all; needed ones before others."""
    headline_metric: str
    """The metric a comparison is decided on."""
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
