"""How far two labellings of the same things agree beyond chance: Cohen's kappa (Cohen 1960).

Counted in numpy, as the page asks for it after every answer; a test holds it against scikit-learn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Agreement:
    kappa: float | None
    """None where both used one and the same label throughout: chance alone would do so too."""
    share: float
    """Of the things labelled the same."""
    count: int
    """Things labelled twice: rows, or the tokens of sentences."""


def agreement(first: Sequence[str], second: Sequence[str]) -> Agreement:
    """Of two labels for each of the same things. Raises ValueError for none, or unequal lengths."""
    if not first or len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} labels cannot be compared")
    names, coded = np.unique([*first, *second], return_inverse=True)
    a, b = coded[: len(first)], coded[len(first) :]
    seen = float((a == b).mean())
    shares = [np.bincount(part, minlength=len(names)) / len(part) for part in (a, b)]
    chance = float(shares[0] @ shares[1])
    kappa = (seen - chance) / (1 - chance) if chance < 1 else None
    return Agreement(kappa, seen, len(first))
