"""Fine-tuning the embedded encoder, what it leaves on disk, and opening that again."""

import json
import resource
from pathlib import Path

import pytest
import torch
from encoder_rows import (
    SENTENCES,
    TEST,
    TRAIN,
    TYPES,
    UNSEEN,
    ignore,
    never,
    question,
    request,
    sentence,
    tag_request,
    tagged,
    texts,
)

from instruct_ui.engine.base import Event, Request, Stopped
from instruct_ui.engine.finetune_encoder import EncoderTuning
from instruct_ui.engine.headed_model import tag_names
from instruct_ui.engine.loading import load_base
from instruct_ui.engine.token_windows import IGNORED
from instruct_ui.engine.tuned import estimate_encoder, open_encoder, reopen_encoder
from instruct_ui.errors import ModelError, RequestError, StorageFault
from instruct_ui.evaluation.predictions import Answer
from instruct_ui.spec import FineTune

pytestmark = pytest.mark.models
QUICK = FineTune(epochs=6, batch_size=4, learning_rate=3e-4, patience=0)
QUESTIONS = [question(text) for text, _ in TEST]
WORDS = [sentence(words) for words, _ in UNSEEN]


def topics(out: Path | None = None, **settings: object) -> Request:
    approach = QUICK.model_copy(update=settings)
    held = texts(TRAIN[::4])
    return request(approach=approach, train=texts(TRAIN), validation=held, out=out, dtype="float32")


def names(out: Path | None = None, **settings: object) -> Request:
    approach = QUICK.model_copy(update={"epochs": 12} | settings)
    rows = tagged(SENTENCES)
    return tag_request(approach=approach, train=rows, validation=rows[:3], out=out, dtype="float32")


def labels_of(answers: list[Answer]) -> list[str | None]:
    return [answer.label for answer in answers]


def test_a_tuned_classifier_answers_and_opens_again(tmp_path: Path) -> None:
    heard: list[Event] = []
    opened = open_encoder(topics(tmp_path / "model"), heard.append, never)
    answers = opened.predictor.predict(QUESTIONS, ignore, never)
    assert sum(a.label == gold for a, (_, gold) in zip(answers, TEST, strict=True)) >= 5
    kinds = [event.kind for event in heard]
    assert {"stage", "step", "check"} <= set(kinds)
    assert opened.predictor.facts["steps"] == 18
    assert opened.predictor.facts["frozen_embeddings"] is True

    again = reopen_encoder(topics(), tmp_path / "model").predictor
    same = again.predict(QUESTIONS, ignore, never)
    assert labels_of(same) == labels_of(answers)
    for one, other in zip(same, answers, strict=True):
        assert one.scores == pytest.approx(other.scores, abs=1e-5)


def test_a_tuned_tagger_answers_and_opens_again(tmp_path: Path) -> None:
    opened = open_encoder(names(tmp_path / "model"), ignore, never)
    answers = opened.predictor.predict(WORDS, ignore, never)
    found = [tag for answer in answers for tag in answer.tags]
    gold = [tag for _, tags in UNSEEN for tag in tags.split()]
    assert sum(a == b for a, b in zip(found, gold, strict=True)) >= len(gold) - 3
    again = reopen_encoder(names(), tmp_path / "model").predictor
    assert [a.tags for a in again.predict(WORDS, ignore, never)] == [a.tags for a in answers]


def test_a_checkpoint_is_a_safetensors_model_folder(tmp_path: Path) -> None:
    open_encoder(topics(tmp_path, epochs=1), ignore, never)
    files = {path.name for path in tmp_path.iterdir()}
    assert {"model.safetensors", "config.json", "tokenizer.json", "tuned.json"} <= files
    assert not [name for name in files if name.endswith((".part", ".bin"))]
    form = json.loads((tmp_path / "tuned.json").read_text(encoding="utf-8"))
    assert (form["base"], form["task"]) == ("minilm", "text_classification")
    load_base(tmp_path, "encoder", shared=False)  # any program that reads encoders reads it


