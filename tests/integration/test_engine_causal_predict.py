"""Zero- and few-shot with the embedded causal model, through `open_causal`."""

from dataclasses import replace

import pytest
from causal_rows import CARD, MOODS, TEST, TRAIN, question, request, shots

from instruct_ui.engine.base import Event, Stopped
from instruct_ui.engine.causal import open_causal
from instruct_ui.errors import ModelError
from instruct_ui.evaluation.predictions import Answer
from instruct_ui.spec import FineTune, ZeroShot

pytestmark = pytest.mark.models
QUESTIONS = [question(text) for text, _ in TEST]


def ignore(event: Event) -> None:
    pass


def never() -> bool:
    return False


def right(answers: list[Answer]) -> int:
    return sum(a.label == label for a, (_, label) in zip(answers, TEST, strict=True))


def test_answers_carry_probabilities_in_the_order_of_the_labels() -> None:
    opened = open_causal(request(), ignore, never)
    answers = opened.predictor.predict(QUESTIONS, ignore, never)
    assert right(answers) >= 6
    for answer in answers:
        assert sum(answer.scores) == pytest.approx(1)
        assert answer.confidence == max(answer.scores)
        assert answer.label == MOODS[answer.scores.index(answer.confidence)]
    facts = opened.predictor.facts
    assert (facts["chat"], facts["dtype"], facts["rows_cut"]) == ("off", "float32", 0)
    assert int(facts["shared_prefix_tokens"]) >= 12
    assert 0 < opened.predictor.tokens_seen < 400


def test_the_order_of_rows_does_not_change_their_answers() -> None:
    predictor = open_causal(request(), ignore, never).predictor
    there = predictor.predict(QUESTIONS, ignore, never)
    back = predictor.predict(QUESTIONS[::-1], ignore, never)[::-1]
    for a, b in zip(there, back, strict=True):
        assert a.scores == pytest.approx(b.scores, abs=1e-4)


def test_calibration_makes_the_blank_row_even() -> None:
    blank = [question("N/A")]
    calibrated = open_causal(request(), ignore, never).predictor
    raw = open_causal(request(approach=ZeroShot(calibrate=False)), ignore, never).predictor
    assert calibrated.predict(blank, ignore, never)[0].scores == pytest.approx([0.5] * 2, abs=1e-3)
    assert raw.predict(blank, ignore, never)[0].confidence > 0.52
    assert (calibrated.facts["calibrated"], raw.facts["calibrated"]) == (True, False)


def test_progress_reaches_the_total_and_stopping_stops() -> None:
    predictor = open_causal(request(), ignore, never).predictor
    told: list[Event] = []
    predictor.predict(QUESTIONS, told.append, never)
    assert told[-1].values == {"done": len(TEST), "total": len(TEST)}
    with pytest.raises(Stopped):
        predictor.predict(QUESTIONS, ignore, lambda: True)


def test_chat_auto_takes_what_does_better_on_the_rows_at_hand() -> None:
    asked = request(chat="auto", at_hand=shots(TRAIN))
    told: list[Event] = []
    auto = open_causal(asked, told.append, never).predictor
    on, off = float(auto.facts["chat_on_accuracy"]), float(auto.facts["chat_off_accuracy"])
    assert auto.facts["chat"] == ("on" if on >= off else "off")
    assert [e.values["name"] for e in told if e.kind == "stage"] == ["load", "chat"]
    assert auto.tokens_seen == 0
    forced = open_causal(replace(asked, chat="on" if on >= off else "off"), ignore, never)
    questions = [shot.question for shot in asked.at_hand]
    labels = [a.label for a in forced.predictor.predict(questions, ignore, never)]
    found = sum(a == s.label for a, s in zip(labels, asked.at_hand, strict=True)) / len(labels)
    assert found == max(on, off)


def test_chat_auto_without_rows_is_the_models_default() -> None:
    assert open_causal(request(chat="auto"), ignore, never).predictor.facts["chat"] == "on"
    without = request(chat="auto", frame=None, at_hand=shots(TRAIN))
    assert open_causal(without, ignore, never).predictor.facts["chat"] == "off"


def test_a_text_beyond_the_window_is_shortened_and_counted() -> None:
    small = replace(CARD, window=64)
    predictor = open_causal(request(card=small), ignore, never).predictor
    asked = [*QUESTIONS, question("Awful food. " * 200)]
    answers = predictor.predict(asked, ignore, never)
    assert len(answers) == len(asked)
    assert right(answers[:-1]) >= 6
    assert predictor.facts["rows_cut"] == 1


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"chat": "on", "frame": None}, "causal_no_chat_frame"),
        ({"approach": FineTune(strategy="full"), "train": shots(TRAIN)}, "causal_strategy"),
        ({"approach": FineTune(strategy="lora")}, "causal_nothing_to_train"),
    ],
)
def test_what_the_model_cannot_do_is_told(changes: dict[str, object], key: str) -> None:
    with pytest.raises(ModelError) as caught:
        open_causal(request(**changes), ignore, never)
    assert caught.value.key == key
    for language in ("en", "zh"):
        assert CARD.title in caught.value.message(language)
