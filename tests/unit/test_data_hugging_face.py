"""Folders of `datasets`: Arrow streams with state.json, and parquet shards."""

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from data_files import CELL, mutations, packed, read, read_or_refused, refused
from hypothesis import given, settings
from hypothesis import strategies as st

from instruct_ui.data.archive import parts_of
from instruct_ui.data.source import Source
from instruct_ui.data.table import Table

LABELS = ["neg", "pos"]
FEATURES = {
    "text": {"dtype": "string", "_type": "Value"},
    "label": {"names": LABELS, "_type": "ClassLabel"},
}


def stream(table: pa.Table, rows: int = 100) -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return out.getvalue()


def parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def saved(folder: str, shards: list[pa.Table], split: str | None = None) -> dict[str, bytes]:
    """What `save_to_disk` writes."""
    names = [f"data-{i:05}-of-{len(shards):05}.arrow" for i in range(len(shards))]
    state: dict[str, Any] = {"_data_files": [{"filename": n} for n in names], "_split": split}
    files = {f"{folder}{n}": stream(t) for n, t in zip(names, shards, strict=True)}
    files[f"{folder}state.json"] = json.dumps(state).encode()
    files[f"{folder}dataset_info.json"] = json.dumps({"features": FEATURES}).encode()
    return files


def rows(start: int, count: int) -> pa.Table:
    some = range(start, start + count)
    return pa.table({"text": [f"text {i}" for i in some], "label": [i % 2 for i in some]})


def tables(source: Source) -> list[tuple[str, Table]]:
    return [(name, read_part()) for name, read_part in parts_of(source)]


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.none() | CELL, st.sampled_from([0, 1, -1, None])), min_size=1),
        min_size=1,
        max_size=3,
    ),
    st.booleans(),
)
def test_shards_are_joined(shards: list[list[tuple[str | None, int | None]]], arrow: bool) -> None:
    schema = pa.schema([("text", pa.string()), ("label", pa.int64())])
    parts = [
        pa.Table.from_pylist([{"text": t, "label": n} for t, n in shard], schema)
        for shard in shards
    ]
    if arrow:
        files = saved("set/", parts, "train")
    else:
        info = json.dumps({"info": {"features": FEATURES}})
        files = {
            f"data/train-{i:05}-of-{len(parts):05}.parquet": parquet(
                part.replace_schema_metadata({"huggingface": info})
            )
            for i, part in enumerate(parts)
        }
    table = read(packed(files), "set.zip")
    assert (table.name, table.format) == ("set.zip", "hf")
    expected = [
        (text or "", LABELS[n] if n in (0, 1) else "") for shard in shards for text, n in shard
    ]
    assert list(table.page()) == expected
    assert table.lines.to_pylist() == list(range(1, len(expected) + 1))


def test_splits_of_a_dataset_dict() -> None:
    files = {
        "set/dataset_dict.json": b'{"splits": ["train", "test"]}',
        **saved("set/train/", [rows(0, 3), rows(3, 2)], "train"),
        **saved("set/test/", [rows(5, 2)], "test"),
    }
    raw = packed(files)
    error = refused(raw, "set.zip")
    assert (error.key, error.params["members"]) == ("data_zip_several", "train, test")
    found = dict(tables(Source(raw, "set.zip")))
    assert {name: len(table) for name, table in found.items()} == {"train": 5, "test": 2}
    assert found["test"].page() == (("text 5", "pos"), ("text 6", "neg"))


def test_parquet_splits_of_several_configurations() -> None:
    shard = parquet(rows(0, 2))
    files = {
        "en/train-00000-of-00001.parquet": shard,
        "zh/train-00000-of-00001-0a1b.parquet": shard,
        "zh/test-00000-of-00001.parquet": shard,
    }
    names = [name for name, _ in tables(Source(packed(files), "set.zip"))]
    assert names == ["en/train", "test", "zh/train"]


def test_one_arrow_file_by_itself() -> None:
    assert read(stream(rows(0, 3), 1), "train.arrow").page()[2] == ("text 2", "0")
    out = io.BytesIO()
    with pa.ipc.new_file(out, rows(0, 2).schema) as writer:
        writer.write_table(rows(0, 2))
    assert read(out.getvalue(), "x").format == "hf"


def test_a_state_of_something_else_is_a_file_like_any_other() -> None:
    raw = packed({"state.json": '[{"text": "a"}]'})
    assert read(raw, "a.zip").page() == (("a",),)


def without(files: dict[str, bytes], name: str) -> dict[str, bytes]:
    return {path: content for path, content in files.items() if path != name}


TWO = saved("", [rows(0, 2), rows(2, 2)])
PARQUET = {f"train-0000{i}-of-00003.parquet": parquet(rows(i, 1)) for i in range(3)}


@pytest.mark.parametrize(
    ("files", "key"),
    [
        (without(TWO, "data-00001-of-00002.arrow"), "data_hf_shard"),
        (without(PARQUET, "train-00002-of-00003.parquet"), "data_hf_shard"),
        ({**TWO, "state.json": b"{}"}, "data_hf_state"),
        ({**TWO, "state.json": b"[" * 100_000}, "data_hf_state"),
        ({**TWO, "state.json": b'{"_data_files": []}'}, "data_empty"),
        ({**TWO, "state.json": b'{"_data_files": ["../a.arrow"]}'}, "data_hf_shard"),
        ({**TWO, "data-00001-of-00002.arrow": b"\xff\xff\xff\xff"}, "data_arrow_unreadable"),
        (
            {**TWO, "data-00001-of-00002.arrow": stream(pa.table({"text": ["a"]}))},
            "data_hf_columns",
        ),
        (saved("", [rows(0, 0)]), "data_empty"),
    ],
)
def test_refusals(files: dict[str, bytes], key: str) -> None:
    assert refused(packed(files), "set.zip").key == key


@settings(deadline=None, max_examples=200)
@given(st.data(), st.sampled_from(sorted(TWO)))
def test_mutated_files_are_read_or_refused(data: st.DataObject, name: str) -> None:
    read_or_refused(packed({**TWO, name: data.draw(mutations(TWO[name]))}), "set.zip")


@settings(deadline=None)
@given(st.binary(max_size=100))
def test_random_bytes_are_read_or_refused(raw: bytes) -> None:
    read_or_refused(b"\xff\xff\xff\xff" + raw, "a.arrow")
    read_or_refused(b"ARROW1" + raw, "a.arrow")
