"""Small pictures of data and answers: a bar for a count or share, entities marked in their text."""

from __future__ import annotations

from collections.abc import Sequence

from instruct_ui.data.tags import spans
from instruct_ui.reporting.markup import Html, element, join


def bar(name: str, share: float, shown: str) -> Html:
    """Name, a bar of `share` (0 to 1) and the number: one line of a grid of class `bars`."""
    fill = element("span", class_="fill", style=f"width:{100 * share:.1f}%")
    return join(
        element("span", breakable(name), class_="name"),
        element("span", fill, class_="track"),
        element("span", shown, class_="count"),
    )


def breakable(name: str) -> Html:
    """A name that may be broken after its underscores, and nowhere within a word."""
    parts = name.split("_")
    return join(*(p for part in parts[:-1] for p in (f"{part}_", element("wbr"))), parts[-1])


def marked(text: str, tokens: Sequence[str], tags: Sequence[str]) -> Html:
    """The text as it was written, its entities marked with their type."""
    places = _places(text, tokens)
    parts: list[str | Html] = []
    at = 0
    for kind, start, end in spans(tags):
        first, last = places[start][0], places[end - 1][1]
        named = element("span", kind, class_="entity-type")
        mark = element("mark", text[first:last], "\u00a0", named, class_="entity")
        parts += [text[at:first], mark]
        at = last
    return join(*parts, text[at:])


def _places(text: str, tokens: Sequence[str]) -> list[tuple[int, int]]:
    """Where each token stands in the text (start, end)."""
    places, at = [], 0
    for token in tokens:
        found = text.find(token, at)
        start = found if found >= 0 else at
        at = min(len(text), start + len(token))
        places.append((start, at))
    return places