def test_a_long_sentence_is_tagged_in_windows(tmp_path: Path) -> None:
    opened = open_encoder(names(epochs=12), ignore, never)
    words = " ".join(f"Then {first} ." for first, _ in SENTENCES * 30)
    answer = opened.predictor.predict([sentence(words)], ignore, never)[0]
    assert len(answer.tags) == len(words.split()) > 1000
    repeated = [tag for tag in answer.tags if tag != "O"]
    assert len(repeated) > 300  # found in every window, not in the first alone


def test_targets_stand_on_the_first_piece_of_each_word_alone() -> None:
    rows = (("Nordhavn unbelievably Oslo", "B-LOC O B-LOC"),)
    asked = tag_request(approach=QUICK, train=tagged(rows))
    tuning = EncoderTuning(asked, load_base(asked.folder, "encoder", shared=False))
    (ids,), (targets,) = tuning.rows, tuning.targets
    pieces = tuning.headed.tokenizer.convert_ids_to_tokens(list(ids))
    place = tag_names(TYPES).index("B-LOC")
    for piece, target in zip(pieces, targets, strict=True):
        first = not piece.startswith(("##", "["))
        assert (target != IGNORED) == first
    assert [t for t in targets if t != IGNORED] == [place, 0, place]


@pytest.mark.parametrize("model", ["minilm", "e5-multilingual"])
def test_a_head_starts_from_what_the_encoder_already_tells(model: str) -> None:
    rows = tagged(SENTENCES)
    asked = tag_request(model, approach=QUICK, train=rows, validation=rows)
    tuning = EncoderTuning(asked, load_base(asked.folder, "encoder", shared=False))
    tuning.headed.model.eval()
    assert tuning.check().score < 0.3
    tuning.start_head(never)
    assert tuning.check().score > 0.8


def test_a_text_head_starts_from_the_prototypes_of_the_labels() -> None:
    asked = request(approach=QUICK, train=texts(TRAIN), validation=texts(TEST))
    tuning = EncoderTuning(asked, load_base(asked.folder, "encoder", shared=False))
    tuning.headed.model.eval()
    tuning.start_head(never)
    assert tuning.check().score == 1


def test_a_tag_head_starts_with_two_tags_or_with_one() -> None:
    for words, tags in (("Oslo is here", "B-LOC O O"), ("It rained", "O O")):
        asked = tag_request(approach=QUICK, train=tagged(((words, tags),)))
        tuning = EncoderTuning(asked, load_base(asked.folder, "encoder", shared=False))
        tuning.start_head(never)
        tuning.headed.model.eval()
        if "B-LOC" in tags:
            with torch.no_grad():
                assert float(tuning.loss_of_batch([0])) < 0.7


def test_padding_has_no_say_in_the_loss() -> None:
    asked = names()
    tuning = EncoderTuning(asked, load_base(asked.folder, "encoder", shared=False))
    tuning.headed.model.eval()
    longest = max(range(len(tuning.rows)), key=lambda i: len(tuning.rows[i]))
    shortest = min(range(len(tuning.rows)), key=lambda i: len(tuning.rows[i]))
    with torch.no_grad():
        words = [sum(t != IGNORED for t in tuning.targets[i]) for i in (longest, shortest)]
        apart = [float(tuning.loss_of_batch([i])) for i in (longest, shortest)]
        together = float(tuning.loss_of_batch([longest, shortest]))
    mean = sum(n * loss for n, loss in zip(words, apart, strict=True)) / sum(words)
    assert together == pytest.approx(mean, abs=1e-4)


