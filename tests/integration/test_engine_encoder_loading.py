"""What may be loaded, from where, and how often."""

import shutil
from pathlib import Path

import pytest
import torch
from encoder_rows import model_folder
from safetensors.torch import load_file, save_file

from instruct_ui.engine.loading import load_base, pick_device
from instruct_ui.engine.precision import has_native_bfloat16, pick_dtype
from instruct_ui.errors import ModelError, RequestError


@pytest.mark.models
def test_a_model_is_loaded_once_but_a_trained_copy_is_its_own() -> None:
    first = load_base(model_folder(), "encoder")
    assert load_base(model_folder(), "encoder") is first
    own = load_base(model_folder(), "encoder", shared=False)
    assert own.model is not first.model
    assert load_base(model_folder(), "encoder") is first


@pytest.mark.models
def test_a_folder_with_pickled_weights_alone_is_refused(tmp_path: Path) -> None:
    shutil.copy(model_folder() / "config.json", tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"anything")
    with pytest.raises(ModelError, match=r"pytorch_model\.bin") as caught:
        load_base(tmp_path, "encoder")
    assert caught.value.key == "engine_pickled_weights"


@pytest.mark.models
def test_a_model_with_missing_weights_is_refused_not_filled_up_at_random(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(model_folder(), tmp_path / "m"))
    weights = load_file(copy / "model.safetensors")
    save_file(
        {k: v for k, v in weights.items() if "layer.3.output" not in k},
        copy / "model.safetensors",
        metadata={"format": "pt"},
    )
    with pytest.raises(ModelError, match=r"missing, among them .*layer\.3\.output"):
        load_base(copy, "encoder")


@pytest.mark.models
def test_a_half_written_file_is_refused(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(model_folder(), tmp_path / "m"))
    whole = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError) as caught:
        load_base(copy, "encoder")
    assert caught.value.key == "engine_unreadable"


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        load_base(tmp_path, "encoder")
    assert caught.value.key == "engine_no_model"


def test_an_unknown_device_is_named() -> None:
    with pytest.raises(RequestError, match="warp"):
        pick_device("warp")


def test_bfloat16_is_taken_only_where_it_is_native_and_faster() -> None:
    slower = {torch.bfloat16: 2.0, torch.float32: 1.0}
    faster = {torch.bfloat16: 0.5, torch.float32: 1.0}
    native = torch.bfloat16 if has_native_bfloat16(torch.device("cpu")) else torch.float32
    assert pick_dtype("auto", slower.__getitem__) == torch.float32
    assert pick_dtype("auto", faster.__getitem__) == native
    assert pick_dtype("bfloat16", slower.__getitem__) == torch.bfloat16
    assert pick_dtype("float32", faster.__getitem__) == torch.float32
