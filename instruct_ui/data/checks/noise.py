"""Labels that are perhaps wrong: those a model trained on the other rows disagrees with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from cleanlab.filter import find_label_issues
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import StratifiedKFold

from instruct_ui.data.alike import read_columns, read_fields
from instruct_ui.data.checks.progress import Told
from instruct_ui.data.checks.suspect import Suspect
from instruct_ui.data.checks.tag_noise import tag_suspects
from instruct_ui.data.dataset import Examples
from instruct_ui.data.language import language_of
from instruct_ui.tasks import REGISTRY, TaskName

MOST = 100_000
"""Rows looked at; of more a sample is taken, and of fewer where there are many labels."""
_ROWS_AND_LABELS = 2_000_000
_FEWEST = 3
"""Rows a label needs, so that every model has seen it without the row in question."""
_FOLDS = 5
_PASSES = 50_000
"""Rows a model sees in all, in 5 to 20 passes: so many are enough for it to settle."""
_TOO_MANY = 0.2
"""A model that disagrees with more of the rows has not understood them: nothing is said."""
_TEXTS = 2_000
_AT_ONCE = 12_000
"""Rows learnt without a word: some tenths of a second."""
_CHARACTERS = 1_000
_COUNTED: dict[str, Any] = {"alternate_sign": False, "norm": None, "dtype": np.float32}


@dataclass(frozen=True, slots=True)
class Noise:
    suspects: tuple[Suspect, ...] = ()
    """Most suspicious first."""
    looked_at: int = 0
    """Rows that were judged, of all."""
    left_out: tuple[str, ...] = ()
    """Labels with too few rows to be judged."""


def suspects(rows: Examples, task: TaskName, seed: int, told: Told) -> Noise:
    """Rows whose label is doubtful. None for tasks with text answers or several labels a row."""
    told(0, 100)
    shape = REGISTRY[task].gold.shape
    if shape == "tags":
        return Noise(tuple(tag_suspects(rows, told)), len(rows))
    if shape != "label":
        return Noise()
    labels = rows.column("label").to_pylist()
    counts = Counter(label for label in labels if label is not None)
    left_out = tuple(sorted(label for label, n in counts.items() if n < _FEWEST))
    usable = np.flatnonzero([counts[label] >= _FEWEST for label in labels])
    places = _sampled(usable, max(10_000, _ROWS_AND_LABELS // max(1, len(counts))), seed)
    names, given = np.unique([str(labels[at]) for at in places], return_inverse=True)
    rare = np.flatnonzero(np.bincount(given, minlength=len(names)) < _FEWEST)
    places, given = places[~np.isin(given, rare)], given[~np.isin(given, rare)]
    names, given = np.delete(names, rare), np.unique(given, return_inverse=True)[1]
    if len(names) < 2:
        return Noise(left_out=left_out)
    chances = _held_out(_texts(rows.take(places), task), given, seed, told)
    # Confident learning (Northcutt et al. 2021): another label is at least as likely as it is on
    # average for the rows that bear it, and more likely than the row's own.
    doubtful = find_label_issues(
        given,
        chances,
        filter_by="confident_learning",
        return_indices_ranked_by="normalized_margin",
        n_jobs=1,
    )
    told(100, 100)
    best = chances.argmax(axis=1)
    found = [
        Suspect(int(places[at]), str(names[given[at]]), str(names[best[at]]), chances[at].max())
        for at in doubtful
        if best[at] != given[at]
    ]
    if len(found) > _TOO_MANY * len(places):
        found = []
    return Noise(tuple(found), len(places), left_out)


def _sampled(places: npt.NDArray[np.int64], most: int, seed: int) -> npt.NDArray[np.int64]:
    most = min(MOST, most)
    if len(places) <= most:
        return places
    return np.sort(np.random.RandomState(seed).permutation(places)[:most])


def _texts(rows: Examples, task: TaskName) -> list[str]:
    columns = read_columns(rows, read_fields([rows], task))
    lists = [[text[:_CHARACTERS] for text in column.to_pylist()] for column in columns]
    return [" \n ".join(parts) for parts in zip(*lists, strict=True)]


def _features(texts: Sequence[str], told: Told) -> csr_matrix:
    """TF-IDF of words, pairs of words and short strings of characters."""
    characters = (1, 3) if language_of(texts) == "zh" else (2, 4)
    kinds = [
        HashingVectorizer(
            ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b", n_features=1 << 16, **_COUNTED
        ),
        HashingVectorizer(analyzer="char", ngram_range=characters, n_features=1 << 16, **_COUNTED),
    ]
    weighted = []
    for at, kind in enumerate(kinds):
        counted = []
        for start in range(0, len(texts), _TEXTS):
            told(15 * at + 15 * start // len(texts), 100)
            counted.append(kind.transform(texts[start : start + _TEXTS]))
        weighted.append(TfidfTransformer(sublinear_tf=True).fit_transform(vstack(counted)))
    found = hstack(weighted, format="csr", dtype=np.float64)
    # What stands in one row alone tells nothing about another.
    return found[:, np.flatnonzero(np.bincount(found.indices, minlength=found.shape[1]) > 1)]


def _held_out(
    texts: Sequence[str], given: npt.NDArray[np.int64], seed: int, told: Told
) -> npt.NDArray[np.float64]:
    """How likely every label is for every row, by models that have not seen the row: one a label,
    which tells it from all others."""
    features = _features(texts, told)
    labels = range(int(given.max()) + 1)
    chances = np.zeros((len(given), len(labels)))
    folds = min(_FOLDS, int(np.bincount(given).min()))
    passes = int(np.clip(_PASSES // len(given), 5, 20))
    random = np.random.RandomState(seed)
    cuts = StratifiedKFold(folds, shuffle=True, random_state=seed).split(texts, given)
    for fold, (learnt, held) in enumerate(cuts):
        models = [SGDClassifier(loss="log_loss", random_state=seed) for _ in labels]
        seen = np.concatenate([random.permutation(learnt) for _ in range(passes)])
        parts = np.array_split(seen, -(-len(seen) // _AT_ONCE))
        for at, part in enumerate(parts):
            rows = features[part]
            for label, model in zip(labels, models, strict=True):
                done = (fold * len(parts) + at) * len(labels) + label
                told(3000 + 6900 * done // (folds * len(parts) * len(labels)), 10_000)
                model.partial_fit(rows, given[part] == label, [False, True])
        for label, model in zip(labels, models, strict=True):
            told(3000 + 6900 * (fold + 1) // folds, 10_000)
            chances[held, label] = model.predict_proba(features[held])[:, 1]
    sums = chances.sum(axis=1, keepdims=True)
    return np.where(sums > 0, chances / np.maximum(sums, 1e-12), 1 / len(labels))
