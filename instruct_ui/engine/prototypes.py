"""Few-shot heads on frozen sentence vectors: nearest prototype, or logistic regression.

Both take the description of a label as a further shot, so a label without shots still has one:
its description. Knows no torch and no texts: vectors of length 1 and label numbers.

- prototypes (Snell et al. 2017): a label's vector is the mean of its shots plus half its
  description; a text goes to the label of the highest cosine. Good where shots are vague.
- logistic: L2-regularised multinomial logistic regression, C = 10 (1 and 100 were no better on
  Banking77 with 8 shots a label). Good where the shots tell the labels apart well.
- auto: below four shots a label logistic, as so few cannot tell which is better; from there on the
  one with more right answers in five-fold cross-validation on the shots, on a tie logistic.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

Vectors = NDArray[np.float32]
Numbers = NDArray[np.int64]
Head = Callable[[Vectors], Vectors]
"""(rows, hidden) to (rows, labels) probabilities."""
Method = Literal["prototypes", "logistic"]

_DESCRIPTION_WEIGHT = 0.5
_C = 10.0
_FOLDS = 5
_ENOUGH_SHOTS = 4


def fit(method: Method, shots: Vectors, gold: Numbers, descriptions: Vectors) -> Head:
    """A head out of (shots, hidden) vectors, their label numbers, and (labels, hidden)."""
    if method == "prototypes":
        return nearest(centres(shots, gold, descriptions))
    return _logistic(shots, gold, descriptions)


def centres(shots: Vectors, gold: Numbers, descriptions: Vectors) -> Vectors:
    """(labels, hidden) prototypes of length 1; a label without shots has its description."""
    found = _DESCRIPTION_WEIGHT * descriptions
    for label in np.unique(gold):
        found[label] += shots[gold == label].mean(axis=0)
    scaled: Vectors = found / np.linalg.norm(found, axis=1, keepdims=True)
    return scaled


def choose(shots: Vectors, gold: Numbers, descriptions: Vectors, seed: int) -> Method:
    """The method for `auto`, by cross-validation on the shots (see the module's text)."""
    if len(shots) < _ENOUGH_SHOTS * len(descriptions):
        return "logistic"
    right: dict[Method, int] = {"logistic": 0, "prototypes": 0}
    for kept, held in KFold(min(_FOLDS, len(shots)), shuffle=True, random_state=seed).split(shots):
        for method in right:
            head = fit(method, shots[kept], gold[kept], descriptions)
            right[method] += int((head(shots[held]).argmax(1) == gold[held]).sum())
    return max(right, key=lambda method: right[method])


def nearest(centres: Vectors) -> Head:
    """Softmax over the cosines to one centre a label, at a temperature that fits the model.

    Encoders spread their cosines differently (0 to 0.9, or 0.7 to 0.9), so the temperature is a
    tenth of the mean distance between two centres. It makes confidences comparable in kind; they
    are not calibrated.
    """
    apart = 1 - (centres @ centres.T)[~np.eye(len(centres), dtype=bool)]
    temperature = max(0.1 * float(apart.mean()), 1e-3) if apart.size else 1.0

    def probabilities(vectors: Vectors) -> Vectors:
        return softmax(vectors @ centres.T / temperature)

    return probabilities


def softmax(scores: Vectors) -> Vectors:
    """Over the last axis."""
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Vectors = grown / grown.sum(axis=-1, keepdims=True)
    return shares


def _logistic(shots: Vectors, gold: Numbers, descriptions: Vectors) -> Head:
    labels = np.arange(len(descriptions))
    if len(labels) < 2:
        return lambda vectors: np.ones((len(vectors), len(labels)), np.float32)
    model = LogisticRegression(C=_C, max_iter=2000)
    model.fit(np.concatenate([shots, descriptions]), np.concatenate([gold, labels]))

    def probabilities(vectors: Vectors) -> Vectors:
        found: Vectors = model.predict_proba(vectors).astype(np.float32)
        return found

    return probabilities
