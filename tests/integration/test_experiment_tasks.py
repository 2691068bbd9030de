"""Every task through the one flow, on its sample set and real models: as it is, few-shot, tuned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from instruct_ui.data.samples import SAMPLES, sample_named
from instruct_ui.evaluation.files import read_predictions, read_report
from instruct_ui.experiment import Answerer, Outcome, run
from instruct_ui.preview.client import Preview
from instruct_ui.spec import Approach, FewShot, FineTune, Limit, Spec, ZeroShot
from instruct_ui.tasks import REGISTRY

pytestmark = pytest.mark.models
ENCODERS = {"en": "minilm", "zh": "e5-multilingual"}


def spec_of(sample: str, model: str, approach: Approach, rows: int, **more: Any) -> Spec:
    known = sample_named(sample)
    return Spec(
        task=known.task,
        data=known.data(),
        template=known.template,
        model=model,
        approach=approach,
        limit=Limit(train=60, validation=20, test=rows),
        **more,
    )


@pytest.fixture
def play(models_dir: Path, preview: Preview, tmp_path: Path) -> Any:
    def played(spec: Spec) -> Outcome:
        return run(
            spec,
            models_dir=models_dir,
            preview=preview,
            listen=lambda event: None,
            stop=lambda: False,
            out=tmp_path / "out",
        )

    return played


@pytest.mark.parametrize("approach", [ZeroShot(), FewShot(shots=4)], ids=lambda a: a.kind)
@pytest.mark.parametrize(
    "sample", [key for key, one in SAMPLES.items() if "label_2" not in dict(one.columns)]
)
def test_encoders_do_what_they_are_said_to_do(
    play: Any, tmp_path: Path, sample: str, approach: Approach
) -> None:
    known = sample_named(sample)
    task = REGISTRY[known.task]
    if task.way("encoder", approach.kind) is None:
        pytest.skip("said to be impossible")
    outcome = play(spec_of(sample, ENCODERS[known.language], approach, 12))
    report = outcome.report
    assert report.rows == 12
    low, high = report.intervals[report.headline]
    assert 0 <= low <= report.metrics[report.headline] <= high <= 1
    assert read_report(tmp_path / "out" / "report.json") == report
    back = read_predictions(
        tmp_path / "out" / "predictions.csv", known.task, outcome.predictions.labels
    )
    assert [r.correct for r in back.rows] == [r.correct for r in outcome.predictions.rows]
    assert [r.broken for r in back.rows if task.writes_text] == [
        r.broken for r in outcome.predictions.rows if task.writes_text
    ]


@pytest.mark.parametrize(
    ("sample", "metric"),
    [
        ("news_names_en", "entity_f1"),
        ("questions_en", "exact_match"),
        ("summaries", "rouge2"),
        ("translations", "bleu"),
        ("company_facts", "micro_f1"),
        ("instructions", "chrf"),
    ],
)
def test_a_language_model_writes_answers_that_are_read_back(
    play: Any, sample: str, metric: str
) -> None:
    outcome = play(spec_of(sample, "smollm2", FewShot(shots=2), 4, chat="off", answer_tokens=24))
    report = outcome.report
    assert report.rows == 4 and metric in report.metrics
    assert all(row.answer.text is not None for row in outcome.predictions.rows)
    unreadable = sum(not row.answer.readable for row in outcome.predictions.rows)
    assert report.unreadable_answers == unreadable


def test_a_written_answer_can_be_tuned_and_asked_for_again(
    play: Any, models_dir: Path, preview: Preview, tmp_path: Path
) -> None:
    tuned = FineTune(strategy="lora", epochs=1, batch_size=4, lora_rank=4)
    spec = spec_of("questions_en", "smollm2", tuned, 4, chat="off", answer_tokens=12)
    spec = spec.model_copy(update={"limit": Limit(train=8, validation=4, test=4)})
    outcome = play(spec)
    facts = outcome.report.facts
    assert facts["steps"] == 2 and 0 <= float(facts["best_score"]) <= 1
    answerer = Answerer(outcome.spec, tmp_path / "out", models_dir=models_dir, preview=preview)
    passage = "The shop opened in 1994. It closed in 2011."
    _, answer = answerer.answer(passage, "When did it close?")
    assert answer.text is not None and answer.readable


def test_several_labels_are_learnt_by_a_head_of_their_own(play: Any) -> None:
    shots = play(spec_of("review_aspects_zh", "e5-multilingual", FewShot(shots=40), 20))
    tuned = FineTune(epochs=4, learning_rate=3e-4)
    tuned_outcome = play(spec_of("review_aspects_zh", "e5-multilingual", tuned, 20))
    for outcome in (shots, tuned_outcome):
        assert outcome.report.metrics["micro_f1"] > 0.4
        assert len(outcome.report.labels) == 6


def test_nearest_examples_are_picked_anew_for_every_row(play: Any) -> None:
    near = FewShot(shots=1, picker="nearest")
    outcome = play(spec_of("question_pairs", "smollm2", near, 4, chat="off"))
    assert outcome.report.rows == 4 and outcome.spec.approach == near
