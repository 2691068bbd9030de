"""Tag sequences in IOB2: making them valid, and reading their entities."""

from __future__ import annotations

from collections.abc import Sequence


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


def entities(tags: Sequence[str]) -> set[tuple[int, int, str]]:
    """(first word, word after the last, type) of each entity of valid IOB2 tags."""
    found: set[tuple[int, int, str]] = set()
    start: int | None = None
    for position, tag in enumerate((*tags, "O")):
        if start is not None and not tag.startswith("I-"):
            found.add((start, position, tags[start][2:]))
            start = None
        if tag.startswith("B-"):
            start = position
    return found


def entity_f1(gold: Sequence[Sequence[str]], found: Sequence[Sequence[str]]) -> float:
    """Micro F1 over entities with exact borders and type; 0 where nothing was found or is there.

    Equals seqeval's strict mode on valid IOB2.
    """
    hits = wanted = said = 0
    for gold_tags, found_tags in zip(gold, found, strict=True):
        right, answered = entities(valid(gold_tags)), entities(valid(found_tags))
        hits += len(right & answered)
        wanted += len(right)
        said += len(answered)
    return 2 * hits / (wanted + said) if hits else 0.0
