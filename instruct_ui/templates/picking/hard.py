"""Hard rows: those at the border between two labels; for NER sentences with many, rare types."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from instruct_ui.data.alike import codes
from instruct_ui.tasks import REGISTRY
from instruct_ui.templates.picking.compared import instead_of_hard, likeness_of
from instruct_ui.templates.picking.kinds import by_kind, has_kinds, kinds_of, shuffled
from instruct_ui.templates.picking.likeness import Values
from instruct_ui.templates.picking.orders import (
    Order,
    Wanted,
    Why,
    for_label,
    in_turn,
    taken_in_turn,
)
from instruct_ui.templates.picking.terms import Numbers

MOST = 4_000
"""Rows that are compared with each other; of more a seeded sample, labels taken in turn."""
_AT_ONCE = 500


def hard(wanted: Wanted) -> Order:
    """Rows near a border, labels taken in turn: the nearest row with another label is about as near
    as the nearest one with the same (`borders`). Texts that stand there with several labels show no
    border but a mistake, and are left out.

    For NER see `_many_types`. Without two labels to stand between: diverse rows.
    """
    kinds = kinds_of(wanted.train, wanted.task)
    if REGISTRY[wanted.task].gold.shape == "tags":
        return _many_types(wanted, kinds)
    if not has_kinds(wanted.task):
        return instead_of_hard(wanted)
    groups = by_kind(kinds, shuffled(wanted.train, wanted.seed))
    at = np.sort(np.array([*taken_in_turn(groups, MOST, wanted.seed)], np.int64))
    at = at[_agreeing(wanted, at)]
    strength, neighbour = borders(likeness_of(wanted, at).sketches(), [kinds[p] for p in at])
    if not strength.any():
        return instead_of_hard(wanted)
    ranks = np.argsort(-strength, kind="stable")
    between = dict(zip(at[ranks].tolist(), at[neighbour[ranks]].tolist(), strict=True))
    alone = set(at[strength == 0].tolist())

    def why(position: int, label: str) -> Why:
        if position in alone:
            return for_label(label)
        own, other = (", ".join(kinds[p]) for p in (position, between[position]))
        return "picking.hard", {"own": own, "other": other}

    return in_turn(by_kind(kinds, between), wanted.count, wanted.seed, why)


def _agreeing(wanted: Wanted, at: Numbers) -> Numbers:
    """Places in `at`: each text once, and those left out that have several golds."""
    rows = wanted.train.take(at)
    text = codes(rows, wanted.task, "normalised")
    answered = codes(rows, wanted.task, "normalised", gold=True)
    golds = np.bincount(text[np.unique(answered, return_index=True)[1]], minlength=1)
    first = np.sort(np.unique(text, return_index=True)[1])
    return np.asarray(first[golds[text[first]] == 1], np.int64)


def borders(vectors: Values, kinds: Sequence[Sequence[str]]) -> tuple[Values, Numbers]:
    """(how much each row stands at a border, its nearest row without a kind in common).

    With cosines `near` and `far` to the nearest row of its own kind and of another one, whichever
    is less far: far / near says how equally near both are, and times `far` how near at all. One is
    added where its own kind is as near as the other, because else the label may as well be wrong.
    0: nothing in common with one of both.
    """
    names = sorted({kind for row in kinds for kind in row})
    member = np.array([[name in row for name in names] for row in kinds], np.float32)
    own, other = np.zeros((2, len(kinds)), np.float32)
    neighbour = np.zeros(len(kinds), np.int64)
    for start in range(0, len(kinds), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        cosine = vectors[some] @ vectors.T
        same = member[some] @ member.T > 0
        apart = np.where(same, -1, cosine)
        neighbour[some] = apart.argmax(axis=1)
        other[some] = apart.max(axis=1)
        cosine[np.arange(len(cosine)), np.arange(start, start + len(cosine))] = -1  # the row itself
        own[some] = np.where(same, cosine, -1).max(axis=1)
    far, near = np.minimum(own, other).clip(min=0), np.maximum(own, other).clip(min=1e-6)
    strength = (far * far / near).round(4)
    return np.where(strength > 0, strength + (own >= other), 0).astype(np.float32), neighbour


def _many_types(wanted: Wanted, kinds: Sequence[Sequence[str]]) -> Order:
    """Sentences by the number of different entity types in them, each counted by how rare it is:
    the sum of log(1 + sentences / sentences with the type). Types taken in turn."""
    sentences = Counter(kind for row in kinds for kind in row)
    weight = {kind: math.log1p(len(kinds) / n) for kind, n in sentences.items() if kind}
    if not weight:
        return instead_of_hard(wanted)
    score = [sum(weight.get(kind, 0.0) for kind in row) for row in kinds]
    positions = sorted(shuffled(wanted.train, wanted.seed), key=lambda at: -score[at])
    groups = by_kind(kinds, positions)
    groups.pop("", None)
    return in_turn(
        groups,
        wanted.count,
        wanted.seed,
        lambda at, _: ("picking.hard_types", {"types": ", ".join(kinds[at])}),
    )
