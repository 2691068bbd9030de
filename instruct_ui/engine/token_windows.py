"""Words cut into pieces, and long sentences into windows in which every word is scored once.

Knows no torch: ids and positions only. A long sentence is read in windows that overlap; the words
at a window's inner edges are context there and are scored in the neighbour, where they stand
further from the edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

IGNORED = -100
"""The target of a position without loss (torch's cross entropy skips it)."""


@dataclass(frozen=True, slots=True)
class Window:
    sentence: int
    ids: tuple[int, ...]
    """Pieces with the model's special tokens around them."""
    words: tuple[int, ...]
    """The word whose first piece stands at a position, where it is scored in this window; -1 on
    special tokens, continuation pieces and words of context.
    """

    def targets(self, tags: Sequence[int]) -> list[int]:
        """A tag id for each scored position, IGNORED elsewhere."""
        return [tags[word] if word >= 0 else IGNORED for word in self.words]


def split_words(tokenizer: Any, sentences: Sequence[Sequence[str]]) -> list[list[list[int]]]:
    """The pieces of each word of each sentence, without special tokens.

    A word of blank or unknown-to-nothing characters can have no piece at all. A Chinese or Japanese
    word does not stand after a blank in a running text, so the piece that stands for a blank alone
    is taken off it.
    """
    filled = [number for number, words in enumerate(sentences) if words]
    pieces: list[list[list[int]]] = [[[] for _ in words] for words in sentences]
    if not filled:
        return pieces
    encoded = tokenizer(
        [list(sentences[number]) for number in filled],
        is_split_into_words=True,
        add_special_tokens=False,
        truncation=False,
        verbose=False,
    )
    blank = tokenizer.convert_tokens_to_ids("▁")
    for row, number in enumerate(filled):
        ids = encoded["input_ids"][row]
        for piece, word in zip(ids, encoded.word_ids(row), strict=True):
            if word is not None:
                pieces[number][word].append(piece)
        for word, text in enumerate(sentences[number]):
            own = pieces[number][word]
            if len(own) > 1 and own[0] == blank and ord(text[0]) >= 0x2E80:
                del own[0]
    return pieces


def special_ids(tokenizer: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What the tokenizer puts before and after one sequence."""
    encoded = tokenizer("a", add_special_tokens=True, return_special_tokens_mask=True)
    ids, mask = encoded["input_ids"], encoded["special_tokens_mask"]
    own = [position for position, special in enumerate(mask) if not special]
    return tuple(ids[: own[0]]), tuple(ids[own[-1] + 1 :])


def cut(
    pieces: Sequence[Sequence[int]],
    sentence: int,
    window: int,
    before: Sequence[int] = (),
    after: Sequence[int] = (),
    context: int | None = None,
) -> list[Window]:
    """The windows of one sentence, each of at most `window` ids with `before` and `after`.

    `context`: pieces kept for context at an inner edge; an eighth of a window unless told. Every
    word with a piece is scored in exactly one window; a word longer than a window is cut short.
    Raises ValueError where the window has no room for a piece.
    """
    room = window - len(before) - len(after)
    if room < 1:
        raise ValueError(f"a window of {window} has no room beside the special tokens")
    own = [(word, list(ids[:room])) for word, ids in enumerate(pieces) if ids]
    lengths = [len(ids) for _, ids in own]
    margin = room // 8 if context is None else min(context, (room - 1) // 2)
    windows: list[Window] = []
    scored = 0
    while scored < len(own):
        first = _reach_back(lengths, scored, min(margin, room - lengths[scored]))
        last = _reach_on(lengths, first, room)
        done = last
        if last < len(own):
            done = max(scored + 1, _reach_back(lengths, last, margin))
        inside = [
            (word if offset == 0 and scored <= place < done else -1, piece)
            for place, (word, ids) in enumerate(own[first:last], start=first)
            for offset, piece in enumerate(ids)
        ]
        windows.append(
            Window(
                sentence,
                (*before, *(piece for _, piece in inside), *after),
                (*(-1 for _ in before), *(word for word, _ in inside), *(-1 for _ in after)),
            )
        )
        scored = done
    return windows


def _reach_back(lengths: Sequence[int], place: int, room: int) -> int:
    """The first of the words before `place` that fit into `room` pieces together."""
    while place > 0 and lengths[place - 1] <= room:
        place -= 1
        room -= lengths[place]
    return place


def _reach_on(lengths: Sequence[int], place: int, room: int) -> int:
    """The first word from `place` on that does not fit into `room` pieces any more."""
    while place < len(lengths) and lengths[place] <= room:
        room -= lengths[place]
        place += 1
    return place
