"""Rows are answered in slices, judged as they come, and handed back in their own order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from instruct_ui.data.dataset import Example
from instruct_ui.engine.base import Event, Listener, Question, Stop, Stopped
from instruct_ui.evaluation.judging import judged
from instruct_ui.evaluation.predictions import Answer, Judged, Predictions
from instruct_ui.evaluation.resampling import wilson
from instruct_ui.experiment.answering import Judge, answer_all, never
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


def judge_of(examples: Sequence[Example]) -> Judge:
    def judge(answers: Sequence[Answer], at: Sequence[int]) -> Predictions:
        rows = [
            Judged(i, examples[i].text, examples[i].label, answer)
            for i, answer in zip(at, answers, strict=True)
        ]
        return judged("text_classification", ("other",), rows, "en")

    return judge


def heard(count: int, wrong_from: int) -> tuple[list[Answer], list[Event], Echo]:
    examples, questions = rows(count, wrong_from)
    events: list[Event] = []
    echo = Echo()
    answers = answer_all(
        echo,
        examples,
        questions,
        read=as_it_is,
        judge=judge_of(examples),
        seed=0,
        listen=events.append,
        stop=never,
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
    assert {e.values["total"] for e in events if e.kind == "progress"} == {200}


def test_partial_figures_stand_for_all_rows_and_end_with_the_whole() -> None:
    _, events, _ = heard(1000, 500)
    partial = [e.values for e in events if e.kind == "partial"]
    low, high = wilson(500, 1000)
    whole = {"metric": "accuracy", "score": 0.5, "low": low, "high": high, "rows": 1000}
    assert partial[-1] == pytest.approx(whole)
    # The first half of the file is right, the second wrong: taken in order this would be 1.0.
    assert 0.3 < float(partial[0]["score"] or 0) < 0.7 and partial[0]["rows"] == 125


def test_rows_without_a_label_are_answered_but_not_judged() -> None:
    examples = [Example(0, "a")]
    events: list[Event] = []
    answers = answer_all(
        Echo(),
        examples,
        [Question(Prompt(()), "a")],
        read=as_it_is,
        judge=judge_of(examples),
        seed=0,
        listen=events.append,
        stop=never,
    )
    assert len(answers) == 1 and not [e for e in events if e.kind == "partial"]


def test_a_stop_ends_between_rows() -> None:
    examples, questions = rows(300, 300)
    events: list[Event] = []
    with pytest.raises(Stopped):
        answer_all(
            Echo(),
            examples,
            questions,
            read=as_it_is,
            judge=judge_of(examples),
            seed=0,
            listen=events.append,
            stop=lambda: len(events) >= 100,
        )
    assert len(events) == 100
