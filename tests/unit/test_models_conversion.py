"""The conversions on inputs small enough to be reckoned by hand."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from instruct_ui.models import e5, e5_pack, smollm2

HIDDEN, LAYERS, HEADS, WIDE, VOCABULARY, POSITIONS = 32, 1, 2, 64, 9, 4
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "好", "▁a", "～", "<mask>"]


def q4_0(scale: float, values: list[int]) -> bytes:
    """One block of 32 values between -8 and 7, packed as the format says."""
    packed = bytes((values[j] + 8) | ((values[j + 16] + 8) << 4) for j in range(16))
    return struct.pack("<e", scale) + packed


def block_values(seed: int) -> list[int]:
    return [int(v) for v in np.random.default_rng(seed).integers(-8, 8, 32)]


def tensor(rows: int, columns: int, seed: int) -> tuple[bytes, np.ndarray]:
    blocks = [block_values(seed + i) for i in range(rows * columns // 32)]
    raw = b"".join(q4_0(0.5, block) for block in blocks)
    return raw, np.array(blocks, np.float32).reshape(rows, columns) * 0.5


def write_pack(path: Path) -> dict[str, np.ndarray]:
    """An E5S1 file of one layer; returns what its tensors hold."""
    shapes = {"emb.word": (VOCABULARY, HIDDEN), "emb.pos": (POSITIONS, HIDDEN)}
    shapes |= {"emb.type": (2, HIDDEN), "l0.fi.w": (WIDE, HIDDEN), "l0.fo.w": (HIDDEN, WIDE)}
    shapes |= {f"l0.{part}.w": (HIDDEN, HIDDEN) for part in ("q", "k", "v", "ao")}
    packed = {name: (1, *tensor(*shape, seed=i)) for i, (name, shape) in enumerate(shapes.items())}
    vectors = ["emb.ln.w", "emb.ln.b", *(f"l0.{p}.{k}" for p in ("aln", "oln") for k in "wb")]
    vectors += [f"l0.{part}.b" for part in ("q", "k", "v", "ao", "fi", "fo")]
    for i, name in enumerate(vectors):
        values = np.full(WIDE if name == "l0.fi.b" else HIDDEN, i + 0.25, np.float32)
        packed[name] = (0, values.tobytes(), values)
    blob = "".join(PIECES).encode()
    ends = np.cumsum([0] + [len(p.encode()) for p in PIECES]).tolist()
    head = struct.pack("<4sI7i", b"E5S1", 1, HIDDEN, LAYERS, HEADS, WIDE, VOCABULARY, POSITIONS, 2)
    head += struct.pack("<fi5iQ", 1e-12, 32, len(PIECES), 0, 2, 1, 3, len(blob))
    head += struct.pack(f"<{len(ends)}I", *ends)
    head += struct.pack(f"<{len(PIECES)}f", *(-float(i) for i in range(len(PIECES)))) + blob
    head += struct.pack("<iI", 1, 5) + b"\x01\0\0\0\0" + struct.pack("<i", len(packed))
    at = len(head) + sum(2 + len(name) + 21 for name in packed)
    directory = b""
    for name, (kind, raw, values) in packed.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, values.size, at, len(raw))
        at += len(raw)
    path.write_bytes(head + directory + b"".join(raw for _, raw, _ in packed.values()))
    return {name: values for name, (_, _, values) in packed.items()}


@pytest.fixture
def converted(tmp_path: Path) -> tuple[Path, dict[str, np.ndarray]]:
    parts, out = tmp_path / "parts", tmp_path / "out"
    parts.mkdir()
    out.mkdir()
    held = write_pack(parts / "e5-small-q4.bin")
    e5.convert(parts, out)
    return out, held


def test_e5_weights_keep_their_values_under_berts_names(
    converted: tuple[Path, dict[str, np.ndarray]],
) -> None:
    out, held = converted
    weights = load_file(out / "model.safetensors")
    assert len(weights) == len(held)
    for theirs, ours in {
        "emb.word": "embeddings.word_embeddings.weight",
        "emb.ln.b": "embeddings.LayerNorm.bias",
        "l0.q.w": "encoder.layer.0.attention.self.query.weight",
        "l0.aln.w": "encoder.layer.0.attention.output.LayerNorm.weight",
        "l0.fi.b": "encoder.layer.0.intermediate.dense.bias",
        "l0.fo.w": "encoder.layer.0.output.dense.weight",
    }.items():
        np.testing.assert_array_equal(weights[ours], held[theirs])
        assert weights[ours].dtype == np.float32
    config = json.loads((out / "config.json").read_text())
    assert (config["hidden_size"], config["vocab_size"], config["pad_token_id"]) == (32, 9, 1)


def test_e5_tokenizer_reads_as_the_original(
    converted: tuple[Path, dict[str, np.ndarray]],
) -> None:
    tokenizer = Tokenizer.from_file(str(converted[0] / "tokenizer.json"))

    def read(text: str) -> list[str]:
        return tokenizer.encode(text).tokens

    assert read("a") == ["<s>", "▁a", "</s>"]
    assert read("  ａ\n\t\u200ba\x07  ") == ["<s>", "▁a", "▁a", "</s>"]
    assert read("好～") == ["<s>", "▁", "好", "～", "</s>"]
    assert read("") == ["<s>", "</s>"]
    pair = tokenizer.encode("a", "好")
    assert pair.ids == [0, 6, 2, 2, 4, 5, 2]


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(b"GGUF" + bytes(200))
    with pytest.raises(ValueError, match="E5S1"):
        e5_pack.read(path)


def test_smollm2_rotary_halves_are_put_apart_again() -> None:
    heads, size, width = 2, 6, 3
    original = np.arange(heads * size * width, dtype=np.float32).reshape(heads * size, width)
    # llama.cpp, when it writes: the two halves of a head become pairs.
    stored = original.reshape(heads, 2, size // 2, width).swapaxes(1, 2).reshape(-1, width)
    assert not np.array_equal(stored, original)
    np.testing.assert_array_equal(smollm2._unpermuted(stored, heads), original)


@pytest.mark.parametrize(
    ("gguf", "ours"),
    [
        ("token_embd.weight", "model.embed_tokens.weight"),
        ("blk.12.attn_output.weight", "model.layers.12.self_attn.o_proj.weight"),
        ("blk.0.ffn_norm.weight", "model.layers.0.post_attention_layernorm.weight"),
    ],
)
def test_smollm2_tensor_names(gguf: str, ours: str) -> None:
    assert smollm2._name(gguf) == ours


def test_smollm2_a_foreign_tensor_is_refused() -> None:
    with pytest.raises(ValueError, match=r"rope_freqs\.bias"):
        smollm2._name("rope_freqs.bias")
