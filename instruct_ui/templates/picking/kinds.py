"""What a row is an example of: its label, its labels, or the entity types in it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence

from instruct_ui.data.dataset import Examples
from instruct_ui.tasks import REGISTRY, TaskName

_SHAPES = ("label", "labels", "tags")


def has_kinds(task: TaskName) -> bool:
    """Whether rows of the task have labels or entity types, and not answers of their own."""
    return REGISTRY[task].gold.shape in _SHAPES


def kinds_of(train: Examples, task: TaskName) -> list[list[str]]:
    """For every row its kinds, sorted; [""] where it has none."""
    shape = REGISTRY[task].gold.shape
    if shape == "tags":
        tags = train.column("tags").to_pylist()
        return [sorted({t[2:] for t in row or () if t != "O"}) or [""] for row in tags]
    if shape == "labels":
        return [sorted(set(gold or ())) or [""] for gold in train.column("gold").to_pylist()]
    if shape == "label":
        return [[label or ""] for label in train.column("label").to_pylist()]
    return [[""]] * len(train)


def by_kind(kinds: Sequence[Sequence[str]], positions: Iterable[int]) -> dict[str, list[int]]:
    """The positions of every kind, in the order given."""
    found: dict[str, list[int]] = defaultdict(list)
    for position in positions:
        for kind in kinds[position]:
            found[kind].append(position)
    return found


def shuffled(train: Examples, seed: int) -> list[int]:
    """All positions in a seeded order."""
    positions = list(range(len(train)))
    random.Random(seed).shuffle(positions)
    return positions
