"""Numbered blocks, as SemEval-2010 task 8 has them: a line with number and sentence, a line with
the relation, perhaps a comment, and a blank line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pyarrow as pa

from instruct_ui.data.encodings import Text
from instruct_ui.data.table import Table, text_column
from instruct_ui.errors import DataError

_FIRST = re.compile(r"([0-9]+)\t(.*\S.*)")
_COMMENT = "Comment:"
_COLUMNS = ("sentence", "relation", "id", "comment")
_LINE_END = re.compile(r"\r\n|\r|\n")
_Block = tuple[int, list[str]]
"""Line at which it begins, and its lines."""


def read_blocks(text: Text) -> Table:
    """Columns sentence, relation, id and comment; without `relation` where no block has one, as in
    files to be labelled, and without `comment` where there is none.

    Raises DataError naming the line at which a block is broken.
    """
    rows: list[tuple[str, ...]] = []
    starts: list[int] = []
    with text.open() as file:
        for start, lines in _blocks(file):
            rows.append(_row(start, lines, text.name))
            starts.append(start)
    if not rows:
        raise DataError("data_empty", file=text.name)
    columns = dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True))
    if not any(columns["comment"]):
        del columns["comment"]
    if not any(columns["relation"]):
        del columns["relation"]
    elif not all(columns["relation"]):
        lacking = columns["relation"].index("")
        raise DataError("data_block_broken", file=text.name, line=starts[lacking])
    return Table(
        name=text.name,
        format="blocks",
        encoding=text.encoding,
        separator="",
        header=True,
        data=pa.table({name: text_column(cells) for name, cells in columns.items()}),
        lines=pa.chunked_array([pa.array(starts, pa.int64())]),
    )


def looks_like_blocks(text: Text) -> bool:
    """Whether nearly every block begins with a number, a tab and a sentence, and has one or two
    other lines below it."""
    blocks = [lines for _, lines in _blocks(_LINE_END.split(text.head))]
    if not text.is_whole:
        del blocks[-1:]  # it may be cut
    fitting = sum(
        len(lines) in (2, 3)
        and bool(_FIRST.fullmatch(lines[0]))
        and not any(map(_FIRST.fullmatch, lines[1:]))
        for lines in blocks
    )
    return bool(blocks) and fitting >= 0.9 * len(blocks)


def _blocks(lines: Iterable[str]) -> Iterator[_Block]:
    start, block = 0, list[str]()
    for number, raw in enumerate(lines, start=1):
        line = raw.rstrip("\r\n")
        if line.strip():
            start = start if block else number
            block.append(line)
        elif block:
            yield start, block
            block = []
    if block:
        yield start, block


def _row(start: int, lines: list[str], name: str) -> tuple[str, str, str, str]:
    """Cells in the order of the columns; a relation or comment that is not there is empty."""
    first = _FIRST.fullmatch(lines[0])
    if first is None:
        raise DataError("data_block_broken", file=name, line=start)
    number, sentence = first.groups()
    if len(sentence) > 1 and sentence[0] == sentence[-1] == '"':
        sentence = sentence[1:-1]
    rest = lines[1:]
    relation = rest.pop(0).strip() if rest and not _begins(rest[0]) else ""
    comment = rest.pop(0) if rest and rest[0].startswith(_COMMENT) else ""
    if rest:  # something else, or no blank line before the next block
        raise DataError("data_block_broken", file=name, line=start + len(lines) - len(rest))
    return sentence, relation, number, comment.removeprefix(_COMMENT).strip()


def _begins(line: str) -> bool:
    """Whether it is no relation but a comment, or the next block."""
    return line.startswith(_COMMENT) or bool(_FIRST.fullmatch(line))
