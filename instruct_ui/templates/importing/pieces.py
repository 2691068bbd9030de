"""A template's jinja as a tree of pieces that can be parted at `|||` and written again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from instruct_ui.errors import TemplateError
from instruct_ui.templates.importing.jinja_source import Token, tokens

SEPARATOR = "|||"
"""Stands between what the model reads and what it should answer."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Text between tags, an output, a comment, raw text or one tag."""

    kind: str
    """`data`, `variable`, `comment`, `raw` or `block`."""
    tokens: tuple[Token, ...]
    tag: str = ""
    """Of a block: `if`, `endif`, `set`, ...; `setblock` where a block is set."""

    @property
    def text(self) -> str:
        return "".join(token.text for token in self.tokens)


@dataclass(frozen=True, slots=True)
class Nest:
    """A tag with what it encloses; an `if` has a branch for each condition."""

    tag: str
    branches: tuple[tuple[Piece, tuple[Part, ...]], ...]
    end: Piece

    @property
    def text(self) -> str:
        return text_of(flat([self]))


Part = Piece | Nest
_NESTING = ("if", "for", "setblock", "filter", "macro", "call", "with")
_MIDDLE = ("elif", "else")


def parts(source: str) -> tuple[Part, ...]:
    """The tree of a source that `parse` takes."""
    return _nested(iter(_pieces(tokens(source))), ())[0]


def flat(tree: Iterable[Part]) -> list[Piece]:
    found: list[Piece] = []
    for part in tree:
        if isinstance(part, Piece):
            found.append(part)
            continue
        for head, children in part.branches:
            found += [head, *flat(children)]
        found.append(part.end)
    return found


def text_of(pieces: Iterable[Part]) -> str:
    return "".join(piece.text for piece in pieces)


def _pieces(all_tokens: Sequence[Token]) -> Iterator[Piece]:
    inside: list[Token] = []
    for token in all_tokens:
        inside.append(token)
        kind = inside[0].kind.removesuffix("_begin")
        if kind == "data" or token.kind == f"{kind}_end":
            yield Piece(kind, tuple(inside), _tag(inside) if kind == "block" else "")
            inside = []


def _tag(inside: Sequence[Token]) -> str:
    name = next(token.text for token in inside if token.kind == "name")
    is_inline = any(token.text == "=" for token in inside)
    return "setblock" if name == "set" and not is_inline else name


def _nested(pieces: Iterator[Piece], ends: tuple[str, ...]) -> tuple[tuple[Part, ...], Piece]:
    """What comes before a tag of `ends`, and that tag (at the end of all: the last piece)."""
    found: list[Part] = []
    piece = Piece("data", ())
    for piece in pieces:
        if piece.tag in ends:
            break
        found.append(_nest(piece, pieces) if piece.tag in _NESTING else piece)
    return tuple(found), piece


def _nest(head: Piece, pieces: Iterator[Piece]) -> Nest:
    end = f"end{head.tag.removesuffix('block')}"
    branches: list[tuple[Piece, tuple[Part, ...]]] = []
    at = head
    while not branches or at.tag != end:
        children, after = _nested(pieces, (end, *_MIDDLE))
        branches.append((at, children))
        at = after
    return Nest(head.tag, tuple(branches), at)


def halves(tree: Sequence[Part]) -> tuple[tuple[Part, ...], tuple[Part, ...]] | None:
    """What the model reads and what it should answer; None where there is no `|||`.

    Where `|||` stands in an `if`, the condition stays with both halves, with the second only if
    its branches answer differently. Raises TemplateError where it stands in another tag.
    """
    for at, part in enumerate(tree):
        if isinstance(part, Piece):
            if part.kind == "data" and SEPARATOR in part.text:
                before, _, after = part.text.partition(SEPARATOR)
                return (*tree[:at], data_piece(before)), (data_piece(after), *tree[at + 1 :])
            continue
        found = [halves(children) for _, children in part.branches]
        if not any(found):
            continue
        if part.tag != "if":
            raise TemplateError("importing_separator", tag=part.tag)
        heads = [head for head, _ in part.branches]
        reads = [f[0] if f else c for f, (_, c) in zip(found, part.branches, strict=True)]
        answers = [f[1] if f else () for f in found]
        before_nest = Nest(part.tag, tuple(zip(heads, reads, strict=True)), part.end)
        told = [answer for answer in answers if answer]
        after_nest = Nest(part.tag, tuple(zip(heads, answers, strict=True)), part.end)
        after_parts: tuple[Part, ...] = told[0] if len(told) == 1 else (after_nest,)
        return (*tree[:at], before_nest), (*after_parts, *tree[at + 1 :])
    return None


def data_piece(text: str) -> Piece:
    return Piece("data", (Token(0, "data", text),))


def trimmed(tree: Sequence[Part]) -> tuple[Part, ...]:
    """Without blank text at both ends, also within an `if` and beside tags that print nothing."""
    return _stripped(_stripped(tree, left=True)[0], left=False)[0]


def _stripped(tree: Sequence[Part], left: bool) -> tuple[tuple[Part, ...], bool]:
    """One end of `tree`, and whether it prints anything at all."""
    kept = list(tree)
    for at in range(len(kept)) if left else range(len(kept) - 1, -1, -1):
        part = kept[at]
        prints = part.kind not in ("comment", "block") if isinstance(part, Piece) else True
        if isinstance(part, Piece) and part.kind == "data":
            text = part.text.lstrip() if left else part.text.rstrip()
            kept[at], prints = data_piece(text), bool(text)
        elif isinstance(part, Nest) and part.tag == "if":
            inner = [_stripped(children, left) for _, children in part.branches]
            heads = [head for head, _ in part.branches]
            branches = [(head, i[0]) for head, i in zip(heads, inner, strict=True)]
            kept[at], prints = Nest("if", tuple(branches), part.end), any(i[1] for i in inner)
        elif isinstance(part, Nest):
            prints = part.tag not in ("macro", "setblock")
        if prints:
            return tuple(kept), True
    return tuple(kept), False