@pytest.mark.parametrize(
    ("settings", "trained"),
    [
        ({"strategy": "top_layers", "top_layers": 1}, {"encoder.layer.5", "classifier"}),
        ({"freeze_embeddings": True}, None),
        ({"freeze_embeddings": False}, None),
    ],
)
def test_what_is_trained(settings: dict[str, object], trained: set[str] | None) -> None:
    asked = topics(**settings)
    model = EncoderTuning(asked, load_base(asked.folder, "encoder", shared=False)).headed.model
    free = {name for name, p in model.named_parameters() if p.requires_grad}
    if trained is not None:
        assert all(any(part in name for part in trained) for name in free)
        assert all(any(part in name for name in free) for part in trained)
    else:
        words = "encoder.embeddings.word_embeddings.weight"
        assert (words in free) is not settings["freeze_embeddings"]
        assert "encoder.encoder.layer.0.output.dense.weight" in free


def test_dropout_asked_for_is_set_everywhere() -> None:
    asked = topics(dropout=0.37)
    model = EncoderTuning(asked, load_base(asked.folder, "encoder", shared=False)).headed.model
    assert {m.p for m in model.modules() if isinstance(m, torch.nn.Dropout)} == {0.37}


def test_stopping_keeps_what_was_learnt(tmp_path: Path) -> None:
    heard: list[Event] = []
    stop = lambda: any(event.kind == "check" for event in heard)  # noqa: E731
    opened = open_encoder(topics(tmp_path), heard.append, stop)
    assert opened.predictor.facts["stopped"] is True
    assert opened.predictor.facts["steps"] == 3
    assert reopen_encoder(topics(), tmp_path).predictor.predict(QUESTIONS, ignore, never)
    with pytest.raises(Stopped):
        open_encoder(topics(), ignore, lambda: True)


def test_the_same_seed_gives_the_same_answers() -> None:
    runs = [open_encoder(topics(epochs=2), ignore, never).predictor for _ in range(2)]
    first, second = (run.predict(QUESTIONS, ignore, never) for run in runs)
    assert first == second


def test_training_leaves_the_shared_model_alone() -> None:
    base = load_base(request().folder, "encoder")
    before = base.model.encoder.layer[5].output.dense.weight.clone()
    open_encoder(topics(epochs=1), ignore, never)
    assert load_base(request().folder, "encoder").model is base.model
    assert torch.equal(base.model.encoder.layer[5].output.dense.weight, before)


def test_an_estimate_tells_steps_time_and_memory() -> None:
    found = estimate_encoder(topics())
    assert (found.steps, found.dtype) == (18, "float32")
    assert 0 < found.seconds < 600
    assert found.memory_bytes > 10**8


def test_a_full_disk_keeps_the_checkpoint_before(tmp_path: Path) -> None:
    asked = topics(tmp_path)
    tuning = EncoderTuning(asked, load_base(asked.folder, "encoder", shared=False))
    tuning.save()
    whole = (tmp_path / "model.safetensors").read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(StorageFault):
            tuning.save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / "model.safetensors").read_bytes() == whole
    assert not list(tmp_path.glob(".*.part"))


def test_a_new_training_replaces_another_ones_folder(tmp_path: Path) -> None:
    open_encoder(names(tmp_path, epochs=1), ignore, never)
    open_encoder(topics(tmp_path, epochs=1), ignore, never)
    answers = reopen_encoder(topics(), tmp_path).predictor.predict(QUESTIONS, ignore, never)
    assert all(len(answer.scores) == 3 for answer in answers)


def test_what_cannot_be_trained_or_opened_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="LoRA"):
        open_encoder(topics(strategy="lora"), ignore, never)
    with pytest.raises(RequestError):
        open_encoder(request(approach=QUICK), ignore, never)
    with pytest.raises(ModelError) as caught:
        reopen_encoder(topics(), tmp_path)
    assert caught.value.key == "engine_tuned_broken"
    open_encoder(topics(tmp_path, epochs=1), ignore, never)
    with pytest.raises(ModelError, match="minilm"):
        reopen_encoder(request("e5-multilingual"), tmp_path)
