"""Tag schemes to IOB2: IOB1, IO, BIOES/BILOU/BMES, and labels without any prefix.

Schemes as in Ramshaw & Marcus 1995 (IOB1), Tjong Kim Sang & Veenstra 1999 (IOB2), Ratinov & Roth
2009 (BILOU).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Scheme = Literal["IOB2", "IOB1", "IO", "BIOES", "BILOU", "BMES"]
"""IO: labels without a prefix. Tags with I- alone count as IOB1 (no two entities touch)."""
Span = tuple[str, int, int]
"""Type, first token, token after the last."""
_PREFIXED = re.compile(r"([BIESMLUW])[-_](.+)")
_ALONE, _LAST = frozenset("SUW"), frozenset("ESLUW")


@dataclass(frozen=True, slots=True)
class Conversion:
    sentences: tuple[tuple[str, ...], ...]
    """Valid IOB2, one tag a token."""
    scheme: Scheme
    """What the tags were written in."""
    repairs: int
    """Tags that broke the rules of their own scheme (I- or E- without B-, no tag at all)."""
    repaired: tuple[int, ...] = ()
    """The sentences in which they stand, rising."""


class _Tag(NamedTuple):
    prefix: str
    """One letter; empty where the tag has none."""
    type: str


def to_iob2(sentences: Sequence[Sequence[str]]) -> Conversion:
    """The scheme is found over all sentences together, so pass a whole file."""
    read = _reader({tag.strip() for sentence in sentences for tag in sentence})
    parsed = [[read[tag.strip()] for tag in sentence] for sentence in sentences]
    scheme = _scheme(parsed)
    converted = []
    repairs = 0
    repaired = []
    for number, (sentence, tags) in enumerate(zip(sentences, parsed, strict=True)):
        out, broken = _convert(tags, scheme)
        broken += sum(not tag.strip() for tag in sentence)
        converted.append(out)
        if broken:
            repaired.append(number)
            repairs += broken
    return Conversion(tuple(converted), scheme, repairs, tuple(repaired))


def _reader(tags: Iterable[str]) -> dict[str, _Tag | None]:
    """Each tag taken apart, or kept whole: `E-mail` beside `B-PER` is a label, not an end."""
    tags = [tag for tag in tags if tag not in ("", "O")]
    found = {tag: m.groups() for tag in tags if (m := _PREFIXED.fullmatch(tag))}
    begun = {type for prefix, type in found.values() if prefix in "BI"}
    all_prefixed = len(found) == len(tags)
    read: dict[str, _Tag | None] = {"": None, "O": None}
    for tag in tags:
        prefix, type = found.get(tag, ("", tag))
        alone = prefix in _ALONE and all_prefixed
        read[tag] = _Tag(prefix, type) if type in begun or alone else _Tag("", tag)
    return read


def _scheme(sentences: Sequence[Sequence[_Tag | None]]) -> Scheme:
    prefixes = {tag.prefix for sentence in sentences for tag in sentence if tag}
    if not prefixes & set("BIESMLUW"):
        return "IO"
    if "M" in prefixes:
        return "BMES"
    if prefixes & set("LU"):
        return "BILOU"
    if prefixes & set("ESW"):
        return "BIOES"
    if "B" not in prefixes:
        return "IOB1"
    bare_start = False
    for sentence in sentences:
        before: _Tag | None = None
        for tag in sentence:
            follows = before is not None and tag is not None and before.type == tag.type
            if tag and tag.prefix == "B" and not follows:
                return "IOB2"
            bare_start = bare_start or bool(tag and tag.prefix == "I" and not follows)
            before = tag
    return "IOB1" if bare_start else "IOB2"


def _convert(tags: Sequence[_Tag | None], scheme: Scheme) -> tuple[tuple[str, ...], int]:
    out: list[str] = []
    broken = 0
    before: _Tag | None = None
    for tag in tags:
        if tag is None:
            out.append("O")
        else:
            ended = before is None or before.type != tag.type or before.prefix in _LAST
            starts = ended or tag.prefix == "B" or tag.prefix in _ALONE
            out.append(f"{'B' if starts else 'I'}-{tag.type}")
            if starts and tag.prefix not in _starters(scheme):
                broken += 1
        before = tag
    return tuple(out), broken


def _starters(scheme: Scheme) -> frozenset[str]:
    """Prefixes an entity may begin with."""
    if scheme == "IO":
        return frozenset({""})
    return frozenset("BI") if scheme == "IOB1" else frozenset("BSUW")


def spans(tags: Sequence[str]) -> list[Span]:
    """Entities in strict IOB2: B- opens, I- of the same type goes on, any other I- is none.

    The same entities as seqeval's `mode="strict", scheme=IOB2`.
    """
    found: list[Span] = []
    kind, start = "", 0
    for position, tag in enumerate((*tags, "O")):
        if kind and tag != f"I-{kind}":
            found.append((kind, start, position))
            kind = ""
        if tag.startswith("B-"):
            kind, start = tag[2:], position
    return found
