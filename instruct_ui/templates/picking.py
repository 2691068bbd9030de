"""Which training rows are shown as examples. Only training rows ever come here."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from instruct_ui.data.dataset import Example, Examples
from instruct_ui.errors import TemplateError
from instruct_ui.spec import Picker
from instruct_ui.templates.template import Block


def pick(
    train: Examples,
    count: int,
    picker: Picker,
    seed: int,
    rows: Sequence[int] = (),
) -> tuple[Example, ...]:
    """At most `count` rows, the same for the same seed.

    fixed: the rows at positions `rows` (the first `count` rows where none are named);
    random: any; balanced: the same number of every label, labels taken in turn
    (NER: sentences so that every entity type comes up about equally often).
    """
    if picker == "fixed":
        return tuple(_at(train, position) for position in rows) or tuple(train[:count])
    shuffled = _shuffled(train, seed)
    if picker == "random":
        return tuple(train.take(shuffled[:count]))
    keys = _keys(train)
    by_label: dict[str, list[int]] = defaultdict(list)
    for position in shuffled:
        for key in keys[position]:
            by_label[key].append(position)
    return tuple(train.take(_in_turn(by_label, count, seed)))


def shots_for_preview(
    block: Block | None, train: Examples, example: Example
) -> tuple[Example, ...]:
    """The examples of a template's `examples` block for a prompt that asks for `example`, never the
    row itself."""
    if block is None:
        return ()
    same = [i for i in (train.rows == example.row).nonzero()[0] if train[int(i)] == example]
    others = train.take([i for i in range(len(train)) if i not in same]) if same else train
    return pick(others, block.shots, block.picker, block.seed, block.rows)


def pick_per_label(train: Examples, per_label: int, seed: int) -> tuple[Example, ...]:
    """`per_label` rows of every label (NER: at least as many entities of every type)."""
    keys = _keys(train)
    labels = {key for found in keys for key in found}
    if not train or not train[0].tokens:
        return pick(train, per_label * len(labels), "balanced", seed)
    missing = dict.fromkeys(labels - {""}, per_label)
    chosen = []
    for example in train.take(_shuffled(train, seed)):
        kinds = [t[2:] for t in example.tags if t.startswith("B-")]
        if any(missing.get(kind, 0) > 0 for kind in kinds):
            chosen.append(example)
            for kind in kinds:
                missing[kind] = missing.get(kind, 0) - 1
    return tuple(chosen)


def _shuffled(train: Examples, seed: int) -> list[int]:
    positions = list(range(len(train)))
    random.Random(seed).shuffle(positions)
    return positions


def _at(train: Examples, position: int) -> Example:
    if not 0 <= position < len(train):
        raise TemplateError("example_not_there", row=position, rows=len(train))
    return train[position]


def _keys(train: Examples) -> list[list[str]]:
    """What each row stands for: its label, or the entity types in it."""
    if train and train[0].tokens:
        return [
            sorted({t[2:] for t in tags if t != "O"}) or [""]
            for tags in train.column("tags").to_pylist()
        ]
    return [[label or ""] for label in train.column("label").to_pylist()]


def _in_turn(by_label: dict[str, list[int]], count: int, seed: int) -> list[int]:
    chosen: dict[int, None] = {}
    queues = [by_label[label] for label in sorted(by_label)]
    random.Random(seed + 1).shuffle(queues)
    depth = 0
    while len(chosen) < count and any(depth < len(queue) for queue in queues):
        for queue in queues:
            if depth < len(queue) and len(chosen) < count:
                chosen.setdefault(queue[depth])
        depth += 1
    # The last example weighs most in a causal model: a shuffle keeps one label from owning it.
    order = list(chosen)
    random.Random(seed + 2).shuffle(order)
    return order
