"""Two labels on one text: one project, one report, and whether both are right."""

from __future__ import annotations

from pathlib import Path

import pytest

from instruct_ui.data.samples import sample_named
from instruct_ui.evaluation.compare import compare
from instruct_ui.evaluation.files import read_predictions
from instruct_ui.experiment import Answerer, run
from instruct_ui.preview.client import Preview
from instruct_ui.spec import Approach, FewShot, FineTune, Limit, Spec, ZeroShot

pytestmark = pytest.mark.models


def spec_of(approach: Approach) -> Spec:
    sample = sample_named("finance_columns_zh")
    return Spec(
        task="text_classification",
        data=sample.data(),
        template=sample.template,
        model="e5-multilingual",
        approach=approach,
        limit=Limit(train=80, validation=20, test=40),
    )


def test_both_labels_are_answered_judged_and_compared(
    models_dir: Path, preview: Preview, tmp_path: Path
) -> None:
    outcomes = [
        run(
            spec_of(approach),
            models_dir=models_dir,
            preview=preview,
            listen=lambda event: None,
            stop=lambda: False,
            out=tmp_path / approach.kind,
        )
        for approach in (ZeroShot(), FewShot(shots_per_label=8))
    ]
    report = outcomes[1].report
    assert (report.headline, report.columns) == ("exact_match", ("情感", "主题"))
    metrics = report.metrics
    both = metrics["exact_match"]
    assert 0 < both <= min(metrics["accuracy_1"], metrics["accuracy_2"])
    assert metrics["micro_f1"] == pytest.approx((metrics["accuracy_1"] + metrics["accuracy_2"]) / 2)
    assert {label.label.split("=")[0] for label in report.labels} == {"情感", "主题"}
    assert set(report.intervals) == set(metrics)
    assert set(outcomes[1].predictions.rows[0].golds) <= {label.label for label in report.labels}

    back = read_predictions(
        tmp_path / "few_shot" / "predictions.csv",
        "text_classification",
        outcomes[1].predictions.labels,
        label_columns=report.columns,
    )
    found = compare(outcomes[0].predictions, outcomes[1].predictions, 0)
    assert (found.metric, found.test) == ("exact_match", "mcnemar")
    assert compare(back, back, 0).score_a == both


def test_a_model_is_tuned_for_each_label_and_asked_again(
    models_dir: Path, preview: Preview, tmp_path: Path
) -> None:
    outcome = run(
        spec_of(FineTune(epochs=1)),
        models_dir=models_dir,
        preview=preview,
        listen=lambda event: None,
        stop=lambda: False,
        out=tmp_path,
    )
    assert {p.name for p in tmp_path.glob("model*")} == {"model", "model_2"}
    answerer = Answerer(outcome.spec, tmp_path, models_dir=models_dir, preview=preview)
    _, answer = answerer.answer("基金今天跌了不少。")
    assert [part.split("=")[0] for part in answer.parts] == ["情感", "主题"]
