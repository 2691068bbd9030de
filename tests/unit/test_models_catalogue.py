import json
import re
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from instruct_ui.errors import ModelError
from instruct_ui.models import catalogue, fetch, ready
from instruct_ui.models.convert import MODULES


def a_model(folder: Path, config: dict[str, object] | None = None, weights: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    plain = {"model_type": "bert", "architectures": ["BertModel"], "max_position_embeddings": 128}
    (folder / "config.json").write_text(json.dumps(plain if config is None else config))
    (folder / "tokenizer.json").write_text("{}")
    if weights:
        tensors = {"a": np.zeros((3, 4), np.float32), "b": np.zeros(5, np.float32)}
        save_file(tensors, folder / "model.safetensors")
    return folder


def test_embedded_cards_are_known_before_download(tmp_path: Path) -> None:
    assert set(catalogue.EMBEDDED) == set(MODULES)
    assert [c.name for c in catalogue.cards(tmp_path)] == list(catalogue.EMBEDDED)
    for name, card in catalogue.EMBEDDED.items():
        assert catalogue.card(name, tmp_path) is card
        assert card.embedded and card.name == name
    assert catalogue.EMBEDDED["e5-multilingual"].text_prefix == "query: "
    assert {"en", "zh"} <= set(catalogue.EMBEDDED["e5-multilingual"].languages)


@pytest.mark.parametrize(("typed", "meant"), [("minilmm", "minilm"), ("SmolLM", "smollm2")])
def test_a_misspelt_name_gets_the_closest_first(tmp_path: Path, typed: str, meant: str) -> None:
    with pytest.raises(ModelError) as error:
        catalogue.card(typed, tmp_path)
    assert re.search(rf"known here: {meant},", str(error.value), re.IGNORECASE)


@pytest.mark.parametrize("name", ["", " ", "a/b/c", "..", "owner/..", "-x/y", "x y/z", "a\0b"])
def test_what_is_no_name_at_all_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError):
        catalogue.card(name, tmp_path)


def test_a_local_folder_is_read_for_its_facts(tmp_path: Path) -> None:
    folder = a_model(tmp_path / "mine")
    card = catalogue.card(str(folder / ".." / "mine"), tmp_path)
    assert (card.name, card.title, card.family) == (str(folder.resolve()), "mine", "encoder")
    assert (card.parameters, card.window, card.embedded) == (17, 128, False)
    assert fetch.locate(str(folder), tmp_path) == folder.resolve()
    assert fetch.is_present(str(folder), tmp_path)


def test_a_relative_folder_works_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = a_model(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    assert catalogue.card("mine", tmp_path).name == str(folder.resolve())
    assert catalogue.card("./mine", tmp_path).name == str(folder.resolve())


@pytest.mark.parametrize(
    ("config", "family", "window"),
    [
        ({"model_type": "llama", "architectures": ["LlamaForCausalLM"]}, "causal", 512),
        (
            {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_positions": 9},
            "causal",
            9,
        ),
        (
            {
                "model_type": "xlm-roberta",
                "architectures": ["XLMRobertaForMaskedLM"],
                "max_position_embeddings": 514,
            },
            "encoder",
            512,
        ),
    ],
)
def test_family_and_window_come_from_the_config(
    tmp_path: Path, config: dict[str, object], family: str, window: int
) -> None:
    card = catalogue.card(str(a_model(tmp_path / "m", config)), tmp_path)
    assert (card.family, card.window) == (family, window)


def test_the_narrower_limit_of_the_tokenizer_counts(tmp_path: Path) -> None:
    folder = a_model(tmp_path / "m")
    (folder / "tokenizer_config.json").write_text('{"model_max_length": 64}')
    assert catalogue.card(str(folder), tmp_path).window == 64
    (folder / "tokenizer_config.json").write_text('{"model_max_length": 1e30}')
    assert catalogue.card(str(folder), tmp_path).window == 128


def test_licence_and_languages_come_from_the_readme(tmp_path: Path) -> None:
    folder = a_model(tmp_path / "m")
    (folder / "README.md").write_text("---\nlicense: mit\nlanguage:\n- zh\n- en\n---\n# Mine\n")
    card = catalogue.card(str(folder), tmp_path)
    assert (card.licence, card.languages) == ("mit", ("zh", "en"))


def test_only_pickled_weights_are_refused(tmp_path: Path) -> None:
    folder = a_model(tmp_path / "m", weights=False)
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelError, match=r"pickled only \(pytorch_model\.bin\)"):
        catalogue.card(str(folder), tmp_path)
    assert not fetch.is_present(str(folder), tmp_path)


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_a_model_with_code_of_its_own_is_refused(tmp_path: Path, file: str) -> None:
    folder = a_model(tmp_path / "m")
    plain = {"model_type": "bert", "auto_map": {"AutoModel": "modeling.Own"}}
    (folder / file).write_text(json.dumps(plain))
    with pytest.raises(ModelError, match="auto_map"):
        catalogue.card(str(folder), tmp_path)


def test_a_shard_outside_the_folder_is_refused(tmp_path: Path) -> None:
    folder = a_model(tmp_path / "m", weights=False)
    save_file({"a": np.zeros(1, np.float32)}, tmp_path / "outside.safetensors")
    index = {"weight_map": {"a": "../outside.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelError, match="outside"):
        catalogue.card(str(folder), tmp_path)


def test_cut_off_weights_are_refused(tmp_path: Path) -> None:
    folder = a_model(tmp_path / "m")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4])
    with pytest.raises(ModelError, match=r"model\.safetensors cannot be read"):
        catalogue.card(str(folder), tmp_path)


@pytest.mark.parametrize(
    "config",
    [
        {"model_type": "t5", "is_encoder_decoder": True, "architectures": ["T5ForCausalLM"]},
        {"model_type": "vit", "architectures": ["ViTModel"]},
        {},
    ],
)
def test_a_model_of_another_family_is_refused(tmp_path: Path, config: dict[str, object]) -> None:
    with pytest.raises(ModelError, match="neither an encoder nor a causal"):
        catalogue.card(str(a_model(tmp_path / "m", config)), tmp_path)


@pytest.mark.parametrize("missing", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    folder = a_model(tmp_path / "m")
    (folder / missing).unlink()
    with pytest.raises(ModelError, match=re.escape(missing)):
        catalogue.card(str(folder), tmp_path)


def test_a_folder_that_does_not_exist_is_said_to(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such folder"):
        catalogue.card(str(tmp_path / "nowhere"), tmp_path)


def test_a_hub_model_counts_only_when_whole(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="models get owner/name"):
        catalogue.card("owner/name", tmp_path)
    folder = a_model(tmp_path / "hub" / "owner--name")
    assert "owner/name" not in [c.name for c in catalogue.cards(tmp_path)]
    ready.write(folder)
    assert [c.name for c in catalogue.cards(tmp_path)][-1] == "owner/name"
    card = catalogue.card("owner/name", tmp_path)
    assert (card.name, card.title, card.parameters) == ("owner/name", "name", 17)
