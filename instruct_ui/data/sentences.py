"""A text into its sentences, by their ends: English, Chinese, and what is written like either."""

from __future__ import annotations

import re

_END = re.compile(
    r"(?<=[。！？!?…])[”’」』\"')）]*\s*"  # Chinese ends, and the ends English never abbreviates by
    r"|(?<=\.)[\"')”’]*\s+(?=[\"'“‘(]?[A-Z0-9])"
    r"|\n+"
)
_ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|Inc|Ltd|Co|No|vs|etc|e\.g|i\.e|approx|Fig|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)\.$"
)


def sentences_of(text: str) -> list[str]:
    """In order, without the blanks around them; joined they are the text but for blanks."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        piece = text[start : end.end()]
        if _ABBREVIATED.search(piece.rstrip()) and "\n" not in end.group():
            continue
        start = end.end()
        if piece.strip():
            found.append(piece.strip())
    rest = text[start:].strip()
    return [*found, rest] if rest else found
