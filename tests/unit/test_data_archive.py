"""A zip is one table, or several that are named; nothing in it can do harm."""

import io
import stat
import zipfile

import pytest
from data_files import mutations, packed, read, read_or_refused, refused
from hypothesis import given, settings
from hypothesis import strategies as st

from instruct_ui.data import source as sources
from instruct_ui.data import unpacking
from instruct_ui.data.archive import parts_of
from instruct_ui.data.source import Source
from instruct_ui.data.table import Note, Table
from instruct_ui.data.unpacking import unpack
from instruct_ui.errors import DataError

CSV = "text,label\nhi,a\n\nho,b\n"
JUNK = {
    "__MACOSX/._a.csv": b"\0\5\x16",
    ".DS_Store": b"\0",
    "README.md": "# Data",
    "LICENSE": "Apache",
    "readme.txt": "see",
    "paper.pdf": b"%PDF",
}


def special(name: str, **of_entry: int) -> bytes:
    """A zip whose one entry says something odd of itself."""
    entry = zipfile.ZipInfo(name)
    for key, value in of_entry.items():
        setattr(entry, key, value)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(entry, CSV)
    return out.getvalue()


def tables(source: Source) -> list[tuple[str, Table]]:
    return [(name, read_part()) for name, read_part in parts_of(source)]


def test_one_data_file_is_read_under_the_name_of_the_zip() -> None:
    table = read(packed({**JUNK, "sub/a.csv": CSV}), "reviews.zip")
    assert (table.name, table.format, len(table)) == ("reviews.zip", "csv", 2)
    assert [(s.file, s.lines) for s in table.skipped] == [("reviews.zip", (3,))]
    assert table.notes == (Note("zip_left_out", len(JUNK)),)
    assert read(packed({"a.txt": "hi\nho\n"}), "a.csv", header=False).columns == ("0",)


def test_several_are_named_and_given_one_by_one() -> None:
    raw = packed({"d/": "", "d/train.csv": CSV, "d/test.jsonl": '{"text": "a"}\n', **JUNK})
    error = refused(raw, "a.zip")
    assert error.key == "data_zip_several"
    assert error.params["members"] == "d/train.csv, d/test.jsonl"
    assert [m.name for m in unpack(Source(raw, "a.zip")).files] == ["d/train.csv", "d/test.jsonl"]
    found = tables(Source(raw, "a.zip"))
    assert [(name, t.name, len(t)) for name, t in found] == [
        ("d/train.csv", "a.zip/d/train.csv", 2),
        ("d/test.jsonl", "a.zip/d/test.jsonl", 1),
    ]
    assert [name for name, _ in tables(Source(CSV.encode(), "a.csv"))] == ["a.csv"]


def test_errors_inside_name_zip_and_file() -> None:
    error = refused(packed({"a.csv": "text,label\na,b,c\n"}), "x.zip")
    assert error.key == "data_ragged" and "x.zip/a.csv" in str(error)
    assert refused(packed({"a.csv": ""}), "x.zip").key == "data_empty"
    assert refused(packed(JUNK), "x.zip").params["count"] == len(JUNK)


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_names_without_the_utf8_mark(encoding: str) -> None:
    name = "训练/评论数据.csv"
    plain = packed({"x" * len(name.encode(encoding)): CSV}, zipfile.ZIP_STORED)
    raw = plain.replace(b"x" * len(name.encode(encoding)), name.encode(encoding))
    assert [m.name for m in unpack(Source(raw, "a.zip")).files] == [name]
    marked = packed({name: CSV})
    assert [m.name for m in unpack(Source(marked, "a.zip")).files] == [name]


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (packed({"../a.csv": CSV}), "data_zip_path"),
        (packed({"a/../../b.csv": CSV}), "data_zip_path"),
        (packed({"/etc/a.csv": CSV}), "data_zip_path"),
        (packed({"C:\\a.csv": CSV}), "data_zip_path"),
        (packed({"..\\a.csv": CSV}), "data_zip_path"),
        (special("a.csv", external_attr=(stat.S_IFLNK | 0o777) << 16), "data_zip_path"),
        (packed({"b.zip": packed({"a.csv": CSV})}), "data_zip_nested"),
        (packed({"b.csv": packed({"a.csv": CSV})}), "data_zip_nested"),
        (packed({"b.csv.gz": b"\x1f\x8b"}), "data_zip_nested"),
        (packed({"a.csv": b"0" * 2_000_000}), "data_zip_bomb"),
        (packed({f"{i}.csv": CSV for i in range(2001)}, zipfile.ZIP_STORED), "data_zip_too_many"),
        (packed({}), "data_zip_nothing"),
        (b"PK\x03\x04 broken", "data_zip_unreadable"),
    ],
)
def test_hostile_zips_are_refused(raw: bytes, key: str) -> None:
    assert refused(raw, "a.zip").key == key
    with pytest.raises(DataError):
        tables(Source(raw, "a.zip"))


def test_locked_files_are_refused() -> None:
    raw = bytearray(packed({"a.csv": CSV}))
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    assert refused(bytes(raw), "a.zip").key == "data_zip_locked"


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_UNPACKED", 3000)
    raw = packed({"a.csv": CSV * 100, "b.csv": CSV * 100})
    assert refused(raw, "a.zip").key == "data_unpacks_to_too_much"
    monkeypatch.setattr(unpacking, "MAX_MEMBERS", 1)
    assert refused(raw, "a.zip").key == "data_zip_too_many"


def test_a_size_that_lies_is_found() -> None:
    raw = bytearray(packed({"a.csv": CSV * 100}))
    place = raw.index(b"PK\x01\x02") + 24
    raw[place : place + 4] = (10).to_bytes(4, "little")
    assert refused(bytes(raw), "a.zip").key == "data_zip_unreadable"


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_mutated_bytes_are_read_or_refused(data: st.DataObject) -> None:
    read_or_refused(data.draw(mutations(packed({"a.csv": CSV, "README": "x"}))), "a.zip")


@settings(deadline=None)
@given(st.binary(max_size=100), st.sampled_from([b"PK\x03\x04", b"PK\x05\x06", b""]))
def test_random_bytes_are_read_or_refused(raw: bytes, start: bytes) -> None:
    read_or_refused(start + raw, "a.zip")
