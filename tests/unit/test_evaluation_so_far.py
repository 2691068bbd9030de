"""What a run shows while it answers ends as what its report says."""

from __future__ import annotations

import random

import pytest

from instruct_ui.evaluation.judging import judged
from instruct_ui.evaluation.predictions import Answer, Judged
from instruct_ui.evaluation.report import make_report
from instruct_ui.evaluation.so_far import SoFar
from instruct_ui.tasks import TaskName

WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "and", "runs", "home"]


def rows_of(task: TaskName, count: int = 90) -> list[Judged]:
    chance = random.Random(0)

    def text() -> str:
        return " ".join(chance.choices(WORDS, k=chance.randint(1, 8)))

    rows = []
    for i in range(count):
        if task == "token_classification":
            gold, said = (tuple(chance.choices(("O", "B-PER", "B-LOC"), k=6)) for _ in range(2))
            rows.append(Judged(i, "t", None, Answer(tags=said), tuple("abcdef"), gold))
        elif task == "text_classification":
            rows.append(Judged(i, "t", chance.choice("ab"), Answer(chance.choice("ab"), 0.5)))
        elif task == "multi_label":
            said = tuple(w for w in "abc" if chance.random() < 0.5)
            rows.append(Judged(i, "t", None, Answer(parts=said), golds=("a",)))
        else:
            rows.append(Judged(i, "t", None, Answer(text=text()), golds=(text(),)))
    return rows


@pytest.mark.parametrize(
    "task",
    ["text_classification", "token_classification", "multi_label", "translation", "summarization"],
)
def test_the_last_figure_is_the_reports(task: TaskName) -> None:
    rows, so_far = rows_of(task), SoFar(seed=0)
    figures = [so_far.add(judged(task, ("a", "b", "c"), rows[i : i + 30], "en")) for i in (0, 30)]
    last = so_far.add(judged(task, ("a", "b", "c"), rows[60:], "en"))
    report = make_report(
        judged(task, ("a", "b", "c"), rows, "en"),
        model="m",
        approach={"kind": "zero_shot"},
        seconds={},
        tokens_per_second=1.0,
        data_sha256="",
        versions={},
        seed=0,
        facts={},
    )
    assert [f.rows for f in figures if f] == [30, 60]
    assert last is not None and (last.metric, last.rows) == (report.headline, 90)
    assert last.score == pytest.approx(report.metrics[report.headline])
    assert last.interval == pytest.approx(report.intervals[report.headline])
