"""CoNLL columns: one token a line, a blank line after a sentence."""

from __future__ import annotations

import re
from collections import Counter

import pyarrow as pa

from instruct_ui.data.encodings import Text
from instruct_ui.data.table import LIST, Skipped, SkipReason, Table, numbered, refuse_wide
from instruct_ui.errors import DataError

_BLANKS = re.compile(r"[ \t]+")
_TAG = re.compile(r"O|[BIESMLUW][-_]\S+")
_LOOKED_AT = 400
_COLUMNS = 20
"""Lines of prose are as many words long as they like."""


def read_conll(text: Text) -> Table:
    """Raises DataError naming the line whose number of columns differs from the others'.

    With tabs a token may hold blanks or be blank; lines of nothing but blanks and tabs end a
    sentence (WNUT-17 writes a lone tab). -DOCSTART- lines and comments are skipped and named.
    """
    name = text.name
    with text.open("\n") as file:
        lines = [line.rstrip("\r\n") for line in file]
    separator = _separator(lines)
    rows = [_fields(line, separator) if line.strip() else [] for line in lines]
    width = Counter(map(len, filter(None, rows))).most_common(1)[0][0]
    refuse_wide(width, name)
    sentences: list[list[list[str]]] = []
    starts: list[int] = []
    skipped: dict[SkipReason, list[int]] = {"docstart": [], "comment": []}
    ended = True
    for number, (line, token) in enumerate(zip(lines, rows, strict=True), start=1):
        if not token:
            ended = True
            continue
        if "-DOCSTART-" in token:
            ended = True
            skipped["docstart"].append(number)
        elif len(token) == width:
            if ended:
                sentences.append([])
                starts.append(number)
                ended = False
            sentences[-1].append(token)
        elif line.startswith("#") and ended:
            skipped["comment"].append(number)
        else:
            raise DataError(
                "data_conll_ragged", file=name, line=number, found=len(token), expected=width
            )
    if not sentences:
        raise DataError("data_empty", file=name)
    columns = [
        pa.array([[t[i] for t in tokens] for tokens in sentences], LIST) for i in range(width)
    ]
    return Table(
        name=name,
        format="conll",
        encoding=text.encoding,
        separator=separator,
        header=False,
        data=pa.table(columns, names=list(numbered(width))),
        lines=pa.chunked_array([pa.array(starts, pa.int64())]),
        skipped=tuple(Skipped(why, tuple(at), name) for why, at in skipped.items() if at),
    )


def _separator(lines: list[str]) -> str:
    """A tab where most lines have one, otherwise a blank."""
    filled = [line for line in lines if line.strip()]
    return "\t" if sum("\t" in line for line in filled) * 2 > len(filled) else " "


def looks_like_conll(text: str) -> bool:
    """Two columns or more, one of them of tags, and sentences set off by blank lines."""
    lines = text[: 1 << 16].split("\n")[:_LOOKED_AT]
    filled = [line for line in lines if line.strip()]
    if not filled or len(filled) == len(lines):
        return False
    rows = [_BLANKS.split(line.strip()) for line in filled]
    widest = max(map(len, rows))
    return any(
        sum(1 < len(row) > place and bool(_TAG.fullmatch(row[place])) for row in rows)
        >= 0.95 * len(rows)
        for place in range(-1, min(widest, _COLUMNS))
    )


def _fields(line: str, separator: str) -> list[str]:
    if separator == "\t":
        return line.split("\t")
    return [part for part in line.replace("\t", " ").split(" ") if part]
