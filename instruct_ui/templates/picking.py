"""Which training rows are shown as examples. Only training rows ever come here."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from instruct_ui.data.dataset import Example
from instruct_ui.errors import TemplateError
from instruct_ui.templates.template import Picker, Template


def pick(
    train: Sequence[Example],
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
    shuffled = list(train)
    random.Random(seed).shuffle(shuffled)
    if picker == "random":
        return tuple(shuffled[:count])
    by_label: dict[str, list[Example]] = defaultdict(list)
    for example in shuffled:
        for key in _keys(example):
            by_label[key].append(example)
    return _in_turn(by_label, count, seed)


def shots_for_preview(
    template: Template, train: Sequence[Example], example: Example
) -> tuple[Example, ...]:
    """The template's own examples for a prompt that asks for `example`, never the row itself."""
    block = template.block("examples")
    if block is None:
        return ()
    others = [e for e in train if e is not example]
    return pick(others, block.shots, block.picker, block.seed, block.rows)


def pick_per_label(train: Sequence[Example], per_label: int, seed: int) -> tuple[Example, ...]:
    """`per_label` rows of every label (NER: at least as many entities of every type)."""
    labels = {key for example in train for key in _keys(example)}
    if not train or not train[0].tokens:
        return pick(train, per_label * len(labels), "balanced", seed)
    shuffled = list(train)
    random.Random(seed).shuffle(shuffled)
    missing = dict.fromkeys(labels - {""}, per_label)
    chosen = []
    for example in shuffled:
        kinds = [t[2:] for t in example.tags if t.startswith("B-")]
        if any(missing.get(kind, 0) > 0 for kind in kinds):
            chosen.append(example)
            for kind in kinds:
                missing[kind] = missing.get(kind, 0) - 1
    return tuple(chosen)


def _at(train: Sequence[Example], position: int) -> Example:
    if not 0 <= position < len(train):
        raise TemplateError("example_not_there", row=position, rows=len(train))
    return train[position]


def _keys(example: Example) -> list[str]:
    if example.tokens:
        return sorted({t[2:] for t in example.tags if t != "O"}) or [""]
    return [example.label or ""]


def _in_turn(by_label: dict[str, list[Example]], count: int, seed: int) -> tuple[Example, ...]:
    chosen: dict[int, Example] = {}
    queues = [by_label[label] for label in sorted(by_label)]
    random.Random(seed + 1).shuffle(queues)
    depth = 0
    while len(chosen) < count and any(depth < len(queue) for queue in queues):
        for queue in queues:
            if depth < len(queue) and len(chosen) < count:
                chosen.setdefault(id(queue[depth]), queue[depth])
        depth += 1
    # The last example weighs most in a causal model: a shuffle keeps one label from owning it.
    order = list(chosen.values())
    random.Random(seed + 2).shuffle(order)
    return tuple(order)
