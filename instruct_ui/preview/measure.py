"""Tokens of a prompt, segment by segment, as one model counts them. Knows `tokenizers` only."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from instruct_ui.errors import ModelError
from instruct_ui.models.card import ModelCard
from instruct_ui.tasks import Family
from instruct_ui.templates.chat import frame_of, special_tokens
from instruct_ui.templates.prompt import ChatFrame, Prompt, Segment
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
    """One at a time: the multilingual one alone takes some 200 MB. Raises ModelError."""
    # The page imports this module for its value types, and must stay small.
    from tokenizers import Tokenizer

    try:
        loaded: Tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    except Exception as error:  # the library raises nothing more exact
        raise ModelError("engine_no_tokenizer", folder=folder, cause=str(error)) from error
    loaded.no_truncation()
    loaded.no_padding()
    return loaded


def measure(prompt: Prompt, reader: Reader | None) -> tuple[list[Part], int]:
    """(parts, tokens in all). Without a model nothing is counted and everything is read.

    The parts that are read are what the engine's predictors encode, so a token counts for the part
    it begins in; what the tokenizer itself adds is in the total only.
    """
    if reader is None:
        return [Part(s.kind, s.number, s.text, 0, True, "") for s in prompt.segments], 0
    frame = frame_of(Path(reader.folder)) if reader.chat else None
    parts = _encoder_parts(prompt, reader) if reader.family == "encoder" else _parts(prompt, frame)
    read = [p for p in parts if p.read]
    if not read and reader.family == "encoder":
        return parts, 0
    counts, total = _count(tuple(p.text for p in read), reader, framed=frame is not None)
    counted = iter(counts)
    return [replace(p, tokens=next(counted) if p.read else 0) for p in parts], total


def _encoder_parts(prompt: Prompt, reader: Reader) -> list[Part]:
    def why(kind: PartKind) -> str:
        if reader.tags_words:
            return "" if kind == "input" else "preview.unread_words"
        if kind == "input" or (kind == "instruction" and reader.reads_instruction):
            return ""
        return "preview.unread_instruction" if kind == "instruction" else "preview.unread_encoder"

    reasons = [why(s.kind) for s in prompt.segments]
    return [
        Part(s.kind, s.number, s.text, 0, not reason, reason)
        for s, reason in zip(prompt.segments, reasons, strict=True)
    ]


def _parts(prompt: Prompt, frame: ChatFrame | None) -> list[Part]:
    """As `Prompt.before_answer` has it."""
    if frame is None:
        return _within(prompt.segments, prompt.before_answer(None))
    asked = [s for s in prompt.segments if s.kind != "answer"]
    answer = [s for s in prompt.segments if s.kind == "answer"]
    parts = [
        Part("chat", 0, frame.before, 0, True, ""),
        *_within(asked, prompt.question),
        Part("chat", 0, frame.after, 0, True, ""),
        *_within(answer, prompt.answer_start),
    ]
    return [part for part in parts if part.text]


def _within(segments: Sequence[Segment], text: str) -> list[Part]:
    """The segments without the blanks at their ends that `text`, all of them joined, is without."""
    start = "".join(s.text for s in segments).find(text)
    end = start + len(text)
    parts: list[Part] = []
    for s in segments:
        kept = s.text[max(start, 0) : max(end, 0)]
        start, end = start - len(s.text), end - len(s.text)
        if kept:
            parts.append(Part(s.kind, s.number, kept, 0, True, ""))
    return parts


@lru_cache(maxsize=512)
def _count(texts: tuple[str, ...], reader: Reader, framed: bool) -> tuple[list[int], int]:
    """(tokens that begin in each text, tokens in all), encoded as the engine encodes them."""
    encoder, causal = reader.family == "encoder", reader.family == "causal"
    if encoder:
        texts = (reader.text_prefix + texts[0].strip(), *(text.strip() for text in texts[1:]))
    gap = "\n" if encoder else ""
    encoded = tokenizer(reader.folder).encode(gap.join(texts), add_special_tokens=not causal)
    ends = list(accumulate(len(text) + len(gap) for text in texts))
    counts = [0] * len(texts)
    for (start, end), special in zip(encoded.offsets, encoded.special_tokens_mask, strict=True):
        if not special or end > start:
            counts[min(bisect_right(ends, start), len(texts) - 1)] += 1
    beginning = _beginning(reader.folder) if causal and not framed else 0
    return counts, len(encoded.ids) + beginning


def _beginning(folder: str) -> int:
    """How often the tokenizer puts its token of beginning before every text. A chat template writes
    that token itself."""
    loaded = tokenizer(folder)
    bos = special_tokens(Path(folder)).get("bos_token", "")
    return loaded.encode("").tokens.count(bos) if bos else 0
