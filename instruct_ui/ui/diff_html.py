"""What two templates differ in, as HTML; what went and what came is marked not by colour alone."""

from __future__ import annotations

from instruct_ui.reporting.markup import Html, element, join
from instruct_ui.templates.diff import BlockChange, TemplateDiff
from instruct_ui.texts import Language, say


def view_diff(found: TemplateDiff, language: Language) -> Html:
    """The sentence, the blocks that differ, the other settings."""
    parts = [element("p", found.sentence(language), class_="note")]
    parts += [_block(block, language) for block in found.changed]
    lines = [element("li", setting.line(language)) for setting in found.settings]
    if lines:
        parts.append(element("ul", *lines))
    return join(*parts)


def _block(block: BlockChange, language: Language) -> Html:
    what = say(f"diff.what_{block.what}", language)
    marks = {"equal": "span", "removed": "del", "added": "ins"}
    words = [element(marks[piece.what], piece.text) for piece in block.pieces]
    lines = [element("p", setting.line(language), class_="note") for setting in block.settings]
    return element(
        "div",
        element("h4", f"{block.name(language)} · {what}"),
        element("div", *words),
        *lines,
        class_="diff-block",
    )
