"""Parquet, read a few thousand rows at a time."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from instruct_ui.data.arrow_columns import AT_ONCE, text_table
from instruct_ui.data.class_labels import Labels, labels_in
from instruct_ui.data.source import Source, refuse_unpacked
from instruct_ui.data.table import Table, TableFormat, counting, refuse_wide
from instruct_ui.errors import DataError

_MAGIC = b"PAR1"
_NO_DICTIONARY = "Not yet implemented: DecodeArrow of DictAccumulator"
"""pyarrow cannot read texts by their dictionary that were written by what they share with the text
above (DELTA_BYTE_ARRAY)."""
_FEW = 512
"""Rows read at a time where a text may come again in every row without being told before."""
_MAX_VALUES = 200_000_000
"""Cells; runs of one value take up next to nothing in the file, whatever their length."""


def is_parquet(source: Source) -> bool:
    return source.head(len(_MAGIC)) == _MAGIC


def read_parquet(source: Source) -> Table:
    """Raises DataError for what is no parquet file, unpacks to too much, or is empty."""
    return arrow_table(source.name, "parquet", parquet_data(source, None))


def parquet_data(source: Source, labels: Labels | None) -> pa.Table:
    """Its columns as texts; `labels` where the file's own schema is not to say them."""
    name = source.name
    refuse_unpacked(source.size, name)
    try:
        with pa.BufferReader(source.all()) as file:
            told = pq.ParquetFile(file)
            _refuse_much(told.metadata, told.schema_arrow, name)
            flat, nested = _texts(told.metadata, told.schema_arrow)
            try:
                # Texts that come again are unpacked only once their sum is known.
                return _read(file, flat, _FEW if nested else AT_ONCE, name, labels)
            except OSError as error:
                if _NO_DICTIONARY not in str(error):
                    raise
                return _read(file, [], _FEW, name, labels)
    except DataError:
        raise
    except Exception as error:  # pyarrow lets through whatever its decoders raise
        raise DataError("data_parquet_unreadable", file=name, cause=_first_line(error)) from error


def _read(
    file: pa.NativeFile, coded: list[str], at_once: int, name: str, labels: Labels | None
) -> pa.Table:
    plain = pq.ParquetFile(file, read_dictionary=coded)
    schema = plain.schema_arrow
    known = labels_in(schema) if labels is None else labels
    return text_table(schema, plain.iter_batches(batch_size=at_once), name, known)


def arrow_table(name: str, format: TableFormat, data: pa.Table) -> Table:
    """A Table whose records are numbered. Raises DataError where there is none."""
    if not data.num_rows or not data.num_columns:
        raise DataError("data_empty", file=name)
    return Table(
        name=name,
        format=format,
        encoding="",
        separator="",
        header=True,
        data=data,
        lines=counting(data.num_rows),
    )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


def _refuse_much(metadata: pq.FileMetaData, schema: pa.Schema, name: str) -> None:
    """Refuses what would fill the memory before any of it is read."""
    refuse_wide(len(schema.names), name)
    # Not asked of its columns: pyarrow ends the process where their statistics are broken.
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    refuse_unpacked(sum(group.total_byte_size for group in groups), name)
    rows = max(metadata.num_rows, sum(group.num_rows for group in groups))
    if rows * metadata.num_columns > _MAX_VALUES:
        raise DataError("data_too_many_cells", file=name, count=rows, limit=_MAX_VALUES)


def _texts(metadata: pq.FileMetaData, schema: pa.Schema) -> tuple[list[str], bool]:
    """Columns of texts, and whether there are texts inside other columns, which pyarrow cannot
    read by their dictionary."""
    leaves = [metadata.schema.column(i) for i in range(metadata.num_columns)]
    texts = [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"]
    flat = [path for path in texts if path in schema.names]
    return flat, len(flat) < len(texts)
