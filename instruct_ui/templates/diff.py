"""What differs between two templates: block by block, then what stands outside of the blocks.

Values only: how they look is for page and command line. Names, descriptions and notes of templates
are no part of what a model reads and are not compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from instruct_ui.templates.block_matching import Pairs, matched, moved
from instruct_ui.templates.template import Block, BlockKind, Template
from instruct_ui.templates.word_diff import Piece, pieces
from instruct_ui.texts import Language, say

__all__ = ["BlockChange", "Piece", "SettingChange", "TemplateDiff", "diff"]

What = Literal["same", "changed", "moved", "added", "removed"]
_OF_BLOCKS: dict[str, tuple[str, ...]] = {
    "examples": ("shots", "picker", "seed", "rows"),
    "constraint": ("check", "enforced"),
}
_OF_TEMPLATES = ("task", "language", "label_description", "encoder_reads_instruction")


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One setting that differs, as it stands in a template's file; None: there is none."""

    name: str
    before: Any
    after: Any
    label: str = ""
    """Label words only: whose."""

    def title(self, language: Language) -> str:
        return say(f"diff.setting_{self.name}", language)

    def line(self, language: Language) -> str:
        """`shots: 4 → 8`"""
        name = self.title(language)
        if self.label:
            name = say("diff.of_label", language, name=name, label=self.label)
        before, after = (self._said(value, language) for value in (self.before, self.after))
        return say("diff.line", language, name=name, before=before, after=after)

    def _said(self, value: Any, language: Language) -> str:
        match value:
            case None | () | []:
                return say("diff.nothing", language)
            case bool():
                return say("diff.yes" if value else "diff.no", language)
            case {"kind": kind, **more}:
                return ", ".join([str(kind), *(f"{name}: {_shown(more[name])}" for name in more)])
            case _ if self.name == "picker":
                return say(f"template.picker_{value}", language)
            case _:
                return _shown(value)


@dataclass(frozen=True, slots=True)
class BlockChange:
    """A block of either template, or of both."""

    what: What
    """`moved`: its text and settings stayed; one that was changed as well is `changed`."""
    kind: BlockKind
    number: int
    """Which of its kind, as the preview counts; of a removed block in the old template."""
    before: str = ""
    after: str = ""
    pieces: tuple[Piece, ...] = ()
    """Before and after in one, word by word."""
    settings: tuple[SettingChange, ...] = ()
    moved: bool = False
    """Whether it stands elsewhere among the blocks that both have."""
    one_of_several: bool = False
    """Whether either template has more than one of its kind."""

    def name(self, language: Language) -> str:
        """`constraint 2`, or `instruction` where there is no other of its kind."""
        kind = say(f"diff.kind_{self.kind}", language)
        if not self.one_of_several:
            return kind
        return say("diff.numbered", language, kind=kind, number=self.number)


@dataclass(frozen=True, slots=True)
class TemplateDiff:
    blocks: tuple[BlockChange, ...]
    """All of both templates in the reading order of the new one; a removed block stands behind the
    one that it followed."""
    settings: tuple[SettingChange, ...] = ()
    """Outside of the blocks."""

    @property
    def changed(self) -> tuple[BlockChange, ...]:
        return tuple(block for block in self.blocks if block.what != "same")

    @property
    def changed_blocks(self) -> int:
        """How many blocks differ."""
        return len(self.changed)

    def sentence(self, language: Language) -> str:
        """`Only constraint 2 differs.`"""
        if not self.settings:
            return self._of_blocks(language)
        titles = dict.fromkeys(setting.title(language) for setting in self.settings)
        names = say("diff.comma", language).join(titles)
        if not self.changed:
            return say("diff.settings_alone", language, names=names)
        return say("diff.settings_too", language, blocks=self._of_blocks(language), names=names)

    def _of_blocks(self, language: Language) -> str:
        changed = self.changed
        if not changed:
            return say("diff.same", language)
        if len(changed) == 1 and not self.settings:
            only = changed[0]
            name = only.name(language)
            if not only.one_of_several:
                name = say(f"diff.alone_{only.kind}", language)
            return say(f"diff.only_{only.what}", language, block=name)
        names = say("diff.comma", language).join(_told(block, language) for block in changed)
        key = "diff.one" if len(changed) == 1 else "diff.several"
        return say(key, language, count=len(changed), blocks=names)


def diff(a: Template, b: Template) -> TemplateDiff:
    """What was done to `a` to make it `b`.

    Blocks are taken for the same by kind and likeness, and by place where a text is wholly new.
    """
    pairs = matched(a.blocks, b.blocks)
    elsewhere = moved(pairs)
    order = [_change(a, pairs.get(j), b, j, is_moved=j in elsewhere) for j in range(len(b.blocks))]
    gone = set(range(len(a.blocks))) - set(pairs.values())
    for i in sorted(gone, reverse=True):
        order.insert(_behind(i, pairs, elsewhere), _change(a, i, b, None))
    return TemplateDiff(tuple(order), tuple(_settings(a, b)))


def _change(
    a: Template, i: int | None, b: Template, j: int | None, *, is_moved: bool = False
) -> BlockChange:
    """The block at `i` of `a`, which is the one at `j` of `b`; None where there is none."""
    old = None if i is None else a.blocks[i]
    new = None if j is None else b.blocks[j]
    settings = tuple(_block_settings(old, new))
    what: What = "moved" if is_moved else "same"
    if old is None or new is None:
        what = "added" if old is None else "removed"
    elif settings or old.text != new.text:
        what = "changed"
    kind, number = _named(b, j) if j is not None else _named(a, i or 0)
    before, after = old.text if old else "", new.text if new else ""
    return BlockChange(
        what=what,
        kind=kind,
        number=number,
        before=before,
        after=after,
        pieces=pieces(before, after),
        settings=settings,
        moved=is_moved,
        one_of_several=any(sum(x.kind == kind for x in t.blocks) > 1 for t in (a, b)),
    )


def _named(template: Template, at: int) -> tuple[BlockKind, int]:
    kind = template.blocks[at].kind
    return kind, sum(block.kind == kind for block in template.blocks[: at + 1])


def _behind(removed: int, pairs: Pairs, elsewhere: frozenset[int]) -> int:
    """Where in the new order a block goes that stood at `removed` in the old one."""
    before = [j for j, i in pairs.items() if i < removed and j not in elsewhere]
    return max(before, default=-1) + 1


def _block_settings(old: Block | None, new: Block | None) -> Iterator[SettingChange]:
    """Of a block that only one has: what it is set to, all that is off left out."""
    one, other = (block.model_dump(mode="json") if block else {} for block in (old, new))
    for name in _OF_BLOCKS.get((one or other)["kind"], ()):
        before, after = one.get(name), other.get(name)
        if before != after and (before or after):
            yield SettingChange(name, before, after)


def _settings(a: Template, b: Template) -> Iterator[SettingChange]:
    for name in _OF_TEMPLATES:
        if getattr(a, name) != getattr(b, name):
            yield SettingChange(name, getattr(a, name), getattr(b, name))
    # Told by the words themselves: a word that is left out may be the one there is anyway.
    if a.none != b.none and a.none_word != b.none_word:
        yield SettingChange("none", a.none_word, b.none_word)
    for label in dict.fromkeys((*a.label_words, *b.label_words)):
        if a.word(label) != b.word(label):
            yield SettingChange("label_words", a.word(label), b.word(label), label)


def _told(block: BlockChange, language: Language) -> str:
    name = block.name(language)
    if block.what == "changed":
        return name
    return say(f"diff.told_{block.what}", language, block=name)


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
