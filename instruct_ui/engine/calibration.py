"""Contextual calibration (Zhao et al. 2021). Knows no model and no torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def probabilities(scores: Floats) -> Floats:
    """Softmax over the last axis: log-probabilities of the label words -> label probabilities."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    weights = np.exp(shifted)
    shares: Floats = weights / weights.sum(axis=-1, keepdims=True)
    return shares


def calibrated(scores: Floats, blank: Floats) -> Floats:
    """Label probabilities [rows, labels] with the prompt's own leaning taken out.

    `blank` [labels] are the scores of the same prompt around a text without content. The paper's
    W = diag(p_blank)^-1 applied to p and brought back to sum one; computed in logarithms, where a
    constant per label (its length, its rarity) cancels.
    """
    return probabilities(scores - blank)
