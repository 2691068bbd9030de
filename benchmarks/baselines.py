"""What could be answered without any model: the least that a figure has to beat.

A baseline answers the test rows of a data set out of nothing but training rows and the row's own
text. Its answers are judged and compared by what the page uses, so they are held against a run on
the same rows under the same metric.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow.compute as pc

from instruct_ui.data.dataset import Dataset, counted
from instruct_ui.data.sentences import sentences_of
from instruct_ui.evaluation.compare import Comparison, compare
from instruct_ui.evaluation.predictions import Answer, Predictions
from instruct_ui.experiment.prepare import Prepared
from instruct_ui.experiment.reading import judge

_RANKED = 50
"""Known answers that an answer lists; as many as those of a model do."""


@dataclass(frozen=True, slots=True)
class Baseline:
    name: str
    answers: Callable[[Dataset, int], list[Answer]]
    """Of a data set and a seed: one answer a test row, in order."""


@dataclass(frozen=True, slots=True)
class Held:
    """A run held against a baseline."""

    baseline: str
    comparison: Comparison
    """Of the run (b) with the baseline (a)."""


def majority_label(dataset: Dataset, seed: int) -> list[Answer]:
    """The label most training rows have; of several the first by name."""
    label = _most_frequent(counted(dataset.train.column("label")))[0]
    return [Answer(label=label) for _ in dataset.test]


def nothing_found(dataset: Dataset, seed: int) -> list[Answer]:
    """No entity in any sentence."""
    return [Answer(tags=("O",) * len(example.tokens)) for example in dataset.test]


def first_sentence(dataset: Dataset, seed: int) -> list[Answer]:
    return _first_sentences(dataset, 1)


def first_three_sentences(dataset: Dataset, seed: int) -> list[Answer]:
    """Lead-3, hard to beat where texts begin with what matters. A turn of a dialogue counts as a
    sentence at least."""
    return _first_sentences(dataset, 3)


def copy_of_source(dataset: Dataset, seed: int) -> list[Answer]:
    """The text itself, as if it were its translation."""
    return [Answer(text=example.text) for example in dataset.test]


def random_known(dataset: Dataset, seed: int) -> list[Answer]:
    """Any of the answers known to the data, and others in a random order behind it."""
    known = pc.unique(pc.list_flatten(dataset.everything().column("gold"))).to_pylist()
    chance = random.Random(seed)
    return [_ranked(chance.sample(known, min(_RANKED, len(known)))) for _ in dataset.test]


def most_frequent_answer(dataset: Dataset, seed: int) -> list[Answer]:
    """What is answered most often in the training rows, and what comes next behind it."""
    counts = counted(pc.list_flatten(dataset.train.column("gold")))
    return [_ranked(_most_frequent(counts)[:_RANKED])] * len(dataset.test)


_MAJORITY = (Baseline("majority label", majority_label),)
_RANDOM = Baseline("random known answer", random_known)
BASELINES: dict[str, tuple[Baseline, ...]] = {
    "text_classification": _MAJORITY,
    "text_pair": _MAJORITY,
    "relation_classification": _MAJORITY,
    "token_classification": (Baseline("nothing found", nothing_found),),
    "question_answering": (Baseline("first sentence", first_sentence),),
    "translation": (Baseline("copy of the source", copy_of_source),),
    "summarization": (Baseline("first three sentences", first_three_sentences),),
    "answer_retrieval": (_RANDOM,),
    # Turns such as thanks return so often that one of them always said is hard to beat.
    "dialogue": (_RANDOM, Baseline("most frequent answer", most_frequent_answer)),
}
"""By task."""


def held_against(run: Predictions, prepared: Prepared) -> list[Held]:
    """`run` against every baseline of its task; `prepared` has the data of the run."""
    seed = prepared.spec.seed
    return [
        Held(
            baseline.name,
            compare(judge(prepared, baseline.answers(prepared.dataset, seed)), run, seed),
        )
        for baseline in BASELINES[run.task]
    ]


def _most_frequent(counts: Counter[str]) -> list[str]:
    """Most frequent first, then by name. Raises ValueError where there is nothing to count."""
    if not counts:
        raise ValueError("a baseline of the most frequent answer needs training rows")
    return sorted(counts, key=lambda name: (-counts[name], name))


def _first_sentences(dataset: Dataset, count: int) -> list[Answer]:
    glue = "" if dataset.language == "zh" else " "
    return [Answer(text=glue.join(sentences_of(e.text)[:count])) for e in dataset.test]


def _ranked(known: list[str]) -> Answer:
    return Answer(text=known[0], ranked=tuple(known))
