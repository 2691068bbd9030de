"""Rows are answered in slices, judged as they come, and handed back in their own order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from instruct_ui.data.dataset import Example
from instruct_ui.engine.base import Event, Listener, Question, Stop, Stopped
from instruct_ui.evaluation.predictions import Answer
from instruct_ui.experiment.answering import answer_all, never
from instruct_ui.templates.prompt import Prompt


class Echo:
    """Answers with the text itself, and reports rows one by one like a real predictor."""

    tokens_seen = 0
    facts: Mapping[str, str | float | bool] = {}

    def __init__(self) -> None:
        self.slices: list[int] = []

    def predict(self, questions: Sequence[Question], listen: Listener, stop: Stop) -> list[Answer]:
        self.slices.append(len(questions))
        for done in range(1, len(questions) + 1):
            if stop():
                raise Stopped
            listen(Event("progress", {"done": done, "total": len(questions)}))
        return [Answer(q.text, 1.0) for q in questions]


def as_it_is(example: Example, answer: Answer) -> Answer:
    return answer


def rows(count: int, wrong_from: int) -> tuple[list[Example], list[Question]]:
    examples = [
        Example(i, f"t{i}", label=f"t{i}" if i < wrong_from else "other") for i in range(count)
    ]
    return examples, [Question(Prompt(()), e.text) for e in examples]


def heard(count: int, wrong_from: int) -> tuple[list[Answer], list[Event], Echo]:
    examples, questions = rows(count, wrong_from)
    events: list[Event] = []
    echo = Echo()
    answers = answer_all(
        echo, examples, questions, read=as_it_is, seed=0, listen=events.append, stop=never
    )
    return answers, events, echo


@pytest.mark.parametrize("count", [0, 1, 64, 65, 1000, 6000])
def test_answers_come_back_in_the_order_of_the_rows(count: int) -> None:
    answers, _, echo = heard(count, count)
    assert [a.label for a in answers] == [f"t{i}" for i in range(count)]
    assert sum(echo.slices) == count and max(echo.slices, default=0) <= 512


def test_progress_runs_through_all_slices() -> None:
    _, events, _ = heard(200, 200)
    done = [e.values["done"] for e in events if e.kind == "progress"]
    assert done == list(range(1, 201))
    assert {e.values["total"] for e in events} == {200}


def test_partial_figures_stand_for_all_rows_and_end_with_the_whole() -> None:
    _, events, _ = heard(1000, 500)
    partial = [e.values for e in events if e.kind == "partial"]
    assert partial[-1] == {"done": 1000, "total": 1000, "correct": 500}
    first = partial[0]
    # The first half of the file is right, the second wrong: taken in order this would be 1.0.
    assert 0.3 < int(first["correct"] or 0) / int(first["done"] or 1) < 0.7


def test_rows_without_a_label_are_counted_but_not_judged() -> None:
    events: list[Event] = []
    examples = [Example(0, "a", tokens=("a",), tags=("O",))]
    questions = [Question(Prompt(()), "a", ("a",))]
    answer_all(Echo(), examples, questions, read=as_it_is, seed=0, listen=events.append, stop=never)
    assert events[-1] == Event("partial", {"done": 1, "total": 1})


def test_a_stop_ends_between_rows() -> None:
    examples, questions = rows(300, 300)
    events: list[Event] = []
    with pytest.raises(Stopped):
        answer_all(
            Echo(),
            examples,
            questions,
            read=as_it_is,
            seed=0,
            listen=events.append,
            stop=lambda: len(events) >= 100,
        )
    assert len(events) == 100
