"""What the tests of file formats share: bytes in, a Table or a DataError out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import strategies as st

from instruct_ui.data.readers import read as read_source
from instruct_ui.data.source import Source
from instruct_ui.data.table import Table
from instruct_ui.errors import DataError

CELL = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAME = st.text(st.sampled_from("abcde文本_ "), min_size=1, max_size=6)


def read(source: bytes | str, name: str, **how: Any) -> Table:
    raw = source.encode() if isinstance(source, str) else source
    return read_source(Source(raw, name), **how)


def refused(source: bytes | str, name: str, **how: Any) -> DataError:
    """The error, whose text names the file in both languages."""
    with pytest.raises(DataError) as caught:
        read(source, name, **how)
    assert name in str(caught.value) and name in caught.value.message("zh")
    return caught.value


def read_or_refused(source: bytes, name: str) -> Table | None:
    """Anything but a DataError that has a text in both languages is a failure."""
    try:
        table = read(source, name)
        assert len(table) > 0 and len(table.page()) == len(table) == len(table.lines)
        return table
    except DataError as error:
        assert error.message("en") and error.message("zh")
        return None


def packed(files: Mapping[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return out.getvalue()


@st.composite
def mutations(draw: st.DrawFn, source: bytes) -> bytes:
    """The bytes with some changed, cut off, or put in."""
    changed = bytearray(source)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(changed) - 1)))
        how = draw(st.sampled_from(["set", "cut", "insert", "end"]))
        if how == "set" and changed:
            changed[place] = draw(st.integers(0, 255))
        elif how == "cut":
            del changed[place : place + draw(st.integers(1, 8))]
        elif how == "insert":
            changed[place:place] = draw(st.binary(max_size=8))
        else:
            del changed[place:]
    return bytes(changed)
