"""CoNLL columns: one token a line, a blank line after a sentence."""

from __future__ import annotations

import re
from collections import Counter

from instruct_ui.data.table import Skipped, Table, numbered
from instruct_ui.errors import DataError

_BLANKS = re.compile(r"[ \t]+")
_TAG = re.compile(r"O|[BIESMLUW][-_]\S+")
_LOOKED_AT = 400


def read_conll(text: str, name: str, encoding: str) -> Table:
    """Raises DataError naming the line whose number of columns differs from the others'.

    With tabs a token may hold blanks or be blank; lines of nothing but blanks and tabs end a
    sentence (WNUT-17 writes a lone tab). -DOCSTART- lines and comments are skipped and named.
    """
    lines = [line.rstrip("\r") for line in text.split("\n")]
    filled = [line for line in lines if line.strip()]
    if not filled:
        raise DataError("data_empty", file=name)
    separator = "\t" if sum("\t" in line for line in filled) * 2 > len(filled) else " "
    width = Counter(len(_fields(line, separator)) for line in filled).most_common(1)[0][0]
    sentences: list[tuple[tuple[str, ...], ...]] = []
    starts: list[int] = []
    skipped: list[Skipped] = []
    sentence: list[tuple[str, ...]] = []
    for number, line in enumerate([*lines, ""], start=1):
        token = tuple(_fields(line, separator))
        ends = not line.strip() or token[0] == "-DOCSTART-"
        if ends and sentence:
            sentences.append(tuple(sentence))
            sentence = []
        if not line.strip():
            continue
        if token[0] == "-DOCSTART-":
            skipped.append(Skipped(number, "docstart", name))
        elif len(token) == width:
            if not sentence:
                starts.append(number)
            sentence.append(token)
        elif line.startswith("#") and not sentence:
            skipped.append(Skipped(number, "comment", name))
        else:
            raise DataError(
                "data_conll_ragged", file=name, line=number, found=len(token), expected=width
            )
    if not sentences:
        raise DataError("data_empty", file=name)
    return Table(
        name=name,
        format="conll",
        encoding=encoding,
        separator=separator,
        header=False,
        columns=numbered(width),
        rows=(),
        lines=tuple(starts),
        skipped=tuple(skipped),
        sentences=tuple(sentences),
    )


def looks_like_conll(text: str) -> bool:
    """Two columns or more, the last one of tags, and sentences set off by blank lines."""
    lines = text[: 1 << 16].split("\n")[:_LOOKED_AT]
    filled = [line for line in lines if line.strip()]
    if not filled or len(filled) == len(lines):
        return False
    last = [_BLANKS.split(line.strip()) for line in filled]
    tagged = sum(len(fields) > 1 and bool(_TAG.fullmatch(fields[-1])) for fields in last)
    return tagged >= 0.95 * len(filled)


def _fields(line: str, separator: str) -> list[str]:
    return line.split("\t") if separator == "\t" else _BLANKS.split(line.strip(" \t"))
