"""Which block of one template became which of another: by kind and likeness, then by place."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import get_args

from instruct_ui.templates.template import Block, BlockKind
from instruct_ui.templates.word_diff import likeness

Pairs = dict[int, int]
"""Position in the new template -> position in the old one."""
_LIKE = 0.5
"""Blocks that have less in common are the same only where they stand at the same place."""
_MOST_COMPARED = 10_000
"""Pairs of blocks whose texts are compared; a template with more is matched by place alone."""


def matched(old: Sequence[Block], new: Sequence[Block]) -> Pairs:
    """Each block at most once; blocks of different kinds never."""
    pairs: Pairs = {}
    for kind in get_args(BlockKind):
        of_old = [i for i, block in enumerate(old) if block.kind == kind]
        of_new = [j for j, block in enumerate(new) if block.kind == kind]
        if kind in ("examples", "input", "answer"):
            pairs.update(zip(of_new, of_old, strict=False))  # at most one each
            continue
        _match_same(old, new, of_old, of_new, pairs)
        _match_like(old, new, of_old, of_new, pairs)
    _match_by_place(old, new, pairs)
    return dict(sorted(pairs.items()))


def moved(pairs: Pairs) -> frozenset[int]:
    """Positions in the new template of the fewest blocks that must have moved: all but a longest
    increasing subsequence (Schensted 1961)."""
    order = sorted(pairs)
    ends: list[int] = []  # the smallest end of a subsequence of each length
    at: list[int] = []  # the block that is this end
    before: dict[int, int | None] = {}
    for j in order:
        length = bisect_left(ends, pairs[j])
        ends[length : length + 1], at[length : length + 1] = [pairs[j]], [j]
        before[j] = at[length - 1] if length else None
    stayed: set[int] = set()
    last = at[-1] if at else None
    while last is not None:
        stayed.add(last)
        last = before[last]
    return frozenset(j for j in order if j not in stayed)


def _match_same(
    old: Sequence[Block], new: Sequence[Block], of_old: list[int], of_new: list[int], pairs: Pairs
) -> None:
    """Blocks that are the same in everything, the first with the first; then those of one text."""
    for everything in (True, False):
        waiting: dict[str, list[int]] = {}
        for i in of_old:
            key = old[i].model_dump_json() if everything else old[i].text
            waiting.setdefault(key, []).append(i)
        for j in list(of_new):
            key = new[j].model_dump_json() if everything else new[j].text
            if waiting.get(key):
                pairs[j] = waiting[key].pop(0)
                of_old.remove(pairs[j])
                of_new.remove(j)


def _match_like(
    old: Sequence[Block], new: Sequence[Block], of_old: list[int], of_new: list[int], pairs: Pairs
) -> None:
    """The likest two first."""
    if len(of_old) * len(of_new) > _MOST_COMPARED:
        return
    like = [
        (-likeness(old[i].text, new[j].text), abs(n - m), j, i)
        for n, i in enumerate(of_old)
        for m, j in enumerate(of_new)
    ]
    for unlike, _, j, i in sorted(like):
        if -unlike >= _LIKE and i in of_old and j in of_new:
            pairs[j] = i
            of_old.remove(i)
            of_new.remove(j)


def _match_by_place(old: Sequence[Block], new: Sequence[Block], pairs: Pairs) -> None:
    """Those left that follow the same block in both, in order."""
    waiting: dict[tuple[BlockKind, int], list[int]] = {}
    for i, place in _places(len(old), set(pairs.values())):
        waiting.setdefault((old[i].kind, place), []).append(i)
    for j, follows in list(_places(len(new), set(pairs))):
        place = pairs[follows] if follows >= 0 else -1
        if waiting.get((new[j].kind, place)):
            pairs[j] = waiting[new[j].kind, place].pop(0)


def _places(count: int, taken: set[int]) -> Iterator[tuple[int, int]]:
    """Each free position with the last taken one before it; -1: none."""
    last = -1
    for position in range(count):
        if position in taken:
            last = position
        else:
            yield position, last
