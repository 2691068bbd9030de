"""LoRA on the embedded causal model: learns, is kept, and comes back."""

import json
from pathlib import Path

import pytest
from causal_rows import FRAME, TEST, TRAIN, question, request, shots

from instruct_ui.engine.base import Event, Opened, Request, Stopped
from instruct_ui.engine.causal import open_causal
from instruct_ui.engine.lora import estimate_causal, reopen_causal
from instruct_ui.errors import ModelError
from instruct_ui.models.card import ModelCard
from instruct_ui.spec import FineTune

pytestmark = pytest.mark.models
UPSIDE_DOWN = {"negative": "positive", "positive": "negative"}
QUESTIONS = [question(text) for text, _ in TEST]


def ignore(event: Event) -> None:
    pass


def never() -> bool:
    return False


def tuning(out: Path | None, **changes: object) -> Request:
    """Labels turned upside down: what the model knows already does not help it."""
    train = shots(tuple((text, UPSIDE_DOWN[label]) for text, label in TRAIN * 4))
    approach = FineTune(
        strategy="lora", epochs=4, learning_rate=1e-3, batch_size=8, dropout=0.0, patience=0
    )
    given = {"approach": approach, "train": train, "validation": train[:8], "out": out}
    return request(dtype="float32", **(given | changes))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tuned")


@pytest.fixture(scope="module")
def told() -> list[Event]:
    return []


@pytest.fixture(scope="module")
def opened(out: Path, told: list[Event]) -> Opened:
    return open_causal(tuning(out), told.append, never)


def right(opened: Opened) -> int:
    answers = opened.predictor.predict(QUESTIONS, ignore, never)
    return sum(a.label == UPSIDE_DOWN[gold] for a, (_, gold) in zip(answers, TEST, strict=True))


def test_it_learns_what_it_could_not_know(opened: Opened, told: list[Event]) -> None:
    before = open_causal(request(), ignore, never)
    assert right(before) <= 2
    assert right(opened) >= 6
    losses = [float(e.values["loss"] or 0) for e in told if e.kind == "step"]
    assert losses[-1] < losses[0] / 4
    scores = [float(e.values["score"] or 0) for e in told if e.kind == "check"]
    assert max(scores) > 0.8 > scores[0]
    assert opened.predictor.facts["strategy"] == "lora"
    assert opened.predictor.facts["best_score"] == max(scores)


def test_it_comes_back_with_the_same_answers(opened: Opened, out: Path) -> None:
    again = reopen_causal(request(words=("no", "yes")), out)
    there = opened.predictor.predict(QUESTIONS, ignore, never)
    for a, b in zip(there, again.predictor.predict(QUESTIONS, ignore, never), strict=True):
        assert a.scores == pytest.approx(b.scores, abs=1e-4)
    assert {f.name for f in out.iterdir()} == {
        "adapter_config.json",
        "adapter_model.safetensors",
        "causal.json",
    }


def test_the_saved_files_name_no_path_of_this_machine(opened: Opened, out: Path) -> None:
    folder = str(request().folder.parent)
    for name in ("adapter_config.json", "causal.json"):
        assert folder not in (out / name).read_text(encoding="utf-8")


def test_a_damaged_folder_is_told(opened: Opened, out: Path, tmp_path: Path) -> None:
    for file in out.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = tmp_path / "adapter_model.safetensors"
    for spoil in (lambda: weights.write_bytes(weights.read_bytes()[:5000]), weights.unlink):
        spoil()
        with pytest.raises(ModelError) as caught:
            reopen_causal(request(), tmp_path)
        assert caught.value.key == "causal_adapter_broken"
    with pytest.raises(ModelError):
        reopen_causal(request(), tmp_path / "nothing")


def test_another_base_model_is_told(opened: Opened, out: Path) -> None:
    other = ModelCard("other/model", "Other", "causal", 0, 0, "", (), 2048)
    with pytest.raises(ModelError) as caught:
        reopen_causal(request(card=other), out)
    assert caught.value.key == "causal_adapter_mismatch"


def test_stopping_keeps_the_best_adapter(tmp_path: Path) -> None:
    told: list[Event] = []

    def after_two_steps() -> bool:
        return any(e.kind == "step" for e in told)

    asked = tuning(tmp_path, chat="on")
    opened = open_causal(asked, told.append, after_two_steps)
    assert opened.predictor.facts["stopped"] is True
    assert int(opened.predictor.facts["steps"]) < 16
    form = json.loads((tmp_path / "causal.json").read_text(encoding="utf-8"))
    assert form["frame"]["before"] == FRAME.before
    assert reopen_causal(request(), tmp_path).predictor.facts["chat"] == "on"


def test_stopped_before_the_first_step_keeps_nothing(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        open_causal(tuning(tmp_path), ignore, lambda: True)
    assert not list(tmp_path.iterdir())


def test_the_estimate_counts_all_steps() -> None:
    estimate = estimate_causal(tuning(None))
    assert estimate.steps == 16
    assert estimate.dtype == "float32"
    assert estimate.seconds > 0.5
    assert estimate.memory_bytes > 500_000_000
