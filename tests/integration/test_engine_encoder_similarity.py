"""Encoders as they are: by descriptions, by shots, and by nearest tokens."""

import numpy as np
import pytest
import torch
from encoder_rows import (
    DESCRIPTIONS,
    SENTENCES,
    TEST,
    TOPICS,
    TRAIN,
    UNSEEN,
    ignore,
    model_folder,
    never,
    question,
    request,
    sentence,
    tag_request,
    tagged,
    texts,
)

from instruct_ui.engine.base import Event, Stopped
from instruct_ui.engine.encoder import Encoder
from instruct_ui.engine.loading import load_base, load_tokenizer
from instruct_ui.engine.token_windows import special_ids, split_words
from instruct_ui.engine.tuned import open_encoder
from instruct_ui.errors import ModelError, RequestError
from instruct_ui.evaluation.predictions import Answer
from instruct_ui.models import catalogue
from instruct_ui.spec import FewShot, ZeroShot

pytestmark = pytest.mark.models
QUESTIONS = [question(text) for text, _ in TEST]
CARD = catalogue.EMBEDDED["minilm"]


def right(answers: list[Answer]) -> int:
    return sum(a.label == label for a, (_, label) in zip(answers, TEST, strict=True))


@pytest.mark.parametrize("model", ["minilm", "e5-multilingual"])
def test_zero_shot_goes_to_the_nearest_description(model: str) -> None:
    predictor = open_encoder(request(model), ignore, never).predictor
    answers = predictor.predict(QUESTIONS, ignore, never)
    assert right(answers) >= 5
    for answer in answers:
        assert sum(answer.scores) == pytest.approx(1, abs=1e-4)
        assert answer.label == TOPICS[answer.scores.index(answer.confidence)]
        assert answer.confidence > 0.4
    assert predictor.facts["method"] == "descriptions"


def test_e5_reads_chinese() -> None:
    predictor = open_encoder(
        request("e5-multilingual", descriptions=("银行卡丢失", "快递配送", "退款")), ignore, never
    ).predictor
    asked = [question("我的卡不见了"), question("包裹什么时候到"), question("请把钱退给我")]
    labels = [answer.label for answer in predictor.predict(asked, ignore, never)]
    assert labels == ["card_lost", "delivery", "refund"]


@pytest.mark.parametrize("method", ["prototypes", "logistic", "auto"])
def test_few_shot_learns_from_the_shots(method: str) -> None:
    approach = FewShot.model_validate({"shots": 12, "method": method})
    # Descriptions that say nothing: what is right comes from the shots.
    asked = request(approach=approach, shots=texts(TRAIN), descriptions=("a", "b", "c"))
    predictor = open_encoder(asked, ignore, never).predictor
    assert right(predictor.predict(QUESTIONS, ignore, never)) == len(TEST)
    assert predictor.facts["method"] in {"prototypes", "logistic"}


@pytest.mark.parametrize("method", ["prototypes", "logistic"])
def test_a_label_without_shot_is_known_by_its_description(method: str) -> None:
    approach = FewShot.model_validate({"shots": 8, "method": method})
    asked = request(approach=approach, shots=texts(TRAIN[:8]))
    answers = open_encoder(asked, ignore, never).predictor.predict(QUESTIONS, ignore, never)
    assert any(answer.label == "refund" for answer in answers[4:])


def test_answers_do_not_depend_on_the_rows_beside_them() -> None:
    predictor = open_encoder(request(), ignore, never).predictor
    together = predictor.predict([*QUESTIONS, question("word " * 100)], ignore, never)
    alone = [predictor.predict([q], ignore, never)[0] for q in QUESTIONS]
    for one, other in zip(alone, together, strict=False):
        assert one.scores == pytest.approx(other.scores, abs=1e-4)


def test_tokens_progress_and_stop() -> None:
    heard: list[Event] = []
    predictor = open_encoder(request(), ignore, never).predictor
    assert predictor.tokens_seen == 0
    predictor.predict(QUESTIONS, heard.append, never)
    tokenizer = load_tokenizer(model_folder())
    assert predictor.tokens_seen == sum(len(tokenizer(text).input_ids) for text, _ in TEST)
    assert heard[-1].values == {"done": len(TEST), "total": len(TEST)}
    with pytest.raises(Stopped):
        predictor.predict(QUESTIONS, ignore, lambda: True)
    assert predictor.predict([], ignore, never) == []


