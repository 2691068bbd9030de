"""A typed sentence into the tokens an NER model tags."""

from __future__ import annotations

import re

from instruct_ui.data.language import HAN

_WORD = re.compile(rf"[{HAN}]|[^\W{HAN}]+(?:['’\-.][^\W{HAN}]+)*|[^\w\s]")


def words_of(text: str, language: str) -> tuple[str, ...]:
    """Words and punctuation; every Han character by itself; for Chinese all other characters too,
    as its data sets are written."""
    if language == "zh":
        return tuple(text.replace(" ", ""))
    return tuple(_WORD.findall(text))


def placed_words(text: str, language: str) -> list[tuple[int, str]]:
    """The same, each with the place of its first character: only blanks lie between them."""
    found = []
    place = 0
    for word in words_of(text, language):
        place = text.index(word, place)
        found.append((place, word))
        place += len(word)
    return found
