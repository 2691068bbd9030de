"""Rows picked by how alike their texts are: near the row asked about, or unlike one another."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import islice

import numpy as np

from instruct_ui.data.alike import codes, read_columns
from instruct_ui.data.dataset import Example
from instruct_ui.templates.picking.kinds import shuffled
from instruct_ui.templates.picking.likeness import Likeness, Values
from instruct_ui.templates.picking.orders import Order, Place, Wanted, Why, balanced, first_of
from instruct_ui.templates.picking.terms import Numbers
from instruct_ui.templates.picking.twins import Unlike

MOST = 20_000
"""Rows that are compared; of more a seeded sample."""
_CENTRES = 300
_ABOUT = 0.05
_SPARE = 8
"""Centres found beyond those wanted, for those that may not be shown with a row."""


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Rows of the training set, each text once, with how alike they are."""

    positions: Numbers
    """Position in the training set, rising."""
    likeness: Likeness


def compared(wanted: Wanted) -> Compared:
    """At most `MOST` rows."""
    at = np.sort(np.asarray(shuffled(wanted.train, wanted.seed)[:MOST], np.int64))
    code = codes(wanted.train.take(at), wanted.task, "normalised")
    at = at[np.sort(np.unique(code, return_index=True)[1])]
    return Compared(at, likeness_of(wanted, at))


def likeness_of(wanted: Wanted, at: Numbers) -> Likeness:
    """Of the rows at these positions, over all that is read of them."""
    return Likeness(read_columns(wanted.train.take(at), wanted.twins.fields))


def nearest(wanted: Wanted) -> Order:
    """The rows most like the row asked about, the most alike one last, next to the question (Liu et
    al. 2022, who compare by sentence vectors). With no row to be near to: balanced."""
    rows = compared(wanted)
    without = balanced(wanted)

    def order(example: Example | None, unlike: Unlike) -> list[Place]:
        if example is None:
            return without(example, unlike)
        likeness = rows.likeness.to(wanted.twins.read(example))
        ranks = np.argsort(-likeness, kind="stable")  # of equals the earlier row
        candidates = unlike(rows.positions[ranks].tolist(), wanted.count + 1)
        chosen = [*islice(candidates, wanted.count)][::-1]
        near = likeness[np.searchsorted(rows.positions, chosen)].tolist()
        whys = (("picking.nearest", {"likeness": f"{value:.2f}"}) for value in near)
        return list(zip(chosen, whys, strict=True))

    return order


def diverse(wanted: Wanted) -> Order:
    """Rows as unlike each other as can be: k-center greedy (Sener and Savarese 2018), begun at the
    row nearest to the mean of a seeded half of the rows. Beyond 300 rows: those least like these
    300."""
    return _spread(wanted, "picking.diverse")


def instead_of_hard(wanted: Wanted) -> Order:
    """Diverse rows, where no row is between two labels."""
    return _spread(wanted, "picking.hard_diverse")


def _spread(wanted: Wanted, key: str) -> Order:
    rows = compared(wanted)
    ranks, closest = k_center(rows.likeness, wanted.count + _SPARE, wanted.seed)
    positions = rows.positions[ranks].tolist()
    told = dict(zip(positions, closest[ranks].tolist(), strict=True))

    def why(position: int) -> Why:
        if position == positions[0]:
            return f"{key}_first", {}
        return key, {"likeness": f"{told[position]:.2f}"}

    return first_of(positions, wanted.count, why)


def k_center(likeness: Likeness, count: int, seed: int) -> tuple[Numbers, Values]:
    """(all rows, the centres first in the order found; likeness of each to the centres before).

    Short texts have nothing in common with most others, so rows that are about as unlike the
    centres as the most unlike one count the same, and the most typical of them is taken. Texts that
    say nothing come last.
    """
    closest = likeness.blank.astype(np.float32)
    left = ~likeness.blank
    half = random.Random(seed).sample(range(likeness.size), (likeness.size + 1) // 2)
    typical = likeness.to_mean(np.asarray(half, np.int64))
    found: list[int] = []
    while left.any() and len(found) < min(count, _CENTRES):
        unlike = left & (closest <= closest[left].min() + _ABOUT)
        centre = int(np.argmax(np.where(unlike, typical, -1)))
        found.append(centre)
        left[centre] = False
        closest[left] = np.maximum(closest, likeness.to_row(centre))[left]
    rest = np.setdiff1d(np.arange(likeness.size), found)
    rest = rest[np.argsort(closest[rest], kind="stable")]
    return np.asarray([*found, *rest.tolist()], np.int64), closest
