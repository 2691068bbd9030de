"""One file that is no archive: what format it is, and the Table in it."""

from __future__ import annotations

import json
import re

from instruct_ui.data.blocks import looks_like_blocks, read_blocks
from instruct_ui.data.conll import looks_like_conll, read_conll
from instruct_ui.data.delimited import read_delimited
from instruct_ui.data.encodings import Text, decode
from instruct_ui.data.excel import is_xlsx, read_xlsx
from instruct_ui.data.header import Header
from instruct_ui.data.hugging_face import is_arrow, read_arrow
from instruct_ui.data.json_document import read_json
from instruct_ui.data.jsonlines import read_jsonl
from instruct_ui.data.parquet import is_parquet, read_parquet
from instruct_ui.data.source import Source
from instruct_ui.data.table import Table, TableFormat
from instruct_ui.data.unpacking import is_zip
from instruct_ui.errors import DataError
from instruct_ui.spec import FileFormat, Quoting

_BY_SUFFIX: dict[str, TableFormat] = {
    "csv": "csv",
    "tsv": "tsv",
    "xlsx": "xlsx",
    "xlsm": "xlsx",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "json": "json",
    "conll": "conll",
    "bio": "conll",
    "iob": "conll",
    "iob2": "conll",
    "parquet": "parquet",
    "arrow": "hf",
}
_JSON_START = re.compile(r'\s*(\[\s*\{\s*["}]|\{\s*"(\\.|[^"\\\n])*"\s*:)')


def read_file(
    source: Source,
    *,
    format: FileFormat = "auto",
    encoding: str = "auto",
    header: Header = "auto",
    separator: str = "auto",
    quoting: Quoting = "auto",
) -> Table:
    """The table in a file. Raises DataError as `readers.read`."""
    if source.is_blank():
        raise DataError("data_empty", file=source.name)
    if format == "brat":
        raise DataError("data_brat_alone", file=source.name)
    if format == "auto":
        format = _binary(source)
    if format == "xlsx":
        return read_xlsx(source, header)
    if format == "parquet":
        return read_parquet(source)
    if format == "hf":
        return read_parquet(source) if is_parquet(source) else read_arrow(source)
    text = decode(source, encoding)
    kind = _format(text) if format == "auto" else format
    if kind == "jsonl":
        return read_jsonl(text)
    if kind == "json" or kind == "squad":
        return read_json(text, format)
    if kind == "conll":
        return read_conll(text)
    if kind == "blocks":
        return read_blocks(text)
    if kind == "xlsx":  # by its suffix, yet no workbook
        return read_xlsx(source, header)
    if kind == "parquet":
        return read_parquet(source)
    if kind == "hf":
        return read_arrow(source)
    return read_delimited(text, kind, header, separator, quoting)


def _binary(source: Source) -> FileFormat:
    """The format by its first bytes, whatever the file is called; `auto` for texts."""
    if is_xlsx(source) or is_zip(source):  # a broken zip that is called so
        return "xlsx"
    if is_parquet(source):
        return "parquet"
    return "hf" if is_arrow(source) else "auto"


def _format(text: Text) -> TableFormat:
    suffix = text.name.lower().rpartition(".")[2]
    if suffix not in ("csv", "jsonl", "ndjson", "json"):
        if looks_like_conll(text.head):
            return "conll"
        if looks_like_blocks(text):
            return "blocks"
    if suffix == "json" and _is_by_line(text.head):
        return "jsonl"
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    start = text.head.lstrip()
    if start.startswith("{") and start.partition("\n")[0].rstrip().endswith("}"):
        return "jsonl"
    return "json" if _JSON_START.match(text.head) else "csv"


def _is_by_line(head: str) -> bool:
    """Whether it is jsonl in truth: an object on the first line, and more below it."""
    first, _, rest = head.lstrip().partition("\n")
    if not first.startswith("{") or not rest.strip():
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False
