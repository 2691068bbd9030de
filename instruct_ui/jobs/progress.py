"""What is kept of a job's progress: the newest of each kind, and a curve that stays small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from instruct_ui.storage.records import Json, NewEvent

STEPS_KEPT = 300
_EVERY = 0.25
"""Seconds between two writes: at most four a second."""
_PER_STRIDE = 30
_ALWAYS = {"stage", "check"}


class ProgressLog:
    """Gathers events until they are written. Times are seconds of any steady clock."""

    def __init__(self) -> None:
        self.stage = ""
        self.newest: Json = {}
        self._pending: list[NewEvent] = []
        self._dirty = False
        self._written_at = float("-inf")
        self._steps_seen = 0
        self._steps_kept = 0

    def add(self, kind: str, values: Mapping[str, Any]) -> None:
        plain = dict(values)
        if kind == "stage":
            self.stage = str(plain.get("name", ""))
            # What the stage before counted says nothing about this one.
            self.newest.pop("progress", None)
        self.newest[kind] = plain
        self._dirty = True
        if kind in _ALWAYS or (kind == "step" and self._keeps_step(plain)):
            self._pending.append(NewEvent(kind, plain))

    def due_in(self, moment: float) -> float | None:
        """Seconds until the next write; None while there is nothing to write."""
        return max(0.0, self._written_at + _EVERY - moment) if self._dirty else None

    def pending(self) -> Sequence[NewEvent]:
        return tuple(self._pending)

    def written(self, count: int, moment: float) -> None:
        """The first `count` pending events and the newest values are in the database."""
        del self._pending[:count]
        self._dirty = bool(self._pending)
        self._written_at = moment

    def put_off(self, moment: float) -> None:
        """A write failed: everything is still pending, for later."""
        self._written_at = moment

    def _keeps_step(self, values: Json) -> bool:
        """Evenly thinned where the number of steps is known, ever more sparsely where not."""
        step, steps = values.get("step"), values.get("steps")
        self._steps_seen += 1
        if self._steps_kept >= STEPS_KEPT:
            return False
        if isinstance(step, int) and isinstance(steps, int) and steps > 0:
            keeps = step % -(-steps // STEPS_KEPT) == 0 or step == steps
        else:
            keeps = self._steps_seen % 2 ** (self._steps_kept // _PER_STRIDE) == 0
        self._steps_kept += keeps
        return keeps
