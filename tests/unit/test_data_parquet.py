"""Parquet of any column type comes out as texts, as jsonl would have them."""

import io
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from data_files import CELL, mutations, read, read_or_refused, refused
from hypothesis import given, settings
from hypothesis import strategies as st

from instruct_ui.data import parquet, source
from instruct_ui.data.records import cell
from instruct_ui.data.roles import guess

COLUMNS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "text": (pa.string(), CELL),
    "large": (pa.large_string(), CELL),
    "number": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "small": (pa.uint8(), st.integers(0, 255)),
    "real": (pa.float64(), st.floats(allow_nan=False)),
    "truth": (pa.bool_(), st.booleans()),
    "list": (pa.list_(pa.string()), st.lists(CELL, max_size=3)),
    "numbers": (pa.list_(pa.int32()), st.lists(st.integers(0, 9), max_size=3)),
    "nested": (
        pa.struct([("text", pa.list_(pa.string())), ("start", pa.int64())]),
        st.builds(
            lambda text, start: {"text": text, "start": start},
            st.lists(CELL, max_size=2),
            st.integers(0, 9),
        ),
    ),
}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, (_, values) in COLUMNS.items()}),
    min_size=1,
    max_size=12,
)
SCHEMA = pa.schema([(name, kind) for name, (kind, _) in COLUMNS.items()])


def written(table: pa.Table, **how: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **how)
    return out.getvalue()


def sample() -> bytes:
    rows = [{"text": f"text {i % 3}", "number": i, "list": ["a", "b"]} for i in range(40)]
    return written(pa.Table.from_pylist(rows, SCHEMA), row_group_size=15)


@settings(deadline=None)
@given(ROWS, st.integers(1, 5), st.sampled_from(["none", "snappy", "zstd"]), st.booleans())
def test_round_trip(rows: list[dict[str, Any]], size: int, packing: str, coded: bool) -> None:
    table = pa.Table.from_pylist(rows, SCHEMA)
    raw = written(table, row_group_size=size, compression=packing, use_dictionary=coded)
    back = read(raw, "a.parquet")
    assert back.format == "parquet" and back.columns == tuple(COLUMNS)
    assert list(back.page()) == [tuple(cell(row[name]) for name in COLUMNS) for row in rows]
    assert back.lines.to_pylist() == list(range(1, len(rows) + 1))


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_mutated_bytes_are_read_or_refused(data: st.DataObject) -> None:
    read_or_refused(data.draw(mutations(sample())), "a.parquet")


@settings(deadline=None)
@given(st.binary(max_size=100))
def test_random_bytes_are_read_or_refused(raw: bytes) -> None:
    read_or_refused(b"PAR1" + raw, "a.bin")
    read_or_refused(raw, "a.parquet")


def test_dates_dictionaries_pictures_and_nulls() -> None:
    table = pa.table(
        {
            "day": pa.array([date(2024, 5, 1), None]),
            "moment": pa.array([datetime(2024, 5, 1, 8, 30), datetime(2024, 5, 1)]),
            "kind": pa.array(["pos", None]).dictionary_encode(),
            "price": pa.array([Decimal("1.50"), None]),
            "picture": pa.array([b"\xff\xd8\xff", "文".encode()]),
            "none": pa.nulls(2),
            "facts": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int32())),
        }
    )
    back = read(written(table), "whatever.csv")
    assert back.page() == (
        ("2024-05-01", "2024-05-01T08:30:00", "pos", "1.50", "<3 bytes>", "", '[["a", 1]]'),
        ("", "2024-05-01T00:00:00", "", "", "文", "", ""),
    )


def test_lists_side_by_side_stay_lists() -> None:
    features = {
        "tags": {"feature": {"names": ["O", "B-PER"], "_type": "ClassLabel"}, "_type": "Sequence"}
    }
    table = pa.table({"tokens": [["Anna", "sings"], None], "tags": [[1, 0], None]})
    info = json.dumps({"info": {"features": features}})
    raw = written(table.replace_schema_metadata({"huggingface": info}))
    back = read(raw, "a.parquet")
    assert back.page() == ((("Anna", "sings"), ("B-PER", "O")), ((), ()))
    assert guess(back).columns == {"tokens": "tokens", "tags": "tags"}


def test_names_are_made_unique() -> None:
    table = pa.Table.from_arrays([pa.array(["a"])] * 3, names=["x", "x", ""])
    assert read(written(table), "a.parquet").columns == ("x", "x_2", "2")


def test_texts_that_are_no_utf8_are_refused() -> None:
    buffers = [None, pa.array([0, 2], pa.int32()).buffers()[1], pa.py_buffer(b"\xff\xfe")]
    broken = pa.Array.from_buffers(pa.string(), 1, buffers)
    error = refused(written(pa.table({"text": broken})), "a.parquet")
    assert error.key == "data_parquet_unreadable"


def test_what_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = written(pa.table({"text": ["x" * 1000] * 5000}))
    assert len(raw) < 5000
    assert len(read(raw, "a.parquet")) == 5000
    monkeypatch.setattr(source, "MAX_UNPACKED", 2**20)
    assert refused(raw, "a.parquet").key == "data_unpacks_to_too_much"
    monkeypatch.setattr(parquet, "_MAX_VALUES", 1000)
    assert refused(raw, "a.parquet").key == "data_too_many_cells"


def test_a_nested_text_that_comes_again_is_counted_while_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(source, "MAX_UNPACKED", 2**20)
    long = "x" * 1000
    for nested in ([long], {"a": long}, [("a", long)], {"a": [{"b": long}]}):
        kind = pa.map_(pa.string(), pa.string()) if nested == [("a", long)] else None
        raw = written(pa.table({"nested": pa.array([nested] * 5000, kind)}))
        assert refused(raw, "a.parquet").key == "data_unpacks_to_too_much"


def test_refusals() -> None:
    wide = pa.table({str(i): [1] for i in range(1001)})
    assert refused(written(wide), "a.parquet").key == "data_too_many_columns"
    assert refused(written(pa.table({"text": pa.array([], pa.string())})), "a.parquet").key == (
        "data_empty"
    )
    assert refused(b"text,label\nhi,a\n", "a.parquet").key == "data_parquet_unreadable"
    assert refused(sample()[:200], "a.csv").key == "data_parquet_unreadable"


@pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
def test_texts_in_every_encoding(encoding: str) -> None:
    table = pa.table({"text": ["one", "one more", None], "label": ["a", "b", "a"]})
    raw = written(table, use_dictionary=["label"], column_encoding={"text": encoding})
    assert read(raw, "a.parquet").page() == (("one", "a"), ("one more", "b"), ("", "a"))
