"""Records (key -> value) into columns of text: what all JSON formats have in common."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

import pyarrow as pa

from instruct_ui.data.header import unique
from instruct_ui.data.table import refuse_wide, text_column

_SURROGATE = re.compile(
    r"\\u[dD](?:[89abAB][0-9a-fA-F]{2}(?P<low>\\u[dD][c-fC-F][0-9a-fA-F]{2})?|[c-fC-F])"
)
"""The first half of a pair with the second one, or either half alone."""


def cell(value: object) -> str:
    """Text as it stands, null as nothing, everything else as JSON text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def cells(record: Mapping[str, object]) -> dict[str, str]:
    """The record's values as texts. Raises ValueError where they are nested too deeply."""
    try:
        return {key: cell(value) for key, value in record.items()}
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def half_pair(written: str) -> int | None:
    """Where JSON has half a surrogate pair (`\\ud800`), which cannot be written to any file again;
    None where there is none."""
    for match in _SURROGATE.finditer(written):
        before = written[: match.start()] if match.start() < 2 else written[: match.start()][-64:]
        escaped = (len(before) - len(before.rstrip("\\"))) % 2
        if match["low"] is None and not escaped:
            return match.start()
    return None


class Columns:
    """Records below each other; a key a record lacks is an empty cell.

    Raises DataError, which names `file`, for more keys than a table may have columns.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._parts: dict[str, list[pa.Array]] = {}
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def add(self, records: Iterable[Mapping[str, str]]) -> None:
        rows = list(records)
        for key in dict.fromkeys(key for row in rows for key in row):
            if key not in self._parts:
                refuse_wide(len(self._parts) + 1, self._file)
                self._parts[key] = [text_column([""] * self._rows)]
        for key, parts in self._parts.items():
            parts.append(text_column([row.get(key, "") for row in rows]))
        self._rows += len(rows)

    @property
    def names(self) -> tuple[str, ...]:
        """The keys, in the order in which they came."""
        return tuple(self._parts)

    def data(self) -> pa.Table:
        columns = [pa.chunked_array(parts) for parts in self._parts.values()]
        return pa.table(columns, names=list(unique(self.names)))
