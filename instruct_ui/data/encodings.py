"""Bytes -> text. Finds the encoding, and refuses what is no text at all.

UTF-8 is taken whenever it fits, because hardly any other text is valid UTF-8 by chance. Of the
rest, GB 2312's two-byte characters stand out: high bytes come in runs of even length. What is left
is asked of charset-normalizer.
"""

from __future__ import annotations

import codecs
import io
import re
from typing import TextIO

from charset_normalizer import from_bytes

from instruct_ui.data.source import CHUNK, Source
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


class Text:
    """The text of a source: decoded anew for every pass, its byte order mark left out."""

    def __init__(self, source: Source, encoding: str) -> None:
        self.source = source
        self.encoding = encoding
        head = source.head(_SAMPLE)
        self.is_whole = len(head) == source.size
        decoder = codecs.getincrementaldecoder(encoding)()
        self.head = decoder.decode(head, final=self.is_whole)
        """The first quarter of a megabyte; all of it where `is_whole`."""

    @property
    def name(self) -> str:
        return self.source.name

    def open(self, newline: str = "") -> TextIO:
        """`newline` as for `open`: "" keeps all line ends, "\n" takes nothing else for one."""
        return io.TextIOWrapper(self.source.open(), self.encoding, newline=newline)

    def all(self) -> str:
        with self.open() as file:
            return file.read()


def decode(source: Source, encoding: str = "auto") -> Text:
    """The source as text, whose every byte fits the encoding.

    Raises DataError for binary bytes, an unknown encoding, bytes that do not fit it, and where
    there is no text in it.
    """
    kind = magic(source.head(_SAMPLE))
    if kind is not None:
        raise DataError("data_binary", file=source.name, kind=kind)
    chosen = _detect(source) if encoding == "auto" else encoding
    plain = chosen.lower().replace("_", "-") in ("utf-8", "utf8")
    if plain and source.head(3) == codecs.BOM_UTF8:
        chosen = "utf-8-sig"
    try:
        failed = _fault(source, chosen)
    except LookupError as error:
        raise DataError("data_encoding_unknown", file=source.name, encoding=chosen) from error
    if failed is not None:
        line = _lines_before(source, failed)
        raise DataError("data_encoding_wrong", file=source.name, encoding=chosen, line=line)
    text = Text(source, chosen)
    controls = len(_CONTROLS.findall(text.head))
    if controls > len(text.head) // 100 or "\0" in text.head or _has_nul(text):
        raise DataError("data_binary", file=source.name, kind="binary")
    if not text.head.strip() and not _has_text(text):
        raise DataError("data_empty", file=source.name)
    return text


def _fault(source: Source, encoding: str) -> int | None:
    """Where the first byte stands that does not fit; None where all do.

    Raises LookupError for an encoding that is not there, or is none of texts.
    """
    if not codecs.lookup(encoding)._is_text_encoding:
        raise LookupError(encoding)
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    try:
        for chunk in source.chunks():
            waiting = len(decoder.getstate()[0])
            decoder.decode(chunk)
            done += len(chunk)
        waiting = len(decoder.getstate()[0])
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        return max(0, done - waiting + start)
    return None


def _lines_before(source: Source, place: int) -> int:
    """1-based line of the byte at `place`."""
    line, done = 1, 0
    for chunk in source.chunks():
        line += chunk.count(b"\n", 0, max(0, place - done))
        done += len(chunk)
        if done >= place:
            break
    return line


def _has_nul(text: Text) -> bool:
    """A text has no NUL; in UTF-8 and all that are like ASCII its byte shows it."""
    if "16" in text.encoding or "32" in text.encoding:
        with text.open() as file:
            return any("\0" in chunk for chunk in iter(lambda: file.read(CHUNK), ""))
    return any(b"\0" in chunk for chunk in text.source.chunks())


def _has_text(text: Text) -> bool:
    with text.open() as file:
        return any(chunk.strip() for chunk in iter(lambda: file.read(CHUNK), ""))


def _detect(source: Source) -> str:
    sample = source.head(_SAMPLE)
    for mark, encoding in _BOMS:
        if sample.startswith(mark):
            return encoding
    if b"\0" in sample:
        return _wide(sample, source.name)
    for encoding, likely in (("utf-8", True), ("gb18030", _even_share(sample) > 0.9)):
        if not likely:
            continue
        first = _fault(source, encoding)
        if first is None:
            return encoding
        _refuse_broken(source, encoding, first)
    cut = sample.rfind(b"\n") + 1 or len(sample)
    best = from_bytes(sample[:cut], cp_isolation=_OTHERS).best()
    guesses = [best.encoding] if best else []
    return next((e for e in [*guesses, "cp1252"] if _fault(source, e) is None), "latin-1")


def _wide(sample: bytes, name: str) -> str:
    """UTF-16 without mark shows as NUL at every other place; any other NUL is binary."""
    pairs = len(sample) // 2 or 1
    even, odd = sample[0::2].count(0) / pairs, sample[1::2].count(0) / pairs
    if odd > 0.3 and even < 0.05:
        return "utf-16-le"
    if even > 0.3 and odd < 0.05:
        return "utf-16-be"
    raise DataError("data_binary", file=name, kind="binary")


def _refuse_broken(source: Source, encoding: str, first: int) -> None:
    """A file that fits but for a few bytes would come out as nonsense in any other encoding."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    broken = high = 0
    for chunk in (*source.chunks(), b""):
        text = decoder.decode(chunk, final=not chunk)
        broken += text.count("\ufffd")
        high += len(text) - len(text.encode("ascii", "ignore"))
    if high - broken > 20 * broken:
        raise DataError(
            "data_encoding_broken",
            file=source.name,
            line=_lines_before(source, first),
            count=broken,
            encoding=encoding,
        )


def _even_share(sample: bytes) -> float:
    """Share of the high bytes that stand in runs of even length."""
    lengths = [len(run) for run in _HIGH_RUNS.findall(sample)]
    return sum(n for n in lengths if n % 2 == 0) / max(1, sum(lengths))
