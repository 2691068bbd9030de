"""Bytes come out as the text that went in, or are refused with the place."""

import pytest

from instruct_ui.data.encodings import decode as decode_source
from instruct_ui.data.source import Source
from instruct_ui.errors import DataError

CHINESE = "文本,标签\n外卖很快，味道也好,好评\n等了两个小时还没到,差评\n" * 3
FRENCH = "texte,étiquette\nle café était déjà fermé,négatif\nune très belle soirée,positif\n" * 3


def decode(source: bytes, name: str, encoding: str = "auto") -> tuple[str, str]:
    text = decode_source(Source(source, name), encoding)
    return text.all(), text.encoding


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-be", None),
    ],
)
def test_chinese_text_is_read_in_its_encoding(encoding: str, found: str | None) -> None:
    source = CHINESE.encode(encoding)
    if found is None:  # Chinese UTF-16 without mark: told, it is read
        assert decode(source, "a.csv", encoding)[0] == CHINESE
    else:
        assert decode(source, "a.csv") == (CHINESE, found)


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_accents_in_one_byte_are_not_taken_for_chinese(encoding: str) -> None:
    assert decode(FRENCH.encode(encoding), "a.csv")[0] == FRENCH


def test_utf16_without_mark_is_found_by_its_zero_bytes() -> None:
    text = "text,label\nhello,a\n" * 5
    assert decode(text.encode("utf-16-le"), "a.csv") == (text, "utf-16-le")


def test_an_encoding_told_takes_off_the_mark_too() -> None:
    assert decode("\ufeffa,b".encode(), "a.csv", "utf-8") == ("a,b", "utf-8-sig")


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n....", "PNG"),
        (b"PK\x03\x04rest", "zip"),
        (b"text\0\0\x01\x02label", "binary"),
        (bytes(range(1, 32)) * 20, "binary"),
    ],
)
def test_binary_bytes_are_refused_by_name(source: bytes, kind: str) -> None:
    with pytest.raises(DataError) as caught:
        decode(source, "photo.csv")
    assert caught.value.key == "data_binary"
    assert "photo.csv" in str(caught.value) and kind in str(caught.value)
    assert "csv" in caught.value.message("zh")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_one_broken_byte_is_told_with_its_line_not_read_as_nonsense(encoding: str) -> None:
    source = bytearray((CHINESE * 3).encode(encoding))
    at = source.index("外".encode(encoding))
    source[at] = 0xFF
    with pytest.raises(DataError) as caught:
        decode(bytes(source), "a.csv")
    assert (caught.value.key, caught.value.params["line"]) == ("data_encoding_broken", 2)


@pytest.mark.parametrize(
    ("encoding", "key"),
    [("no-such", "data_encoding_unknown"), ("hex", "data_encoding_unknown"),
     ("ascii", "data_encoding_wrong")],
)  # fmt: skip
def test_a_wrong_encoding_told_is_an_error(encoding: str, key: str) -> None:
    with pytest.raises(DataError) as caught:
        decode(CHINESE.encode(), "a.csv", encoding)
    assert caught.value.key == key
