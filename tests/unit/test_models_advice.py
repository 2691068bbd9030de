import string
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from instruct_ui.models import advice
from instruct_ui.models.card import ModelCard
from instruct_ui.models.catalogue import EMBEDDED
from instruct_ui.texts import LANGUAGES, catalogue, say

MINILM, SMOLLM2, E5 = (EMBEDDED[k] for k in ("minilm", "smollm2", "e5-multilingual"))


def told(answer: advice.Advice | None) -> str:
    assert answer is not None
    key, params = answer
    say(key, "zh", **params)
    return say(key, "en", **params)


def test_chinese_texts_on_an_english_model_are_advised_to_e5() -> None:
    for card in (MINILM, SMOLLM2):
        text = told(advice.advise(card, "text_classification", "zh", "fine_tune"))
        assert "reads English only" in text and "Chinese" in text and "e5-multilingual" in text


def test_another_language_is_named_by_its_code() -> None:
    assert "(fr)" in told(advice.advise(MINILM, "text_classification", "fr", "few_shot"))


@pytest.mark.parametrize("language", ["en", None])
def test_no_advice_where_all_suits(language: str | None) -> None:
    assert advice.advise(MINILM, "token_classification", language, "fine_tune") is None
    assert advice.advise(SMOLLM2, "text_classification", language, "zero_shot") is None


def test_e5_reads_both_languages_of_the_page() -> None:
    for language in LANGUAGES:
        assert advice.advise(E5, "token_classification", language, "few_shot") is None


def test_what_a_model_cannot_do_comes_before_its_language() -> None:
    text = told(advice.advise(SMOLLM2, "answer_retrieval", "zh", "fine_tune"))
    assert "take an encoder" in text
    assert "writes none" in told(advice.advise(MINILM, "translation", "zh", "zero_shot"))
    assert "Take zero-shot" in told(advice.advise(E5, "question_answering", "zh", "few_shot"))
    assert "zero-shot or few-shot" in told(advice.advise(E5, "dialogue", "zh", "fine_tune"))
    assert "few-shot" in told(advice.advise(E5, "token_classification", "zh", "zero_shot"))


def test_where_no_embedded_model_can_write_the_language_it_says_what_to_bring() -> None:
    assert "Bring a model" in told(advice.advise(SMOLLM2, "translation", "zh", "zero_shot"))


def test_models_of_unknown_or_all_languages_are_not_advised_against() -> None:
    for languages in ((), ("multilingual",), ("zh-CN",)):
        card = ModelCard("/m", "m", "encoder", 1, 1, "", languages, 512)
        assert advice.advise(card, "text_classification", "zh", "fine_tune") is None
    chinese = ModelCard("/m", "m", "encoder", 1, 1, "", ("zh",), 512)
    assert "not trained on English" in told(
        advice.advise(chinese, "text_classification", "en", "fine_tune")
    )


def test_every_model_is_described() -> None:
    local = ModelCard("/m", "m", "causal", 1, 1, "", (), 512)
    for card in (*EMBEDDED.values(), local):
        assert len(told(advice.about(card))) > 40


def test_the_texts_of_this_room_stand_in_both_languages_with_the_same_parameters() -> None:
    entries = {
        key: entry
        for key, entry in catalogue().items()
        if key.startswith(("models.", "errors.model_", "errors.hub_"))
    }
    assert len(entries) > 20
    for key, entry in entries.items():
        assert set(entry) == set(LANGUAGES), key
        en, zh = ({f[1] for f in string.Formatter().parse(entry[lang])} for lang in LANGUAGES)
        assert en - {None} == zh - {None}, key
        assert not en & {"key", "language"}, f"{key}: `say` has parameters of that name"


def save(tokenizer: Tokenizer, folder: Path) -> Path:
    path = folder / "tokenizer.json"
    tokenizer.save(str(path))
    return path


def test_unknown_share_counts_words_not_pieces(tmp_path: Path) -> None:
    vocab = {"[UNK]": 0, "good": 1, "film": 2, "##s": 3}
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.enable_truncation(2)  # as shipped files have it; all words must count all the same
    path = save(tokenizer, tmp_path)
    assert advice.unknown_share(path, ["good films film Good"]) == 0
    assert advice.unknown_share(path, ["good films 电影", "good"]) == pytest.approx(2 / 5)
    assert advice.unknown_share(path, ["", " "]) == 0
    assert advice.unknown_share(path, []) == 0


def test_unknown_share_reads_unigram_and_byte_level_files(tmp_path: Path) -> None:
    unigram = Tokenizer(models.Unigram([("<unk>", 0.0), ("▁a", -1.0), ("▁", -2.0)], 0))
    unigram.pre_tokenizer = pre_tokenizers.Metaspace()
    assert advice.unknown_share(save(unigram, tmp_path), ["a a a 🎉"]) == pytest.approx(1 / 4)
    letters = pre_tokenizers.ByteLevel.alphabet()
    byte_level = Tokenizer(models.BPE({c: i for i, c in enumerate(sorted(letters))}, []))
    byte_level.pre_tokenizer = pre_tokenizers.ByteLevel()
    assert advice.unknown_share(save(byte_level, tmp_path), ["电影 🎉"]) == 0


def test_a_warning_is_due_from_a_share_on() -> None:
    assert advice.advise_unknown(MINILM, 0.01) is None
    assert "37 %" in told(advice.advise_unknown(MINILM, 0.374))
