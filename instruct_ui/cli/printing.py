"""What goes to the terminal. Names of files and texts of rows may hold anything: what a terminal
would take for a command, or would not show, is written out as an escape."""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

_HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Controls but line end and tab, separators, changes of direction, halves of characters."""
_COLOURS = {"bold": "1", "red": "31", "green": "32"}


class Painted(str):
    """Text that was made safe and coloured by `paint`."""

    __slots__ = ()


def tell(*parts: str, to: TextIO | None = None) -> None:
    """One line, or several, to standard output. Where nobody reads on (`| head`) work goes on."""
    stream = to or sys.stdout
    try:
        stream.write("".join(p if isinstance(p, Painted) else plain(p) for p in parts) + "\n")
        stream.flush()
    except BrokenPipeError:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


def tell_json(value: Any) -> None:
    """One JSON value; Chinese stays as it is."""
    told = json.dumps(value, ensure_ascii=False, indent=1)
    tell(_HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", told))


def paint(text: str, colour: str) -> Painted:
    """Coloured on a terminal that has not asked for none (https://no-color.org), else as it is;
    "" is no colour."""
    safe = plain(text)
    is_wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    if not (safe and colour and is_wanted) or os.environ.get("TERM") == "dumb":
        return Painted(safe)
    return Painted(f"\x1b[{_COLOURS[colour]}m{safe}\x1b[0m")


def plain(text: str) -> str:
    return _HIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def shown(path: Path) -> str:
    """A path on one line."""
    return plain(str(path)).replace("\n", "\\n").replace("\t", "\\t")


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The cells of all rows one below the other; Chinese characters are two columns wide."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
