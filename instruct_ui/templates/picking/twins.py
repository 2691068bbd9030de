"""Rows that are the row asked about, or nearly: shown as examples they would give its answer away.

What counts as nearly the same is what the check for near duplicates says (`data.checks.near`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa

from instruct_ui.data.alike import normalised, read_columns, read_fields
from instruct_ui.data.checks.near import THRESHOLD, similarities
from instruct_ui.data.dataset import Example, Examples
from instruct_ui.tasks import TaskName


class Unlike(Protocol):
    """Of these positions those that may be shown, in the same order; some `likely` are asked for,
    and looked at in one go."""

    def __call__(self, positions: Sequence[int], likely: int = 1) -> Iterator[int]: ...


class Twins:
    """Tells the rows of `train` that no prompt about a given row may show."""

    def __init__(self, train: Examples, task: TaskName) -> None:
        self._train = train
        self.fields = read_fields([train], task)
        """What is read beside the text."""
        self._known: dict[int, list[str]] = {}

    def read(self, example: Example) -> list[str]:
        """All that is read of a row, part by part."""
        return [example.text, *(example.fields.get(name, "") for name in self.fields)]

    def left_out(self, example: Example | None) -> Unlike:
        """Leaves out `example` and its near duplicates; None: nothing."""
        if example is None:
            return everything
        asked = normalised(pa.chunked_array([self.read(example)])).to_pylist()

        def unlike(positions: Sequence[int], likely: int = 1) -> Iterator[int]:
            start, end = 0, max(1, likely)
            while start < len(positions):
                some = positions[start:end]
                yield from (
                    p for p, near in zip(some, self._near(asked, some), strict=True) if not near
                )
                start, end = end, 4 * end

        return unlike

    def normalised(self, positions: Sequence[int]) -> list[list[str]]:
        """All that is read of the rows there, in few calls; kept for the next time."""
        new = [p for p in positions if p not in self._known]
        if new:
            read = read_columns(self._train.take(new), self.fields)
            columns = [normalised(column).to_pylist() for column in read]
            self._known.update(zip(new, map(list, zip(*columns, strict=True)), strict=True))
        return [self._known[p] for p in positions]

    def _near(self, asked: Sequence[str], positions: Sequence[int]) -> list[bool]:
        likeness = np.ones(len(positions))
        columns = zip(*self.normalised(positions), strict=True)
        for part, column in zip(asked, columns, strict=True):
            likeness = np.minimum(likeness, similarities(part, column))
        return [bool(near) for near in likeness >= THRESHOLD]


def everything(positions: Sequence[int], likely: int = 1) -> Iterator[int]:
    """An `Unlike` that leaves nothing out."""
    return iter(positions)
