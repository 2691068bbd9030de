"""The one way into the room for bytes: what format they are, and the Table in them."""

from __future__ import annotations

from instruct_ui.data.conll import looks_like_conll, read_conll
from instruct_ui.data.delimited import read_delimited
from instruct_ui.data.encodings import Text, decode
from instruct_ui.data.excel import is_xlsx, read_xlsx
from instruct_ui.data.header import Header
from instruct_ui.data.jsonlines import read_jsonl
from instruct_ui.data.source import Source
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
    source: Source,
    *,
    format: FileFormat = "auto",
    encoding: str = "auto",
    header: Header = "auto",
    separator: str = "auto",
) -> Table:
    """The table in `source`.

    `header` is for csv, tsv and xlsx; `separator` for csv and tsv (one character, or "": a line
    is one cell). Raises DataError naming file and line: nothing in it, binary, ragged, not text.
    """
    if source.is_blank():
        raise DataError("data_empty", file=source.name)
    if format == "xlsx" or (format == "auto" and is_xlsx(source)):
        return read_xlsx(source, header)
    text = decode(source, encoding)
    kind = _format(text) if format == "auto" else format
    if kind == "jsonl":
        return read_jsonl(text)
    if kind == "conll":
        return read_conll(text)
    if kind == "xlsx":  # by its suffix, yet no workbook
        return read_xlsx(source, header)
    return read_delimited(text, kind, header, separator)


def _format(text: Text) -> TableFormat:
    suffix = text.name.lower().rpartition(".")[2]
    tagged = suffix not in ("csv", "jsonl", "ndjson") and looks_like_conll(text.head)
    if tagged:
        return "conll"
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    start = text.head.lstrip()
    if start.startswith("{") and start.partition("\n")[0].rstrip().endswith("}"):
        return "jsonl"
    if suffix == "json":
        raise DataError("data_json_whole", file=text.name)
    return "csv"
