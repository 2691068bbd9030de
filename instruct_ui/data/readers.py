"""The one way into the room for bytes: what format they are, and the Table in them."""

from __future__ import annotations

from instruct_ui.data.conll import looks_like_conll, read_conll
from instruct_ui.data.delimited import read_delimited
from instruct_ui.data.encodings import decode
from instruct_ui.data.excel import is_xlsx, read_xlsx
from instruct_ui.data.header import Header
from instruct_ui.data.jsonlines import read_jsonl
from instruct_ui.data.table import Table, TableFormat
from instruct_ui.errors import DataError
from instruct_ui.spec import FileFormat

_BY_SUFFIX: dict[str, TableFormat] = {
    "csv": "csv",
    "tsv": "tsv",
    "xlsx": "xlsx",
    "xlsm": "xlsx",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "conll": "conll",
    "bio": "conll",
    "iob": "conll",
    "iob2": "conll",
}


def read(
    source: bytes,
    name: str,
    *,
    format: FileFormat = "auto",
    encoding: str = "auto",
    header: Header = "auto",
    separator: str = "auto",
) -> Table:
    """The table in `source`; `name` is its file's, for messages and for its suffix.

    `header` is for csv, tsv and xlsx; `separator` for csv and tsv (one character, or "": a line
    is one cell). Raises DataError naming file and line: nothing in it, binary, ragged, not text.
    """
    if not source.strip():
        raise DataError("data_empty", file=name)
    if format == "xlsx" or (format == "auto" and is_xlsx(source)):
        return read_xlsx(source, name, header)
    text, found = decode(source, name, encoding)
    if not text.strip():
        raise DataError("data_empty", file=name)
    kind = _format(text, name) if format == "auto" else format
    if kind == "jsonl":
        return read_jsonl(text, name, found)
    if kind == "conll":
        return read_conll(text, name, found)
    if kind == "xlsx":  # by its suffix, yet no workbook
        return read_xlsx(source, name, header)
    return read_delimited(text, name, kind, header, found, separator)


def _format(text: str, name: str) -> TableFormat:
    suffix = name.lower().rpartition(".")[2]
    if suffix != "csv" and suffix not in ("jsonl", "ndjson") and looks_like_conll(text):
        return "conll"
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    start = text.lstrip()
    if start.startswith("{") and start.partition("\n")[0].rstrip().endswith("}"):
        return "jsonl"
    if suffix == "json":
        raise DataError("data_json_whole", file=name)
    return "csv"
