"""Rows that bring choices are answered by the likeliest one, the others are written."""

from __future__ import annotations

from pathlib import Path

import pytest
from causal_rows import model_folder, request

from instruct_ui.data.dataset import Examples
from instruct_ui.data.load import load_dataset
from instruct_ui.data.samples import sample_named
from instruct_ui.engine.base import Question
from instruct_ui.engine.candidates import Candidates, encode
from instruct_ui.engine.families import open_predictor
from instruct_ui.engine.loading import load_base
from instruct_ui.engine.prefix_cache import plain_scores
from instruct_ui.evaluation.compare import compare
from instruct_ui.evaluation.files import read_predictions
from instruct_ui.experiment import run
from instruct_ui.preview.client import Preview
from instruct_ui.spec import FewShot, Limit, Spec
from instruct_ui.templates.prompt import Prompt, Segment

pytestmark = pytest.mark.models

SCENES = (
    ("The phone showed one per cent, and the charger was at home.", ("It died.", "It flew away.")),
    ("She put the kettle on.", ("The water boiled.", "The moon boiled.", "A cow knocked twice.")),
)


def scene(text: str, choices: tuple[str, ...] = ()) -> Question:
    segments = (Segment("input", 1, f"Scene: {text}\n"), Segment("answer", 1, "Then:"))
    return Question(Prompt(segments), text, choices=choices)


def by_hand(text: str, choices: tuple[str, ...]) -> str:
    """Every choice alone behind its prompt: log-probability a byte."""
    base = load_base(model_folder(), "causal", "cpu")
    before = f"Scene: {text}\nThen:"
    scores = []
    for choice in choices:
        asked, whole = encode(base.tokenizer, [before, f"{before} {choice}"], framed=False)
        shared = len(asked)
        assert whole[:shared] == asked
        row = Candidates(asked, (whole[shared:],))
        scores.append(float(plain_scores(base.model, row)[0]) / len(choice.encode()))
    return choices[scores.index(max(scores))]


def test_the_likeliest_choice_is_the_answer_and_other_rows_are_written(models_dir: object) -> None:
    asked = [scene("He opened the window.", ()), *(scene(*one) for one in SCENES)]
    asked.append(scene("It rained.", ("It was sunny and dry.",)))
    wanted = request(task="generation", labels=(), words=(), answer_tokens=6, blank=None)
    opened = open_predictor(wanted, lambda event: None, lambda: False)
    answers = opened.predictor.predict(asked, lambda event: None, lambda: False)
    assert [a.text for a in answers[1:3]] == [by_hand(*one) for one in SCENES]
    assert all(1 / 3 < a.confidence < 1 for a in answers[1:3])
    assert answers[0].text and answers[3].text != "It was sunny and dry.", "one is no choice"
    assert opened.predictor.facts["rows_chosen"] == 2


def test_a_run_on_rows_with_choices_is_judged_by_exact_match(
    models_dir: Path, preview: Preview, tmp_path: Path
) -> None:
    sample = sample_named("common_sense")
    spec = Spec(
        task=sample.task,
        data=sample.data(),
        template="pick-choice",
        model="smollm2",
        approach=FewShot(shots=2),
        limit=Limit(test=6),
        chat="off",
    )
    outcome = run(
        spec,
        models_dir=models_dir,
        preview=preview,
        listen=lambda event: None,
        stop=lambda: False,
        out=tmp_path,
    )
    report, rows = outcome.report, outcome.predictions.rows
    assert report.metrics.keys() == {"exact_match"} and report.headline == "exact_match"
    assert report.facts["rows_chosen"] == report.rows == 6
    choices = {e.text: e.fields["choices"].splitlines() for e in rows_of(spec)}
    assert all(row.answer.text in choices[row.text] for row in rows)
    assert report.metrics["exact_match"] == sum(row.correct for row in rows) / 6
    back = read_predictions(tmp_path / "predictions.csv", spec.task, ())
    assert [row.correct for row in back.rows] == [row.correct for row in rows]
    assert compare(outcome.predictions, outcome.predictions, 0).metric == "exact_match"


def rows_of(spec: Spec) -> Examples:
    return load_dataset(spec.data, spec.task, 0).test
