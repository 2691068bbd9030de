"""A small sequence-to-sequence model built here reads prompts and writes answers.

Its weights are random, so nothing is claimed of what it says.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

from instruct_ui.data.samples import sample_named
from instruct_ui.errors import ModelError
from instruct_ui.experiment import run
from instruct_ui.models import local
from instruct_ui.preview.client import Preview
from instruct_ui.spec import FewShot, FineTune, Limit, Spec, ZeroShot


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A T5 of two layers, its tokenizer trained on the translations of the samples."""
    home = tmp_path_factory.mktemp("tiny-t5")
    texts = sample_named("translations").path.read_text(encoding="utf-8").splitlines()
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<pad>", "</s>", "<unk>"]
    tokenizer.train_from_iterator(
        texts, trainers.UnigramTrainer(vocab_size=800, special_tokens=special, unk_token="<unk>")
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    fast.model_max_length = 512
    fast.save_pretrained(home)
    config = T5Config(
        vocab_size=len(fast),
        d_model=32,
        d_ff=64,
        d_kv=16,
        num_layers=2,
        num_heads=2,
        decoder_start_token_id=0,
    )
    T5ForConditionalGeneration(config).save_pretrained(home)
    return home


def spec_of(folder: Path, approach: ZeroShot | FewShot | FineTune, answer_tokens: int = 8) -> Spec:
    sample = sample_named("translations")
    return Spec(
        task="translation",
        data=sample.data(),
        template="translate",
        model=str(folder),
        approach=approach,
        answer_tokens=answer_tokens,
        limit=Limit(test=6),
    )


def test_a_folder_with_encoder_and_decoder_is_taken_for_seq2seq(folder: Path) -> None:
    facts = local.read(folder)
    assert (facts.family, facts.window) == ("seq2seq", 512)


@pytest.mark.parametrize("approach", [ZeroShot(), FewShot(shots=1)])
def test_it_writes_an_answer_to_every_row(
    folder: Path, models_dir: Path, preview: Preview, approach: ZeroShot | FewShot
) -> None:
    outcome = run(
        spec_of(folder, approach),
        models_dir=models_dir,
        preview=preview,
        listen=lambda event: None,
        stop=lambda: False,
    )
    assert outcome.report.rows == 6
    assert set(outcome.report.metrics) == {"chrf", "bleu"}
    assert all(0 <= row.answer.confidence <= 1 for row in outcome.predictions.rows)
    again = run(
        spec_of(folder, approach),
        models_dir=models_dir,
        preview=preview,
        listen=lambda event: None,
        stop=lambda: False,
    )
    assert [r.answer for r in again.predictions.rows] == [
        r.answer for r in outcome.predictions.rows
    ]


def test_what_is_not_built_is_said(folder: Path, models_dir: Path, preview: Preview) -> None:
    with pytest.raises(ModelError) as caught:
        run(
            spec_of(folder, FineTune(strategy="lora")),
            models_dir=models_dir,
            preview=preview,
            listen=lambda event: None,
            stop=lambda: False,
        )
    assert caught.value.key == "model_no_seq2seq_training"
