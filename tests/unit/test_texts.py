"""One catalogue, two languages, the same parameters in both."""

from __future__ import annotations

import string

from instruct_ui.texts import LANGUAGES, catalogue


def _parameters(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_has_both_languages_with_the_same_parameters() -> None:
    for key, entry in catalogue().items():
        assert set(entry) == set(LANGUAGES), key
        assert all(text.strip() for text in entry.values()), key
        assert _parameters(entry["en"]) == _parameters(entry["zh"]), key


def test_chinese_texts_are_chinese() -> None:
    same = [k for k, e in catalogue().items() if e["en"] == e["zh"] and len(e["en"].split()) > 3]
    assert same == []
