"""Answers a causal model writes behind a row's prompt. What they say is read back elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from instruct_ui.engine.base import Event, Listener, Question, Stop, Stopped
from instruct_ui.engine.candidates import Ids, common_length, encode, shorten
from instruct_ui.engine.writing import Ended, Writer
from instruct_ui.errors import ModelError
from instruct_ui.evaluation.predictions import Answer
from instruct_ui.templates.prompt import ChatFrame, Prompt, continuation

_CHUNK = 512
"""Rows encoded at once; the shared prefix is kept from one chunk to the next."""


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
    def ended(self) -> Ended:
        """Whether what stands there ends by its lines. In a chat an answer ends with its turn."""
        if self.frame is not None and self.lines:
            return lambda ids: False
        mark = "\n\n" if self.lines else "\n"

        def ended(ids: Ids) -> bool:
            text: str = self.tokenizer.decode(ids)
            return mark in text.lstrip()

        return ended

    def text(self, ids: Ids) -> str:
        """Ids as the answer they are."""
        decoded: str = self.tokenizer.decode(ids, skip_special_tokens=True)
        return decoded.strip()


class WritingPredictor:
    """One model, one prompt form (with chat frame or without)."""

    def __init__(self, writer: Writer, form: WritingForm) -> None:
        self._writer = writer
        self._form = form
        self._cut = 0
        self.tokens_seen = 0
        self.facts: Mapping[str, str | float | bool] = {
            "chat": "off" if form.frame is None else "on",
            "answer_tokens": form.most,
        }

    def note(self, **facts: str | float | bool) -> None:
        """Adds to `facts`."""
        self.facts = {**self.facts, **facts}

    def predict(self, questions: Sequence[Question], listen: Listener, stop: Stop) -> list[Answer]:
        """One text a question; confidence is the geometric mean of its tokens' probabilities.

        Raises Stopped after a batch of `stop`, ModelError where a prompt does not fit the window.
        """
        answers: dict[int, Answer] = {}
        for start in range(0, len(questions), _CHUNK):
            read = [self._form.read(q.prompt) for q in questions[start : start + _CHUNK]]
            self._cut += sum(cut for _, cut in read)
            prompts = [ids for ids, _ in read]
            before = self._writer.tokens_seen
            for batch, found in self._writer.write(
                prompts, self._form.most, self._form.ends, self._form.ended
            ):
                for place, written in zip(batch, found, strict=True):
                    text = self._form.text(written.ids)
                    answers[start + place] = Answer(text=text, confidence=written.confidence)
                self.tokens_seen += self._writer.tokens_seen - before
                before = self._writer.tokens_seen
                listen(Event("progress", {"done": len(answers), "total": len(questions)}))
                if stop():
                    raise Stopped
        self.note(shared_prefix_tokens=self._writer.shared_tokens, rows_cut=self._cut)
        return [answers[i] for i in range(len(questions))]
