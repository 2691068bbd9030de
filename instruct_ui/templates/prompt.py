"""A rendered prompt: segments, each from one block, in the order the model reads them."""

from __future__ import annotations

from dataclasses import dataclass

from instruct_ui.templates.template import BlockKind


@dataclass(frozen=True, slots=True)
class Segment:
    kind: BlockKind
    number: int
    """Which of the kind: constraint 1, 2, ...; example 1, 2, ... ."""
    text: str
    block: int = -1
    """Position of its block in the template."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """`"".join(s.text for s in segments)` is the plain prompt, byte for byte."""

    segments: tuple[Segment, ...]

    @property
    def text(self) -> str:
        return "".join(s.text for s in self.segments)

    @property
    def question(self) -> str:
        """All but the answer form: what stands in the user's turn of a chat, as most chat templates
        trim it."""
        return "".join(s.text for s in self.segments if s.kind != "answer").strip()

    @property
    def answer_start(self) -> str:
        """The answer form: what the answer is appended to."""
        return "".join(s.text for s in self.segments if s.kind == "answer").strip()

    def encoder_text(self, with_instruction: bool) -> str:
        """What an encoder reads: the input form, after the instruction if asked to."""
        wanted = {"input", "instruction"} if with_instruction else {"input"}
        return "\n".join(s.text.strip() for s in self.segments if s.kind in wanted)

    def before_answer(self, frame: ChatFrame | None) -> str:
        """All the model has read when the answer begins, with the chat frame around it if given."""
        if frame is None:
            return self.text.rstrip()
        return frame.before + self.question + frame.after + self.answer_start


@dataclass(frozen=True, slots=True)
class ChatFrame:
    """What a model's chat template puts before and after the user's text."""

    before: str
    after: str
    """Ends where the assistant's answer begins."""
    end: str = ""
    """What follows the answer (end of turn)."""


def continuation(before: str, word: str) -> str:
    """`word` as it continues `before`: after a blank, but for line ends, frames and Chinese."""
    if not before or before[-1].isspace() or before[-1] in "：>】」":
        return word
    if word and ord(word[0]) >= 0x2E80:
        return word
    return f" {word}"
