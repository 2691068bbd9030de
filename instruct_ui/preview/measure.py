"""Tokens of a prompt, segment by segment, as one model counts them. Knows `tokenizers` only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from instruct_ui.models.card import ModelCard
from instruct_ui.tasks import Family
from instruct_ui.templates.chat import frame_of
from instruct_ui.templates.prompt import Prompt
from instruct_ui.templates.template import Template

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PartKind = Literal["instruction", "constraint", "examples", "input", "answer", "chat"]


@dataclass(frozen=True, slots=True)
class Reader:
    """The model that is to read."""

    folder: str
    family: Family
    window: int
    text_prefix: str
    chat: bool
    reads_instruction: bool
    tags_words: bool
    """NER with an encoder: it reads the words themselves, no template."""


def reader_of(card: ModelCard, folder: Path, template: Template, chat: str) -> Reader:
    """The model of `card` in `folder`, as it reads prompts of `template`; `chat`: auto, on, off."""
    return Reader(
        folder=str(folder),
        family=card.family,
        window=card.window,
        text_prefix=card.text_prefix,
        chat=card.family == "causal" and chat != "off",
        reads_instruction=template.encoder_reads_instruction,
        tags_words=template.task == "token_classification",
    )


@dataclass(frozen=True, slots=True)
class Part:
    kind: PartKind
    number: int
    text: str
    tokens: int
    read: bool
    why: str
    """Key of the reason where it is not read."""


@lru_cache(maxsize=1)
def tokenizer(folder: str) -> Tokenizer:
    """One at a time: the multilingual one alone takes some 200 MB."""
    # The page imports this module for its value types, and must stay small.
    from tokenizers import Tokenizer

    loaded: Tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    loaded.no_truncation()
    loaded.no_padding()
    return loaded


def measure(prompt: Prompt, reader: Reader | None) -> tuple[list[Part], int]:
    """(parts, tokens in all). Without a model nothing is counted and everything is read."""
    parts = _framed(prompt, reader)
    read = [p for p in parts if p.read]
    if reader is None or not read:
        return parts, 0
    texts = [p.text for p in read]
    if reader.family == "encoder" and reader.text_prefix:
        texts[0] = reader.text_prefix + texts[0]
    counts, total = _count(tuple(texts), reader)
    by_part = dict(zip(map(id, read), counts, strict=True))
    return [
        Part(p.kind, p.number, p.text, by_part.get(id(p), 0), p.read, p.why) for p in parts
    ], total


def _framed(prompt: Prompt, reader: Reader | None) -> list[Part]:
    parts = [_part(s.kind, s.number, s.text, reader) for s in prompt.segments]
    frame = frame_of(Path(reader.folder)) if reader and reader.chat else None
    if frame is None:
        return parts
    asked = [p for p in parts if p.kind != "answer"]
    answer = [p for p in parts if p.kind == "answer"]
    if asked:
        last = asked[-1]
        asked[-1] = Part(last.kind, last.number, last.text.rstrip(), 0, True, "")
    return [_frame(frame.before), *asked, _frame(frame.after), *answer]


def _frame(text: str) -> Part:
    return Part("chat", 0, text, 0, True, "")


def _part(kind: PartKind, number: int, text: str, reader: Reader | None) -> Part:
    why = ""
    if reader is not None and reader.family == "encoder":
        wanted = {"input", "instruction"} if reader.reads_instruction else {"input"}
        if reader.tags_words:
            why = "preview.unread_words" if kind != "input" else ""
        elif kind not in wanted:
            why = (
                "preview.unread_instruction" if kind == "instruction" else "preview.unread_encoder"
            )
    return Part(kind, number, text, 0, not why, why)


@lru_cache(maxsize=512)
def _count(texts: tuple[str, ...], reader: Reader) -> tuple[list[int], int]:
    """Tokens that begin in each text, encoded as one, special tokens counted in the total only."""
    whole = "".join(texts) if reader.family == "causal" else "\n".join(texts)
    gap = 0 if reader.family == "causal" else 1
    encoded = tokenizer(reader.folder).encode(whole, add_special_tokens=reader.family == "encoder")
    ends: list[int] = []
    place = 0
    for text in texts:
        place += len(text) + gap
        ends.append(place)
    counts = [0] * len(texts)
    for (start, end), special in zip(encoded.offsets, encoded.special_tokens_mask, strict=True):
        if special and end == start:
            continue
        at = next((i for i, stop in enumerate(ends) if start < stop), len(texts) - 1)
        counts[at] += 1
    return counts, len(encoded.ids)


def longest(texts: Sequence[str], folder: str) -> int:
    """Tokens of the longest text."""
    return max((len(e.ids) for e in tokenizer(folder).encode_batch(list(texts))), default=0)
