"""What can happen to a file on its way: mutations of small valid ones, each made from a seed."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable, Sequence

from valid_files import packed, valid

Files = list[tuple[str, bytes]]
"""Names and bytes of what is brought together."""
_Change = Callable[[bytes, random.Random], bytes]
_VALID = valid()
_ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-32", "gb18030", "cp1252", "big5", "shift_jis")
_SUFFIXES = (
    "csv",
    "tsv",
    "txt",
    "xlsx",
    "jsonl",
    "json",
    "conll",
    "parquet",
    "arrow",
    "zip",
    "ann",
    "bin",
)
_ODD = [
    "\u2028",
    "\x85",
    "\x1c",
    "\ufeff",
    "\uffff",
    "\u202e",
    "\U0001f600",
    "\r",
    '"',
    '\\"',
    "=1",
]
_NUMBERS = [b"9" * 400, b"9" * 5000, b"1e999", b"-1", b"NaN", b"9223372036854775808", b"1" * 20]
_FIELDS = [
    b'"[{""text"": ""a"", ""answer_start"": 99999999999999999999}]"',
    b'[{"text": "a", "answer_start": null}]',
    b'["\\ud800"]',
    b'"[[[[[["',
    b"text",
    b"label",
    b"passage",
    b"question",
    b"answers",
    b"turns",
    b"triples",
    b"source",
    b"target",
    b"head",
    b"summary",
    b"<e1>a</e1> <e2>b</e2>",
    b"null",
    b"{}",
    b"B-",
    b"-DOCSTART-",
]
_NESTED = [b"[", b'{"a":', b"(", b"<a>", b'"', b"<e1>"]
_PATHS = [
    "../a.csv",
    "/etc/a.csv",
    "C:\\a.csv",
    "a\0.csv",
    "a/../../b.csv",
    "..\\a.csv",
    "a" * 5000,
]
_LAUGHS = b"".join(
    [b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "ha">']
    + [f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">'.encode() for i in range(1, 10)]
    + [b"]><worksheet><sheetData><row><c t='str'><v>&l9;</v></c></row></sheetData></worksheet>"]
)
_MOST = 1_000_000
"""Bytes a mutation may make."""


def _flip(raw: bytes, chance: random.Random) -> bytes:
    changed = bytearray(raw)
    for _ in range(chance.choice([1, 1, 1, 2, 4, 30])):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(raw: bytes, chance: random.Random) -> bytes:
    start = chance.choice([0, 0, 0, chance.randint(0, len(raw))])
    return raw[start : chance.randint(start, len(raw))]


def _put(raw: bytes, what: bytes, chance: random.Random) -> bytes:
    """Between what is there, or over it."""
    place = chance.randint(0, len(raw))
    return raw[:place] + what + raw[place + chance.choice([0, len(what)]) :]


def _nuls(raw: bytes, chance: random.Random) -> bytes:
    return _put(raw, bytes(chance.choice([1, 2, 3, 100])), chance)


def _noise(raw: bytes, chance: random.Random) -> bytes:
    return _put(raw, chance.randbytes(chance.choice([1, 8, 300])), chance)


def _swapped(raw: bytes, pattern: bytes, by: bytes, chance: random.Random) -> bytes:
    """Something else in one of the places that fit the pattern."""
    places = [match.span() for match in re.finditer(pattern, raw)] or [(0, 0)]
    start, end = chance.choice(places)
    return raw[:start] + by + raw[end:]


def _number(raw: bytes, chance: random.Random) -> bytes:
    return _swapped(raw, rb"-?\d+", chance.choice(_NUMBERS), chance)


def _word(raw: bytes, chance: random.Random) -> bytes:
    """A number of one to eight bytes, as formats have them for lengths and places."""
    size = chance.choice([1, 2, 4, 8])
    value: int = chance.choice([0, 1, 127, 128, (1 << 8 * size - 1) - 1, (1 << 8 * size) - 1])
    place = chance.randint(0, len(raw))
    return raw[:place] + value.to_bytes(size, "little") + raw[place + size :]


def _lines(raw: bytes, chance: random.Random) -> bytes:
    """One left out, said again, in another place, or run into the next one."""
    lines = raw.split(b"\n")
    for _ in range(chance.choice([1, 1, 5])):
        line = lines[chance.randrange(len(lines))]
        at = chance.randrange(len(lines))
        lines[at : at + chance.choice([0, 1, 2])] = [line] * chance.choice([0, 1, 1, 2]) or [b""]
    return b"\n".join(lines)


def _long_line(raw: bytes, chance: random.Random) -> bytes:
    what = chance.choice([b"a", b",", b"\t", b" ", b"\xe4\xb8\xad", b'"', b"a,", b"\r"])
    return _put(raw, what * (chance.choice([5_000, 300_000, _MOST]) // len(what)), chance)


def _again(raw: bytes, chance: random.Random) -> bytes:
    start = chance.randint(0, len(raw))
    piece = raw[start : chance.randint(start, min(len(raw), start + 4000))]
    times = min(chance.choice([2, 50, 5_000, 200_000]), _MOST // max(1, len(piece)))
    return raw[:start] + piece * times + raw[start:]


def _deep(raw: bytes, chance: random.Random) -> bytes:
    return _put(raw, chance.choice(_NESTED) * chance.choice([50, 2_000, 200_000]), chance)


def _odd(raw: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice([1, 5])):
        raw = _put(raw, chance.choice(_ODD).encode(chance.choice(["utf-8", "utf-16-le"])), chance)
    return raw


def _field(raw: bytes, chance: random.Random) -> bytes:
    """Words become structures that some task knows, or the names of its columns."""
    for _ in range(chance.choice([1, 4])):
        raw = _swapped(raw, rb"[A-Za-z]+", chance.choice(_FIELDS), chance)
    return raw


def _recoded(raw: bytes, chance: random.Random) -> bytes:
    """In another encoding, or the second half of it, or read in the wrong one."""
    text = raw.decode(chance.choice(["utf-8", "gb18030", "cp1252", "utf-16"]), "replace")
    other = text.encode(chance.choice(_ENCODINGS), "replace")
    return chance.choice([other, raw[: len(raw) // 2] + other[len(other) // 2 :]])


def _spliced(raw: bytes, chance: random.Random) -> bytes:
    other = chance.choice(list(_VALID.values()))[1]
    return raw[: chance.randint(0, len(raw))] + other[chance.randint(0, len(other)) :]


_ANY = (_flip, _cut, _noise, _again, _long_line, _deep, _spliced)
_OF_TEXT = (*_ANY, _nuls, _number, _number, _odd, _odd, _lines, _lines, _lines, _recoded, _field)
_OF_BYTES = (*_ANY, _flip, _flip, _word, _word, _word, _nuls)


def _changed(raw: bytes, chance: random.Random) -> bytes:
    changes: Sequence[_Change] = _OF_BYTES if b"\0" in raw[:200] else _OF_TEXT
    change: _Change = chance.choice(changes)
    return change(raw, chance)


def _repacked(raw: bytes, chance: random.Random) -> bytes:
    """A zip whose files, paths or sizes are changed, and that is whole again."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        files = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    at = chance.randrange(len(files))
    path, content = files[at]
    how = chance.randrange(12)
    if how == 0:
        files[at] = (chance.choice(_PATHS), content)
    elif how == 1:
        files.insert(at, (path, _changed(content, chance)))  # its name twice
    elif how == 2 and len(content) < 100_000:
        files += [(f"{n}.csv", content) for n in range(chance.choice([30, 300, 3000]))]
    elif how == 3:
        files[at] = (path, chance.choice([bytes(60_000_000), _LAUGHS, raw]))
    elif how == 4:
        files.append((chance.choice(["deep/a.zip", "a.csv", "train.csv"]), packed(files)))
    else:
        files[at] = (path, _changed(content, chance))
    whole = packed(files, chance.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED]))
    return _lied(whole, chance) if how == 5 else whole


