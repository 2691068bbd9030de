"""Bars and marked entities: the text stays what was typed, whatever it holds."""

from __future__ import annotations

import re
from html import unescape

import pytest

from instruct_ui.ui.data_pictures import bar, marked


def _plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", re.sub(r"\xa0<span.*?</span>", "", html)))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Ann  <b>Lee</b>, Leeds.", ("Ann", "<b>Lee</b>", ",", "Leeds", ".")),
        ("安李在利兹", ("安", "李", "在", "利", "兹")),
    ],
)
def test_entities_are_marked_in_the_text_as_it_was_typed(
    text: str, tokens: tuple[str, ...]
) -> None:
    html = marked(text, tokens, ("B-PER", "I-PER", "O", "B-LOC", "O"))
    assert html.count("<mark") == 2 and html.index("PER") < html.index("LOC")
    assert "<b>" not in html and _plain(html) == text


def test_a_text_without_entities_is_left_alone() -> None:
    assert marked("a & b", ("a", "&", "b"), ()) == "a &amp; b"


def test_a_bar_is_as_long_as_its_share_and_says_its_number() -> None:
    html = bar("<refund>", 0.25, "12")
    assert "width:25.0%" in html and "&lt;refund&gt;" in html and ">12</span>" in html
