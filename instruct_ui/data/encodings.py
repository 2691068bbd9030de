"""Bytes -> text. Finds the encoding, and refuses what is no text at all.

UTF-8 is taken whenever it fits, because hardly any other text is valid UTF-8 by chance. Of the
rest, GB 2312's two-byte characters stand out: high bytes come in runs of even length. What is left
is asked of charset-normalizer.
"""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from instruct_ui.errors import DataError

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x89PNG", "PNG"),
    (b"GIF8", "GIF"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf", "7z"),
    (b"PAR1", "Parquet"),
    (b"\xd0\xcf\x11\xe0", "xls/doc"),
    (b"SQLite format 3\0", "SQLite"),
    (b"\x7fELF", "ELF"),
)
_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before utf-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# cp1252 stands for latin-1, which it contains, and for neighbours that differ in a few letters.
_OTHERS = ["cp1252", "cp1251", "big5", "gb18030", "shift_jis", "euc_kr"]
_SAMPLE = 1 << 18
_HIGH_RUNS = re.compile(rb"[\x80-\xff]+")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def magic(source: bytes) -> str | None:
    """What kind of binary file the first bytes announce; None for text."""
    return next((kind for start, kind in _MAGIC if source.startswith(start)), None)


def decode(source: bytes, name: str, encoding: str = "auto") -> tuple[str, str]:
    """The text without byte order mark, and the encoding it was read with.

    Raises DataError for binary bytes, an unknown encoding, and bytes that do not fit it.
    """
    kind = magic(source)
    if kind is not None:
        raise DataError("data_binary", file=name, kind=kind)
    chosen = _detect(source, name) if encoding == "auto" else encoding
    if chosen.lower().replace("_", "-") in ("utf-8", "utf8") and source.startswith(codecs.BOM_UTF8):
        chosen = "utf-8-sig"
    try:
        text = source.decode(chosen)
    except LookupError as error:
        raise DataError("data_encoding_unknown", file=name, encoding=chosen) from error
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = source.count(b"\n", 0, start) + 1
        raise DataError("data_encoding_wrong", file=name, encoding=chosen, line=line) from error
    if "\0" in text or len(_CONTROLS.findall(text[:_SAMPLE])) > len(text[:_SAMPLE]) // 100:
        raise DataError("data_binary", file=name, kind="binary")
    return text, chosen


def _detect(source: bytes, name: str) -> str:
    for mark, encoding in _BOMS:
        if source.startswith(mark):
            return encoding
    sample = source[:_SAMPLE]
    if b"\0" in sample:
        return _wide(sample, name)
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_broken(source, name, "utf-8", error.start)
    else:
        return "utf-8"
    if _even_share(source) > 0.9:
        try:
            source.decode("gb18030")
        except UnicodeDecodeError as error:
            _refuse_broken(source, name, "gb18030", error.start)
        else:
            return "gb18030"
    cut = sample.rfind(b"\n") + 1 or len(sample)
    best = from_bytes(sample[:cut], cp_isolation=_OTHERS).best()
    guesses = [best.encoding] if best else []
    return next((e for e in [*guesses, "cp1252"] if _fits(source, e)), "latin-1")


def _wide(sample: bytes, name: str) -> str:
    """UTF-16 without mark shows as NUL at every other place; any other NUL is binary."""
    pairs = len(sample) // 2 or 1
    even, odd = sample[0::2].count(0) / pairs, sample[1::2].count(0) / pairs
    if odd > 0.3 and even < 0.05:
        return "utf-16-le"
    if even > 0.3 and odd < 0.05:
        return "utf-16-be"
    raise DataError("data_binary", file=name, kind="binary")


def _refuse_broken(source: bytes, name: str, encoding: str, first: int) -> None:
    """A file that fits but for a few bytes would come out as nonsense in any other encoding."""
    text = source.decode(encoding, errors="replace")
    broken = text.count("\ufffd")
    whole = sum(not c.isascii() for c in text) - broken
    if whole > 20 * broken:
        line = source.count(b"\n", 0, first) + 1
        raise DataError(
            "data_encoding_broken", file=name, line=line, count=broken, encoding=encoding
        )


def _even_share(source: bytes) -> float:
    """Share of the high bytes that stand in runs of even length."""
    lengths = [len(run) for run in _HIGH_RUNS.findall(source[:_SAMPLE])]
    return sum(n for n in lengths if n % 2 == 0) / max(1, sum(lengths))


def _fits(source: bytes, encoding: str) -> bool:
    try:
        source.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
