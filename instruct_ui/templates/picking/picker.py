"""Who picks: made once for a training set, asked for every row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from instruct_ui.data.dataset import Example, Examples
from instruct_ui.spec import Picker
from instruct_ui.tasks import TaskName
from instruct_ui.templates.picking import compared, hard, orders
from instruct_ui.templates.picking.orders import Order, Place, Wanted, Why
from instruct_ui.templates.picking.twins import Twins

Way = Picker | Literal["per_label"]

_ORDERS: dict[Way, Callable[[Wanted], Order]] = {
    "fixed": orders.fixed,
    "random": orders.at_random,
    "balanced": orders.balanced,
    "per_label": orders.per_label,
    "nearest": compared.nearest,
    "diverse": compared.diverse,
    "hard": hard.hard,
}


@dataclass(frozen=True, slots=True)
class Picked:
    """One training row shown as an example."""

    example: Example
    position: int
    """In the training set."""
    why: Why
    """Text key and parameters: what it was picked for."""


class ShotPicker:
    """Picks at most `count` rows of `train`, the same for the same seed.

    fixed: the rows at positions `rows`, all of them (the first `count` where none are named);
    random, balanced, nearest, diverse, hard: as `orders`, `compared` and `hard` say;
    per_label: `count` rows of every label. Raises TemplateError where a fixed row is not there.
    Whatever is costly (vectors of all texts) is done here, so one picker serves many rows; it can
    be asked from several threads.
    """

    def __init__(
        self,
        task: TaskName,
        train: Examples,
        count: int,
        picker: Way,
        seed: int,
        rows: Sequence[int] = (),
    ) -> None:
        self._train = train
        self._twins = Twins(train, task)
        wanted = Wanted(task, train, count, seed, tuple(rows), self._twins)
        self._order = _ORDERS[picker](wanted)
        self._usual = self._chosen(None)
        self._usual_picked = self._picked(self._usual)
        self._twins.normalised([position for position, _ in self._usual])

    def for_row(self, example: Example | None) -> tuple[Picked, ...]:
        """The examples for a prompt about `example`: never that row or a near duplicate of it.

        One that is left out is replaced by the next, except where rows are fixed. None: about no
        row in particular.
        """
        if example is None:
            return self._usual_picked
        places = self._chosen(example)
        return self._usual_picked if places == self._usual else self._picked(places)

    def _chosen(self, example: Example | None) -> list[Place]:
        return self._order(example, self._twins.left_out(example))

    def _picked(self, places: Sequence[Place]) -> tuple[Picked, ...]:
        rows = self._train.take([position for position, _ in places])
        return tuple(Picked(e, p, why) for e, (p, why) in zip(rows, places, strict=True))
