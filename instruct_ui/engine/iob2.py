"""What a model says of each word, as valid IOB2 tags."""

from __future__ import annotations

from collections.abc import Sequence

from instruct_ui.data.tags import spans


def valid(tags: Sequence[str]) -> tuple[str, ...]:
    """The tags with every I- that continues nothing of its type turned into a B-."""
    found: list[str] = []
    for tag in tags:
        before = found[-1] if found else "O"
        continues = before != "O" and before[2:] == tag[2:]
        found.append(f"B-{tag[2:]}" if tag.startswith("I-") and not continues else tag)
    return tuple(found)


def from_types(types: Sequence[str]) -> tuple[str, ...]:
    """Tags out of one entity type a word (`O` for none); neighbours of one type are one entity."""
    before = ("O", *types)
    return tuple(
        "O" if kind == "O" else f"{'I' if kind == last else 'B'}-{kind}"
        for last, kind in zip(before, types, strict=False)
    )


def entity_f1(gold: Sequence[Sequence[str]], found: Sequence[Sequence[str]]) -> float:
    """Micro F1 over entities with exact borders and type (strict); 0 where none is right."""
    hits = wanted = said = 0
    for gold_tags, found_tags in zip(gold, found, strict=True):
        right, answered = set(spans(gold_tags)), set(spans(found_tags))
        hits += len(right & answered)
        wanted += len(right)
        said += len(answered)
    return 2 * hits / (wanted + said) if hits else 0.0
