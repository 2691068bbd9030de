"""Every different text of a data set once, normalised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from instruct_ui.data.alike import normalised, read_columns, read_fields
from instruct_ui.data.checks import minhash
from instruct_ui.data.checks.minhash import Numbers
from instruct_ui.data.checks.progress import Told
from instruct_ui.data.dataset import Examples
from instruct_ui.tasks import TaskName

BETWEEN = "\x1f"
_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    columns: tuple[pa.Array, ...]
    """Every different text once, in the order in which they come; a column for each that is
    read."""
    lengths: tuple[Numbers, ...]
    codes: tuple[Numbers, ...]
    """For every part the number of each row's text."""
    home: Numbers
    """For every text the first part it stands in."""


def different_texts(parts: Sequence[Examples], task: TaskName, told: Told) -> Texts:
    """The texts of all parts, in the order of the parts."""
    rows = sum(map(len, parts))
    hashes = np.empty(rows, np.int64)
    chunks: list[list[pa.Array]] = []
    starts: list[int] = []
    done = 0
    names = read_fields(parts, task)
    for part in parts:
        for start in range(0, len(part), _AT_ONCE):
            read = list(map(normalised, read_columns(part[start : start + _AT_ONCE], names)))
            lists = [column.to_pylist() for column in read]
            joined = map(BETWEEN.join, zip(*lists, strict=True))
            count = len(lists[0])
            hashes[done : done + count] = np.fromiter(map(hash, joined), np.int64, count)
            chunks.append([column.cast(pa.large_string()).combine_chunks() for column in read])
            starts.append(done)
            done += count
            told(done, rows)
    first, codes = _coded(hashes, told)
    borders = np.searchsorted(first, [*starts, rows])
    for at, chunk in enumerate(chunks):
        here = pa.array(first[borders[at] : borders[at + 1]] - starts[at])
        chunks[at] = [column.take(here) for column in chunk]
        told(rows, rows)
    columns = []
    for column in zip(*chunks, strict=True):
        columns.append(pa.concat_arrays(column))
        told(rows, rows)
    ends = np.cumsum([len(part) for part in parts])
    return Texts(
        tuple(columns),
        tuple(np.asarray(pc.utf8_length(column).to_numpy(), np.int64) for column in columns),
        tuple(np.split(codes, ends[:-1])),
        np.searchsorted(ends, first, side="right"),
    )


def _coded(hashes: Numbers, told: Told) -> tuple[Numbers, Numbers]:
    """(where each different value comes first, the number of each value), in order of coming."""
    order = np.argsort(hashes, kind="stable")
    told(1, 1)
    new = minhash.begins(hashes[order])
    first = order[new]
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    codes = np.empty(len(hashes), np.int64)
    codes[order] = rank[np.cumsum(new) - 1]
    told(1, 1)
    return np.sort(first), codes
