"""Rows as text of a file of the project, an object a line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from instruct_ui.workbench.project_data import ProjectData

Row = dict[str, Any]


def with_fields(row: Row, fields: Mapping[str, str]) -> Row:
    """A row with the columns that were read beside it; one whose name is taken gets a `_`."""
    for name, value in fields.items():
        row[f"{name}_" if name in row else name] = value
    return row


def keys_of(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row))


def lines(rows: Sequence[Row], keys: Sequence[str]) -> str:
    """Every row with the same keys: the first one's decide the columns."""
    whole = ({key: row.get(key, "") for key in keys} for row in rows)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in whole)


def stem_of(source: ProjectData, ending: str) -> str:
    """The name the data was brought under, without what was put behind it here."""
    return Path(next(iter(source.names.values()), "data")).stem.removesuffix(ending)