def _lied(whole: bytes, chance: random.Random) -> bytes:
    """Sizes in the list at its end are others than those of the files."""
    start = whole.find(b"PK\x01\x02") + chance.choice([10, 20, 24, 28, 42])
    size = chance.choice([0, 1, 2**31 - 1, 2**32 - 1]).to_bytes(4, "little")
    return whole[:start] + size + whole[start + 4 :]


def _mutated(kind: str, chance: random.Random) -> tuple[str, bytes]:
    name, raw = _VALID[kind]
    is_zip = raw.startswith(b"PK")
    for _ in range(chance.choice([1, 1, 2, 3])):
        if is_zip and raw.startswith(b"PK") and zipfile.is_zipfile(io.BytesIO(raw)):
            deeper = chance.random() < 0.7
            try:
                raw = _repacked(raw, chance) if deeper else _changed(raw, chance)
            except Exception:  # noqa: BLE001 - the first change made it unreadable for us too
                raw = _flip(raw, chance)
        else:
            raw = _changed(raw, chance)
    if chance.random() < 0.1:
        name = f"a.{chance.choice(_SUFFIXES)}"
    if chance.random() < 0.1 and not is_zip:
        name, raw = "a.zip", packed([(name, raw)])
    return name, raw


def made(seed: int) -> tuple[str, Files]:
    """Kind of the valid file it began as, and the file; now and then a second, valid one with
    it."""
    chance = random.Random(seed)
    kind = chance.choice(list(_VALID))
    name, raw = _mutated(kind, chance)
    if chance.random() < 0.1:
        other, whole = _VALID[kind]
        return kind, [(f"train_{other}", whole), (f"test_{name}", raw)]
    return kind, [(name, raw)]
