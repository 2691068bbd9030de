"""How a causal model is asked for an answer it writes or chooses, and where an answer ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from instruct_ui.engine.candidates import Candidates, Ids, common_length, encode, shorten
from instruct_ui.engine.writing import Ended
from instruct_ui.errors import ModelError
from instruct_ui.templates.prompt import ChatFrame, Prompt, continuation


@dataclass(frozen=True)
class WritingForm:
    """How a model is asked to write, and where its answers end."""

    tokenizer: Any
    window: int
    model: str
    """The model's name, for errors."""
    most: int
    """Most tokens of an answer."""
    lines: bool = False
    """Whether an answer may have several lines; it ends with an empty one, else with the first."""
    frame: ChatFrame | None = None

    def read(self, prompt: Prompt) -> tuple[Ids, bool]:
        """The prompt's ids with room for the answer, and whether its text was cut for that. Raises
        ModelError where it does not fit without the row's text either."""
        fitting = self._fitting(prompt)
        return self._ids(fitting), fitting is not prompt

    def _fitting(self, prompt: Prompt) -> Prompt:
        def fits(asked: Prompt) -> bool:
            return len(self._ids(asked)) + self.most <= self.window

        if fits(prompt):
            return prompt
        shortened = shorten(prompt, fits)
        if shortened is None:
            tokens = len(self._ids(prompt)) + self.most
            raise ModelError(
                "causal_prompt_too_long", model=self.model, tokens=tokens, window=self.window
            )
        return shortened

    def lesson(self, prompt: Prompt, answer: str) -> tuple[Ids, Ids]:
        """The prompt's ids, and those of the answer with what ends it, cut to the most it may have.

        Both are encoded as one text; a token that crosses the seam is the answer's. Raises
        ModelError as `read`.
        """
        fitting = self._fitting(prompt)
        before = fitting.before_answer(self.frame)
        whole = before + continuation(before, answer) + self.ending
        asked, full = encode(self.tokenizer, [before, whole], framed=self.frame is not None)
        shared = min(common_length([asked, full]), len(full) - 1)
        return full[:shared], full[shared : shared + self.most]

    def choices(self, prompt: Prompt, choices: Sequence[str]) -> Candidates:
        """The prompt's ids with those of every choice behind them. Raises ModelError as `read`."""
        before = self._fitting(prompt).before_answer(self.frame)
        texts = [before, *(before + continuation(before, choice) for choice in choices)]
        asked, *full = encode(self.tokenizer, texts, framed=self.frame is not None)
        shared = min(common_length([asked, *full]), min(map(len, full)) - 1)
        return Candidates(asked[:shared], tuple(ids[shared : shared + self.most] for ids in full))

    @property
    def ending(self) -> str:
        """What is written behind an answer in training, so that the model learns to end."""
        eos: str = self.tokenizer.eos_token or ""
        if self.frame is not None:
            return self.frame.end.rstrip() or eos
        return eos or ("\n\n" if self.lines else "\n")

    def _ids(self, prompt: Prompt) -> Ids:
        before = prompt.before_answer(self.frame)
        return encode(self.tokenizer, [before], framed=self.frame is not None)[0]

    @property
    def ends(self) -> frozenset[int]:
        """Tokens that end every answer: the model's own end, the end of a turn of its frame."""
        ids = {self.tokenizer.eos_token_id}
        closing = self.frame.end.strip() if self.frame else ""
        if closing:
            ids |= set(self.tokenizer(closing, add_special_tokens=False)["input_ids"][:1])
        return frozenset(i for i in ids if i is not None)

    @property
    def mark(self) -> str | None:
        """What ends an answer by its lines. In a chat an answer of several ends with its turn."""
        if self.frame is not None and self.lines:
            return None
        return "\n\n" if self.lines else "\n"

    @property
    def ended(self) -> Ended:
        """Whether what stands there ends by its lines."""
        mark = self.mark
        if mark is None:
            return lambda ids: False

        def ended(ids: Ids) -> bool:
            text: str = self.tokenizer.decode(ids)
            return mark in text.lstrip()

        return ended

    def text(self, ids: Ids) -> str:
        """Ids as the answer they are."""
        decoded: str = self.tokenizer.decode(ids, skip_special_tokens=True)
        return decoded.strip()
