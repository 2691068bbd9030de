"""Entities whose type is perhaps wrong: the same words nearly always bear another one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from instruct_ui.data.checks.progress import Told
from instruct_ui.data.checks.suspect import Suspect
from instruct_ui.data.dataset import Examples
from instruct_ui.data.tags import spans

OFTEN = 10
"""Occurrences without which nothing can be said."""
MAJORITY = 0.9
_LONGEST = 8
"""Tokens of an entity that is looked for."""
_ROWS = 1_000


def tag_suspects(rows: Examples, told: Told) -> list[Suspect]:
    """Places where an entity of the data set stands whole and is tagged otherwise (or not at all)
    than at least 90 % of its ten or more occurrences; within a longer entity it does not count."""
    known: set[tuple[str, ...]] = set()
    for _, tokens, tags in _sentences(rows, told, 0):
        for _, start, end in spans(tags):
            if end - start <= _LONGEST:
                known.add(tokens[start:end])
    sizes = sorted({len(words) for words in known})
    places: dict[tuple[str, ...], list[tuple[int, str]]] = defaultdict(list)
    for row, tokens, tags in _sentences(rows, told, 1):
        tagged = {(start, end): kind for kind, start, end in spans(tags)}
        for size in sizes:
            for start in range(len(tokens) - size + 1):
                words = tokens[start : start + size]
                if words not in known:
                    continue
                kind = tagged.get((start, start + size))
                if kind is not None:
                    places[words].append((row, kind))
                elif all(tag == "O" for tag in tags[start : start + size]):
                    places[words].append((row, "O"))
    return _minorities(places)


def _minorities(places: dict[tuple[str, ...], list[tuple[int, str]]]) -> list[Suspect]:
    found = []
    for words, occurrences in places.items():
        kinds = Counter(kind for _, kind in occurrences)
        usual, count = kinds.most_common(1)[0]
        share = count / len(occurrences)
        if len(occurrences) < OFTEN or share < MAJORITY:
            continue
        between = " " if all(word.isascii() for word in words) else ""
        found += [
            Suspect(row, kind, usual, share, between.join(words))
            for row, kind in occurrences
            if kind != usual
        ]
    return sorted(found, key=lambda suspect: (-suspect.confidence, suspect.position))


def _sentences(
    rows: Examples, told: Told, turn: int
) -> Iterator[tuple[int, tuple[str, ...], list[str]]]:
    tokens, tags = rows.column("tokens"), rows.column("tags")
    for start in range(0, len(rows), _ROWS):
        told(len(rows) * turn + start, 2 * len(rows))
        some = zip(
            tokens.slice(start, _ROWS).to_pylist(),
            tags.slice(start, _ROWS).to_pylist(),
            strict=True,
        )
        for row, (words, kinds) in enumerate(some, start):
            if words and kinds:
                yield row, tuple(words), kinds
