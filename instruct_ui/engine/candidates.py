"""A row's prompt with each label word behind it, as token ids. Knows no model and no torch.

Every full text (prompt and word together) is encoded whole, and what the candidates share is found
on the token ids: encoding the prompt alone and the word alone would cut tokens that cross the seam,
for instance line breaks at the end of the prompt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from instruct_ui.errors import ModelError
from instruct_ui.templates.prompt import ChatFrame, Prompt, Segment, continuation

Ids = tuple[int, ...]

_CUT_MARK = " … "


@dataclass(frozen=True, slots=True)
class Candidates:
    """One row's texts as token ids: candidate i is `shared + tails[i]`."""

    shared: Ids
    """What all candidates of the row begin with; never empty."""
    tails: tuple[Ids, ...]
    """In the order of the labels; none is empty."""
    cut: bool = False
    """The row's own text was shortened to fit the window."""

    @property
    def longest(self) -> int:
        return len(self.shared) + max(map(len, self.tails))


@dataclass(frozen=True)
class CandidateReader:
    """Turns prompts into candidates, for one model and one decision about its chat frame."""

    tokenizer: Any
    """Called like a transformers tokenizer."""
    words: tuple[str, ...]
    window: int
    model: str
    """The model's name, for errors."""
    frame: ChatFrame | None = None
    ending: str = "\n"
    """What ends an answer."""
    always_ended: bool = False
    """Training reads every answer with its ending. Scoring needs it only where one word's ids
    begin with another word's: the shorter word would always win."""

    def read(self, prompt: Prompt) -> Candidates:
        """Raises ModelError where the prompt does not fit the window without the row's text."""
        whole = self._read(prompt)
        if whole.longest <= self.window:
            return whole
        shortened = shorten(prompt, lambda p: self._read(p).longest <= self.window)
        if shortened is None:
            raise ModelError(
                "causal_prompt_too_long",
                model=self.model,
                tokens=whole.longest,
                window=self.window,
            )
        return replace(self._read(shortened), cut=True)

    def _read(self, prompt: Prompt) -> Candidates:
        before = prompt.before_answer(self.frame)
        answers = [continuation(before, word) for word in self.words]
        closing = self.ending if self.always_ended or self._one_begins_another(answers) else ""
        encoded = self.encode([before + answer + closing for answer in answers])
        shared = min(common_length(encoded), min(map(len, encoded)) - 1)
        if shared == 0:  # nothing to predict the first token from
            return Candidates(self._start(), tuple(encoded))
        return Candidates(encoded[0][:shared], tuple(ids[shared:] for ids in encoded))

    def encode(self, texts: Sequence[str]) -> list[Ids]:
        return encode(self.tokenizer, texts, framed=self.frame is not None)

    def _one_begins_another(self, answers: Sequence[str]) -> bool:
        ids: list[list[int]] = self.tokenizer(list(answers), add_special_tokens=False)["input_ids"]
        ordered = sorted(ids)
        return any(a != b and b[: len(a)] == a for a, b in pairwise(ordered))

    def _start(self) -> Ids:
        tokenizer = self.tokenizer
        known = (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.unk_token_id, 0)
        return (next(i for i in known if i is not None),)


def encode(tokenizer: Any, texts: Sequence[str], *, framed: bool) -> list[Ids]:
    """Ids of whole texts. A chat frame writes its own special tokens; a plain text gets the token
    of beginning that the tokenizer puts before every text, if it does.
    """
    plain = tokenizer(list(texts), add_special_tokens=False)["input_ids"]
    lead: Ids = ()
    if not framed:
        beginning = tokenizer.bos_token_id
        lead = tuple(i for i in tokenizer("")["input_ids"] if i == beginning)
    return [(*lead, *ids) for ids in plain]


def common_length(sequences: Iterable[Ids]) -> int:
    """Length of the longest common prefix. Of all sequences, the least and the greatest differ
    soonest.
    """
    kept = list(sequences)
    if not kept:
        return 0
    first, last = min(kept), max(kept)
    most = min(len(first), len(last))
    return next((i for i in range(most) if first[i] != last[i]), most)


def shorten(prompt: Prompt, fits: Callable[[Prompt], bool]) -> Prompt | None:
    """The prompt with the middle of its input segment cut out, as little as needed.

    Beginning and end of a text tell more than its middle (Sun et al. 2019), and the input form's
    own words stand at the two ends. Instruction and examples are never touched. None where it does
    not fit even then.
    """
    size = sum(len(s.text) for s in prompt.segments if s.kind == "input")
    low, high, best = 0, size, None
    while low <= high:
        keep = (low + high) // 2
        trial = replace(prompt, segments=tuple(_cut(s, keep) for s in prompt.segments))
        if fits(trial):
            best, low = trial, keep + 1
        else:
            high = keep - 1
    return best


def _cut(segment: Segment, keep: int) -> Segment:
    if segment.kind != "input" or len(segment.text) <= keep:
        return segment
    head = keep // 2
    tail = keep - head
    text = segment.text[:head] + _CUT_MARK + segment.text[len(segment.text) - tail :]
    return replace(segment, text=text)
