"""Rows that bring choices are answered by the likeliest one, the others are written."""

from __future__ import annotations

import pytest
from causal_rows import model_folder, request

from instruct_ui.engine.base import Question
from instruct_ui.engine.candidates import Candidates, encode
from instruct_ui.engine.families import open_predictor
from instruct_ui.engine.loading import load_base
from instruct_ui.engine.prefix_cache import plain_scores
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