def test_a_text_longer_than_the_window_is_cut_to_it() -> None:
    encoder = Encoder(load_base(model_folder(), "encoder"), CARD)
    long = encoder.embed(["card " * 5000, "card " * 6000], ignore, never)
    assert encoder.tokens_seen == 2 * encoder.window
    assert np.allclose(long[0], long[1], atol=1e-5)


def test_embeddings_are_the_masked_mean_of_length_one() -> None:
    base = load_base(model_folder(), "encoder")
    found = Encoder(base, CARD).embed(["a card", "a much longer text about cards"], ignore, never)
    with torch.inference_mode():
        read = base.model(**base.tokenizer("a card", return_tensors="pt")).last_hidden_state[0]
    plain = read.mean(dim=0).numpy()
    assert np.allclose(found[0], plain / np.linalg.norm(plain), atol=1e-5)


@pytest.mark.parametrize("method", ["prototypes", "auto"])
def test_few_tagged_sentences_tag_new_ones(method: str) -> None:
    approach = FewShot.model_validate({"shots": 8, "method": method})
    asked = tag_request(approach=approach, shots=tagged(SENTENCES))
    predictor = open_encoder(asked, ignore, never).predictor
    answers = predictor.predict([sentence(words) for words, _ in UNSEEN], ignore, never)
    found = [tag for answer in answers for tag in answer.tags]
    gold = [tag for _, tags in UNSEEN for tag in tags.split()]
    assert sum(a == b for a, b in zip(found, gold, strict=True)) >= len(gold) - 3
    assert all(0 < answer.confidence <= 1 for answer in answers)


def test_words_that_yield_no_piece_are_o() -> None:
    approach = FewShot(shots=8)
    asked = tag_request(approach=approach, shots=tagged(SENTENCES))
    predictor = open_encoder(asked, ignore, never).predictor
    blank, odd = sentence(""), sentence("Berlin x Oslo")
    odd = type(odd)(odd.prompt, odd.text, ("\u200b", "Berlin", " ", ""))
    nothing = type(odd)(odd.prompt, odd.text, ("\u200b", " "))
    answers = predictor.predict([blank, odd, nothing], ignore, never)
    assert answers[0].tags == ()
    assert (len(answers[1].tags), answers[1].tags[0], answers[1].tags[2:]) == (4, "O", ("O", "O"))
    assert (answers[2].tags, answers[2].confidence) == (("O", "O"), 0.0)


@pytest.mark.parametrize("model", ["minilm", "e5-multilingual"])
def test_pieces_of_words_are_those_of_the_running_text(model: str) -> None:
    tokenizer = load_tokenizer(model_folder(model))
    text = "Maria Keller unbelievably lives in Nordhavn"
    before, after = special_ids(tokenizer)
    (words,) = split_words(tokenizer, [text.split()])
    assert [*before, *(piece for word in words for piece in word), *after] == tokenizer(
        text
    ).input_ids
    (chinese,) = split_words(tokenizer, [["北", "川", "航运"]])
    assert all(chinese)


def test_what_an_encoder_cannot_do_is_said() -> None:
    with pytest.raises(ModelError):
        open_encoder(tag_request(approach=ZeroShot()), ignore, never)
    for asked in (request(approach=FewShot(shots=4)), tag_request(approach=FewShot(shots=4))):
        with pytest.raises(RequestError) as caught:
            open_encoder(asked, ignore, never)
        assert caught.value.key == "engine_no_shots"


def test_descriptions_decide_zero_shot() -> None:
    swapped = request(descriptions=(DESCRIPTIONS[1], DESCRIPTIONS[0], DESCRIPTIONS[2]))
    answers = open_encoder(swapped, ignore, never).predictor.predict(QUESTIONS[:4], ignore, never)
    assert [a.label for a in answers] == ["delivery", "delivery", "card_lost", "card_lost"]
