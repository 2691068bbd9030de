"""A batch of rows and their candidates as tensors.

A batch is laid out in columns that mean the same in every row, so the model computes logits only
where a label token is predicted:

    padding | the row's own tokens | tail of label 1 | tail of label 2 | ...

The last token of a tail predicts nothing that is asked for and is not run; a label of one token
costs nothing beyond its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from instruct_ui.engine.candidates import Candidates


@dataclass(frozen=True)
class Layout:
    """One batch, as tensors. Q columns; see the module's picture."""

    ids: Tensor
    """[rows, Q]"""
    positions: Tensor
    """[rows, Q]"""
    seen: Tensor
    """[rows, 1, Q, prefix + Q], true where a column may look."""
    logits: int
    """How many columns at the end have their logits computed."""
    tails: tuple[tuple[int, ...], ...]
    """Per label, the column (counted among those with logits) that predicts each of its tokens."""


def column_widths(rows: Sequence[Candidates], prefix: int) -> tuple[int, list[int]]:
    """Columns of the rows' own tokens, and of each label's tail without its last token."""
    middle = max(len(r.shared) for r in rows) - prefix
    labels = range(len(rows[0].tails))
    return middle, [max(len(r.tails[i]) for r in rows) - 1 for i in labels]


def lay_out(rows: Sequence[Candidates], prefix: int) -> Layout:
    middle, widths = column_widths(rows, prefix)
    columns = middle + sum(widths)
    ids = torch.zeros(len(rows), columns, dtype=torch.long)
    positions = torch.zeros(len(rows), columns, dtype=torch.long)
    own = torch.zeros(len(rows), 1, columns, columns, dtype=torch.bool)
    for n, row in enumerate(rows):
        own_ids = row.shared[prefix:]
        first = middle - len(own_ids)
        ids[n, first:middle] = torch.tensor(own_ids)
        positions[n, first:middle] = torch.arange(prefix, prefix + len(own_ids))
        own[n, 0, first:, first:middle] = True
        column = middle
        for tail, width in zip(row.tails, widths, strict=True):
            run = tail[:-1]
            ids[n, column : column + len(run)] = torch.tensor(run, dtype=torch.long)
            positions[n, column : column + width] = len(row.shared) + torch.arange(width)
            own[n, 0, column : column + width, column : column + width] = True
            column += width
    own &= torch.ones(columns, columns, dtype=torch.bool).tril()
    own |= torch.eye(columns, dtype=torch.bool)  # padding looks at itself: no row of all -inf
    seen = torch.cat([own.new_ones(len(rows), 1, columns, prefix), own], dim=-1)
    starts = [1 + sum(widths[:i]) for i in range(len(widths))]
    tails = tuple(
        (0, *range(start, start + width)) for start, width in zip(starts, widths, strict=True)
    )
    return Layout(ids, positions, seen, 1 + sum(widths), tails)


def additive(seen: Tensor, dtype: torch.dtype) -> Tensor:
    """True -> 0, false -> the least number: a form every attention implementation takes."""
    return torch.zeros(seen.shape, dtype=dtype).masked_fill_(~seen, torch.finfo(dtype).min)
