"""Which rows are the same text: exactly, or but for case, width, blanks and punctuation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from instruct_ui.data.dataset import Examples
from instruct_ui.data.table import in_pieces
from instruct_ui.tasks import REGISTRY, TaskName

Alike = Literal["exact", "normalised"]
_SMALL = r"[\p{P}\p{C}]+"
_BETWEEN = "\x1f"


def codes(
    examples: Examples, task: TaskName, alike: Alike = "exact", gold: bool = False
) -> npt.NDArray[np.int64]:
    """A number a row; two rows have the same one where all that is read is alike (with `gold` the
    answers too, and exactly)."""
    columns = read_columns(examples, read_fields([examples], task))
    keys = columns if alike == "exact" else [normalised(column) for column in columns]
    if gold:
        keys = [*keys, gold_text(examples, task)]
    joined = keys[0] if len(keys) == 1 else pc.binary_join_element_wise(*keys, _BETWEEN)
    return np.asarray(joined.combine_chunks().dictionary_encode().indices.to_numpy(), np.int64)


def read_fields(parts: Sequence[Examples], task: TaskName) -> list[str]:
    """What is read beside the text, where one of the parts has it."""
    there = {name for part in parts for name in part.fields}
    return [role.name for role in REGISTRY[task].reads[1:] if role.name in there]


def read_columns(examples: Examples, fields: Sequence[str]) -> list[pa.ChunkedArray]:
    """The text and these fields of all rows; "" for a field the rows do not have."""
    none = pa.chunked_array([pa.array([""] * len(examples), pa.string())])
    found = [examples.field(name) if name in examples.fields else none for name in fields]
    return [examples.column("text"), *found]


def gold_codes(examples: Examples, task: TaskName) -> npt.NDArray[np.int64]:
    """A number a row; the same one for the same answer."""
    golds = gold_text(examples, task).combine_chunks().dictionary_encode()
    return np.asarray(golds.indices.to_numpy(), np.int64)


def gold_text(examples: Examples, task: TaskName) -> pa.ChunkedArray:
    """What a row is judged by, as one text; empty where there is nothing."""
    shape = REGISTRY[task].gold.shape
    if shape == "label":
        return examples.column("label").fill_null("")
    lists = examples.column("tags" if shape == "tags" else "gold")
    return pc.binary_join(lists, " | ").fill_null("")


def normalised(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Compatibility forms taken together (NFKC), lower case, no blanks and no punctuation; a text
    of nothing else stays as it is. Signs such as + and emoji count."""
    return in_pieces(texts, _normalised)


def _normalised(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    small = pc.utf8_lower(pc.utf8_normalize(texts, form="NFKC"))
    # The common blank first: for the few others taking texts apart and together is fastest.
    dense = pc.replace_substring(small, " ", "")
    closed = pc.binary_join(pc.utf8_split_whitespace(dense), "")
    bare = pc.replace_substring_regex(closed, _SMALL, "")
    return pc.if_else(pc.equal(bare, ""), texts, bare)


def again(code: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Positions of the rows whose code has been there before."""
    first = np.unique(code, return_index=True)[1]
    mask = np.ones(len(code), bool)
    mask[first] = False
    return np.flatnonzero(mask)


def leaked(
    parts: Mapping[str, npt.NDArray[np.int64]], judged: Sequence[str] = ("test", "validation")
) -> dict[str, npt.NDArray[np.int64]]:
    """For every part the positions of rows that stand in a part it is judged by: train in
    validation or test, validation in test. `parts` are the codes of one and the same coding."""
    found: dict[str, npt.NDArray[np.int64]] = {}
    for name, above in (("train", judged), ("validation", [n for n in judged if n == "test"])):
        others = [parts[other] for other in above if other in parts]
        if name in parts and others:
            found[name] = np.flatnonzero(np.isin(parts[name], np.concatenate(others)))
    return found


def known_beforehand(parts: Mapping[str, npt.NDArray[np.int64]]) -> int:
    """Test rows whose text stands in another part. `parts` are codes as for `leaked`."""
    others = [code for name, code in parts.items() if name != "test"]
    if "test" not in parts or not others:
        return 0
    return int(np.isin(parts["test"], np.concatenate(others)).sum())


def part_codes(
    parts: Mapping[Any, Examples], task: TaskName, alike: Alike
) -> dict[str, npt.NDArray[np.int64]]:
    """The codes of several parts, made together so that they can be compared."""
    code = codes(Examples.joined(list(parts.values())), task, alike)
    ends = np.cumsum([len(rows) for rows in parts.values()])
    return dict(zip(parts, np.split(code, ends[:-1]), strict=True))
