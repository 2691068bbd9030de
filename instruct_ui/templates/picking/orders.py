"""In which order rows are taken as examples when nothing but seed and labels decides."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from instruct_ui.data.dataset import Example, Examples
from instruct_ui.errors import TemplateError
from instruct_ui.tasks import REGISTRY, TaskName
from instruct_ui.templates.picking.kinds import by_kind, has_kinds, kinds_of, shuffled
from instruct_ui.templates.picking.twins import Twins, Unlike, everything

Why = tuple[str, dict[str, Any]]
"""A text key of `picking.yaml` and its parameters."""
Place = tuple[int, Why]
"""A position in the training set, and why it is taken."""
Order = Callable[[Example | None, Unlike], list[Place]]
"""The places for a prompt about a row, out of those that may be shown, in the order shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What a picker is asked for."""

    task: TaskName
    train: Examples
    count: int
    seed: int
    rows: tuple[int, ...]
    twins: Twins


def fixed(wanted: Wanted) -> Order:
    """The rows named, else the first `count`; one that may not be shown is not replaced."""
    size = len(wanted.train)
    for row in wanted.rows:
        if not 0 <= row < size:
            raise TemplateError("example_not_there", row=row, rows=size)
    rows = list(dict.fromkeys(wanted.rows)) or range(min(wanted.count, size))
    return first_of(rows, len(rows), lambda row: ("picking.fixed", {"row": row}))


def at_random(wanted: Wanted) -> Order:
    """Any rows."""
    positions = shuffled(wanted.train, wanted.seed)
    return first_of(positions, wanted.count, lambda _: ("picking.random", {}))


def balanced(wanted: Wanted) -> Order:
    """The same number of every label, labels taken in turn (NER: sentences so that every entity
    type comes up about equally often); random for tasks without labels."""
    return _balanced(wanted, kinds_of(wanted.train, wanted.task), wanted.count)


def per_label(wanted: Wanted) -> Order:
    """`count` rows of every label (NER: at least as many entities of every type)."""
    kinds = kinds_of(wanted.train, wanted.task)
    if REGISTRY[wanted.task].gold.shape == "tags":
        return _covering(wanted, kinds)
    return _balanced(wanted, kinds, wanted.count * len({k for row in kinds for k in row}))


def _balanced(wanted: Wanted, kinds: Sequence[Sequence[str]], count: int) -> Order:
    groups = by_kind(kinds, shuffled(wanted.train, wanted.seed))
    labelled = has_kinds(wanted.task)

    def why(_: int, kind: str) -> Why:
        return for_label(kind) if labelled else ("picking.random", {})

    return in_turn(groups, count, wanted.seed, why)


def for_label(label: str) -> Why:
    """A row taken because it was this label's turn; "": the turn of rows without any."""
    return ("picking.balanced", {"label": label}) if label else ("picking.balanced_none", {})


def _covering(wanted: Wanted, kinds: Sequence[Sequence[str]]) -> Order:
    positions = shuffled(wanted.train, wanted.seed)
    types = {kind for row in kinds for kind in row} - {""}
    tags = wanted.train.column("tags")

    def order(example: Example | None, unlike: Unlike) -> list[Place]:
        missing = dict.fromkeys(types, wanted.count)
        places: list[Place] = []
        for position in unlike(positions, wanted.count * len(types)):
            if not any(left > 0 for left in missing.values()):
                break
            begun = [tag[2:] for tag in tags[position].as_py() or () if tag.startswith("B-")]
            needed = sorted({kind for kind in begun if missing.get(kind, 0) > 0})
            if needed:
                places.append((position, for_label(", ".join(needed))))
                for kind in begun:
                    missing[kind] -= 1
        return places

    return order


def first_of(positions: Sequence[int], count: int, why: Callable[[int], Why]) -> Order:
    """The first `count` of the positions that may be shown."""

    def order(example: Example | None, unlike: Unlike) -> list[Place]:
        return [(position, why(position)) for position in islice(unlike(positions, count), count)]

    return order


def in_turn(
    groups: Mapping[str, Sequence[int]], count: int, seed: int, why: Callable[[int, str], Why]
) -> Order:
    """`count` positions, one of every group after the other; of each group the first ones."""

    def order(example: Example | None, unlike: Unlike) -> list[Place]:
        chosen = taken_in_turn(groups, count, seed, unlike)
        places = [(position, why(position, name)) for position, name in chosen.items()]
        # The last example weighs most in a causal model: a shuffle keeps one label from owning it.
        random.Random(seed + 2).shuffle(places)
        return places

    return order


def taken_in_turn(
    groups: Mapping[str, Sequence[int]], count: int, seed: int, unlike: Unlike = everything
) -> dict[int, str]:
    """Position -> the group whose turn it was, in the order taken."""
    turns = [(name, unlike(groups[name])) for name in sorted(groups)]
    random.Random(seed + 1).shuffle(turns)
    chosen: dict[int, str] = {}
    while turns and len(chosen) < count:
        for turn in list(turns):
            position = next(turn[1], None)
            if position is None:
                turns.remove(turn)
                continue
            chosen.setdefault(position, turn[0])
            if len(chosen) == count:
                break
    return chosen
