"""What a benchmark figure is held against: answers without a model, on the rows of the run."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from instruct_ui.data.dataset import Dataset, Example, Examples
from instruct_ui.engine.base import Request
from instruct_ui.evaluation.predictions import Answer
from instruct_ui.experiment.prepare import Prepared
from instruct_ui.experiment.reading import judge
from instruct_ui.models.catalogue import EMBEDDED
from instruct_ui.spec import DataSpec, Spec, ZeroShot
from instruct_ui.tasks import REGISTRY
from instruct_ui.templates.library import starter


def _module() -> ModuleType:
    """Scripts are no package: read by path, without their folder among those imported from."""
    path = Path(__file__).parents[2] / "benchmarks" / "baselines.py"
    spec = importlib.util.spec_from_file_location("benchmark_baselines", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their own module up
    spec.loader.exec_module(module)
    return module


baselines = _module()


def dataset(
    task: str, train: Sequence[Example], test: Sequence[Example], language: str = "en"
) -> Dataset:
    labels = tuple(sorted({e.label for e in (*train, *test) if e.label}))
    return Dataset(
        task=task,
        labels=labels,
        train=Examples.of(train),
        validation=Examples.of([]),
        test=Examples.of(test),
        sha256="0",
        language=language,
    )


def texts(pairs: Sequence[tuple[str, str]]) -> list[Example]:
    """Rows of a text and its gold text."""
    return [Example(i, text, gold=(gold,)) for i, (text, gold) in enumerate(pairs)]


def prepared(data: Dataset) -> Prepared:
    template = starter(data.task, "en")
    spec = Spec(
        task=data.task,
        data=DataSpec(test=Path("test.csv")),
        template=template.name,
        model="minilm",
        approach=ZeroShot(),
    )
    request = Request(
        card=EMBEDDED["minilm"],
        folder=Path("minilm"),
        task=data.task,
        labels=data.labels,
        words=data.labels,
        descriptions=data.labels,
        approach=spec.approach,
    )
    return Prepared(spec, data, template, None, request)


def held(data: Dataset, answers: Sequence[Answer]) -> list[Any]:
    """A run with these answers against the baselines of its task."""
    ready = prepared(data)
    found: list[Any] = baselines.held_against(judge(ready, answers), ready)
    return found


def test_the_majority_label_is_that_of_the_training_rows_and_the_first_by_name_of_several() -> None:
    train = [Example(i, "t", label=label) for i, label in enumerate(["b", "c", "b", "c", "a"])]
    test = [Example(i, "t", label="a") for i in range(3)]
    answers = baselines.majority_label(dataset("text_classification", train, test), 0)
    assert [answer.label for answer in answers] == ["b", "b", "b"]


def test_without_training_rows_there_is_no_most_frequent_label() -> None:
    test = [Example(0, "t", label="a")]
    with pytest.raises(ValueError, match="training rows"):
        baselines.majority_label(dataset("text_classification", [], test), 0)


def test_nothing_found_has_a_tag_for_every_word() -> None:
    test = [Example(0, "Ada Lovelace wrote", tokens=("Ada", "Lovelace", "wrote"))]
    answers = baselines.nothing_found(dataset("token_classification", [], test), 0)
    assert answers[0].tags == ("O", "O", "O")


@pytest.mark.parametrize(
    ("language", "text", "one", "three"),
    [
        ("en", "One. Two! Three? Four.", "One.", "One. Two! Three?"),
        ("en", "A: Hi there\nB: Hello", "A: Hi there", "A: Hi there B: Hello"),
        ("zh", "一句。两句！三句？四句。", "一句。", "一句。两句！三句？"),
    ],
)
def test_first_sentences_are_joined_as_the_language_is_written(
    language: str, text: str, one: str, three: str
) -> None:
    data = dataset("summarization", [], texts([(text, "x")]), language)
    assert [a.text for a in baselines.first_sentence(data, 0)] == [one]
    assert [a.text for a in baselines.first_three_sentences(data, 0)] == [three]


def test_a_random_known_answer_depends_on_the_seed_and_ranks_no_answer_twice() -> None:
    train = texts([(f"q{i}", f"a{i}") for i in range(80)])
    data = dataset("answer_retrieval", train, texts([("q", "a0")] * 30))
    answers = baselines.random_known(data, 0)
    assert answers == baselines.random_known(data, 0)
    assert answers != baselines.random_known(data, 1)
    known = {f"a{i}" for i in range(80)}
    for answer in answers:
        assert answer.text == answer.ranked[0]
        assert len(set(answer.ranked)) == len(answer.ranked) == 50 and set(answer.ranked) <= known


def test_the_most_frequent_answer_is_counted_in_the_training_rows_alone() -> None:
    train = texts([("a", "thanks"), ("b", "bye"), ("c", "thanks")])
    data = dataset("dialogue", train, texts([("q", "bye")] * 4))
    assert [a.ranked for a in baselines.most_frequent_answer(data, 0)] == [("thanks", "bye")] * 4


def test_a_run_that_is_right_everywhere_is_better_than_the_majority() -> None:
    train = [Example(i, "t", label="a") for i in range(2)]
    test = [Example(i, f"t{i}", label="ab"[i % 2]) for i in range(20)]
    (found,) = held(
        dataset("text_classification", train, test), [Answer(label=e.label) for e in test]
    )
    comparison = found.comparison
    assert (comparison.score_a, comparison.score_b) == (0.5, 1.0)
    assert comparison.verdict == "better" and comparison.rows == 20 and comparison.p < 0.05


def test_a_run_that_answers_like_its_baseline_cannot_be_told_from_it() -> None:
    test = [
        Example(i, "Ada slept. Bob woke.", fields={"question": "Who woke?"}, gold=("Bob",))
        for i in range(12)
    ]
    data = dataset("question_answering", [], test)
    (found,) = held(data, baselines.first_sentence(data, 0))
    assert found.comparison.identical and found.comparison.verdict == "cannot_tell"


def test_known_answers_are_compared_by_what_stands_first() -> None:
    train = texts([(f"q{i}", f"a{i}") for i in range(40)])
    test = texts([(f"which {i}", f"a{i}") for i in range(40)])
    data = dataset("answer_retrieval", train, test)
    (found,) = held(data, [Answer(text=e.gold[0], ranked=e.gold) for e in test])
    assert found.baseline == "random known answer"
    assert found.comparison.score_b == 1 and found.comparison.score_a < 0.2
    assert found.comparison.verdict == "better"


@pytest.mark.parametrize("task", baselines.BASELINES)
def test_every_baseline_answers_what_its_task_is_judged_by(task: str) -> None:
    """One answer a row, of the shape of the task's gold: what cannot be read would score 0 and
    make any run look good."""
    shape = REGISTRY[task].gold.shape
    rows = [
        Example(
            i,
            f"Ada met Bob. It was {i} o'clock. They spoke.",
            label="x" if shape == "label" else None,
            tokens=("Ada", "met", "Bob") if shape == "tags" else (),
            tags=("B-PER", "O", "B-PER") if shape == "tags" else (),
            gold=("Ada met Bob.",) if shape in ("text", "answers") else (),
        )
        for i in range(5)
    ]
    data = dataset(task, rows, rows)
    for baseline in baselines.BASELINES[task]:
        answers = baseline.answers(data, 0)
        predictions = judge(prepared(data), answers)
        assert len(predictions.rows) == 5
        assert all(row.answer.readable for row in predictions.rows)
        assert (answers[0].label is not None, bool(answers[0].tags), bool(answers[0].text)) == (
            shape == "label",
            shape == "tags",
            shape in ("text", "answers"),
        )
