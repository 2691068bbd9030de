"""Which row is asked for in each prompt, and which training rows it shows. Rows of validation and
test never come here but to keep a training row that stands in one of them out."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from instruct_ui.data.alike import normalised
from instruct_ui.data.dataset import Dataset, Example, Examples
from instruct_ui.data.made import brought
from instruct_ui.data.tags import spans
from instruct_ui.errors import RequestError
from instruct_ui.tasks import REGISTRY
from instruct_ui.templates.picking.kinds import by_kind, has_kinds, kinds_of, shuffled
from instruct_ui.workbench.making_forms import given_of, shot_of

SHOTS = 5
_LEAST = 3
"""Examples where a label has fewer rows: others are shown before its own."""
_LOOKED_AT = 20_000
"""Training rows that examples are taken from; of more a seeded sample."""
_LONGEST, _TOGETHER = 600, 2400
"""Characters of an example's text, and of those of all examples of a prompt."""
_NAMES = 4
"""Most entities of a sentence that is asked for."""
_CHARACTERS_A_TOKEN = {"en": 3.0}
_MOST_TOKENS = (24, 320)


@dataclass(frozen=True, slots=True)
class Asked:
    """One prompt: what is given, and the examples before it, each as a row of the writing task."""

    given: str
    gold: tuple[str, ...]
    """The label, the labels or the answers; none for entities, which are read back."""
    shots: tuple[Example, ...]


class Planner:
    """Plans the prompts of one job: the same for the same seed."""

    def __init__(self, dataset: Dataset, seed: int) -> None:
        """Raises RequestError where no training row can be shown."""
        self.task, self.language = dataset.task, dataset.language
        self._seed = seed
        rows = _shown(dataset, seed)
        if not rows:
            raise RequestError("making_no_rows", most=_LONGEST)
        self._rows = list(rows)
        kinds = kinds_of(rows, self.task)
        if not has_kinds(self.task):
            kinds = [list(gold[:1]) for gold in rows.column("gold").to_pylist()]
        self._by = by_kind(kinds, shuffled(rows, seed))
        self._by.pop("", None)
        self._names = _names(self._rows)

    @property
    def kinds(self) -> frozenset[str]:
        """Labels (answers, entity types) of the rows that can be shown."""
        return frozenset(self._by)

    def asked(self, count: int, labels: Sequence[str] = ()) -> list[Asked]:
        """`count` prompts, `labels` taken in turn (answers: those with the fewest questions first).
        Raises RequestError for a label without a row that can be shown."""
        missing = [label for label in labels if label not in self._by]
        if missing or not self._by:
            raise RequestError("making_no_label", label=", ".join(missing), most=_LONGEST)
        rarest_first = sorted(self._by, key=lambda kind: (len(self._by[kind]), kind))
        kinds = [*labels] or rarest_first
        return [self._one(kinds[n % len(kinds)], n) for n in range(count)]

    def most_tokens(self) -> int:
        """Enough for nearly all training rows."""
        lengths = [len(row.text) for row in self._rows]
        a_token = _CHARACTERS_A_TOKEN.get(self.language, 0.5)
        least, most = _MOST_TOKENS
        return int(min(most, max(least, np.quantile(lengths, 0.95) / a_token + 8)))

    def _one(self, kind: str, number: int) -> Asked:
        rng = random.Random(f"{self._seed}|{number}")
        place = rng.choice(self._by[kind])
        row = self._rows[place]
        shape = REGISTRY[self.task].gold.shape
        # Entities are mixed anew, or the sentence would be one that is there.
        given = self._mixed(row, rng) if shape == "tags" else given_of(*self._spoken, row)
        gold = {"label": (row.label or "",), "tags": ()}.get(shape, row.gold)
        return Asked(given, gold, self._shots(kind, rng))

    @property
    def _spoken(self) -> tuple[str, str]:
        return self.task, self.language

    def _shots(self, kind: str, rng: random.Random) -> tuple[Example, ...]:
        """Rows of the kind last, as what stands last is followed most; others before them where
        these are few."""
        own = rng.sample(self._by[kind], min(SHOTS, len(self._by[kind])))
        some = rng.sample(range(len(self._rows)), min(len(self._rows), 3 * SHOTS))
        others = [place for place in some if place not in own]
        places = [*others[: max(0, _LEAST - len(own))], *own]
        shots = [shot_of(*self._spoken, self._rows[place]) for place in places]
        while len(shots) > 1 and sum(len(s.text) + len(s.gold[0]) for s in shots) > _TOGETHER:
            shots.pop(0)
        return tuple(shots)

    def _mixed(self, row: Example, rng: random.Random) -> str:
        """The entity types of a row, each with another name of its type."""
        tokens: list[str] = []
        tags: list[str] = []
        taken: set[tuple[str, ...]] = set()
        for kind, _, _ in spans(row.tags)[:_NAMES]:
            names = [name for name in self._names[kind] if name not in taken]
            name = rng.choice(names or self._names[kind])
            taken.add(name)
            tokens += name
            tags += [f"B-{kind}", *[f"I-{kind}"] * (len(name) - 1)]
        glue = "" if self.language == "zh" else " "
        made = Example(-1, glue.join(tokens), tokens=tuple(tokens), tags=tuple(tags))
        return given_of(*self._spoken, made)


def _shown(dataset: Dataset, seed: int) -> Examples:
    """Training rows a prompt may show: brought, with gold, not too long, in no other split."""
    rows = brought(dataset.train)
    rows = rows.take(_some(rows, dataset, seed))
    texts = rows.column("text")
    short = pc.less_equal(pc.utf8_length(texts), _LONGEST)
    held = Examples.joined([dataset.validation, dataset.test])
    elsewhere = pc.is_in(normalised(texts), normalised(held.column("text")).combine_chunks())
    kept = pc.and_not(short, elsewhere).to_numpy(zero_copy_only=False)
    rows = rows.take(np.flatnonzero(kept))
    if REGISTRY[dataset.task].gold.shape == "tags":
        types = [any(tag != "O" for tag in tags or ()) for tags in rows.column("tags").to_pylist()]
        rows = rows.take(np.flatnonzero(types))
    return rows


def _some(rows: Examples, dataset: Dataset, seed: int) -> npt.NDArray[np.int64]:
    """Positions of at most `_LOOKED_AT` rows, rising; of every label as many, or all it has."""
    mixed = np.random.RandomState(seed % 2**32).permutation(len(rows))
    if len(rows) <= _LOOKED_AT:
        return np.arange(len(rows))
    if REGISTRY[dataset.task].gold.shape != "label":
        return np.sort(mixed[:_LOOKED_AT])
    each = max(1, _LOOKED_AT // len(dataset.labels))
    labels = rows.column("label").take(pa.array(mixed)).combine_chunks().dictionary_encode()
    codes = labels.indices.fill_null(-1).to_numpy()
    return np.sort(np.concatenate([mixed[codes == code][:each] for code in np.unique(codes)]))


def _names(rows: Sequence[Example]) -> dict[str, list[tuple[str, ...]]]:
    """Entity type -> its different names, each as its words."""
    found: dict[str, Counter[tuple[str, ...]]] = {}
    for row in rows:
        for kind, start, end in spans(row.tags):
            found.setdefault(kind, Counter())[row.tokens[start:end]] += 1
    return {kind: list(names) for kind, names in found.items()}
