"""One JSON value over a whole file, in all the shapes tables come in."""

import json
from typing import Any

import pytest
from data_files import CELL, NAME, mutations, read, read_or_refused, refused
from hypothesis import given, settings
from hypothesis import strategies as st

from instruct_ui.data import json_document
from instruct_ui.data.records import cell

NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | CELL,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(CELL, inner, max_size=3),
    max_leaves=6,
)
ROWS = st.lists(NAME, min_size=1, max_size=4, unique_by=str.strip).flatmap(
    lambda names: st.lists(st.fixed_dictionaries(dict.fromkeys(names, NESTED)), min_size=2)
)
PLAIN = [{"text": "a", "label": 1}, {"text": "b", "label": 0}]


def shapes(rows: list[dict[str, Any]]) -> dict[str, Any]:
    names = list(rows[0])
    return {
        "list": rows,
        "inside": {"version": "1", "data": rows, "more": {"by": "us"}},
        "columns": {name: [row[name] for row in rows] for name in names},
        "pandas": {name: {str(i): row[name] for i, row in enumerate(rows)} for name in names},
        "by key": {f"k{i}": row for i, row in enumerate(rows)},
    }


@settings(deadline=None)
@given(
    ROWS,
    st.sampled_from(["list", "inside", "columns", "pandas", "by key"]),
    st.booleans(),
    st.sampled_from([None, 2]),
)
def test_every_shape_round_trips(
    rows: list[dict[str, Any]], shape: str, escaped: bool, indent: int | None
) -> None:
    if shape == "columns" and all(isinstance(v, dict) for row in rows for v in row.values()):
        return  # lists of objects: their objects are the rows
    written = json.dumps(shapes(rows)[shape], ensure_ascii=escaped, indent=indent)
    table = read(written.encode(), "a.json")
    expected = [tuple(cell(row[name]) for name in rows[0]) for row in rows]
    if shape == "by key":
        expected = [(f"k{i}", *row) for i, row in enumerate(expected)]
        assert table.columns[0] == "id"
    assert table.format == "json"
    assert list(table.page()) == expected
    assert table.lines.to_pylist() == list(range(1, len(rows) + 1))


@settings(deadline=None, max_examples=200)
@given(st.data(), st.sampled_from(["list", "inside", "columns", "pandas", "by key"]))
def test_mutated_bytes_are_read_or_refused(data: st.DataObject, shape: str) -> None:
    written = json.dumps(shapes(PLAIN)[shape], indent=1).encode()
    read_or_refused(data.draw(mutations(written)), "a.json")


@settings(deadline=None, max_examples=200)
@given(st.text(st.sampled_from('[]{}",:\\ud8e1a \n'), max_size=40) | st.binary(max_size=60))
def test_random_text_is_read_or_refused(source: str | bytes) -> None:
    read_or_refused(source.encode() if isinstance(source, str) else source, "a.json")


@settings(deadline=None)
@given(NESTED)
def test_any_value_is_read_or_refused(value: Any) -> None:
    read_or_refused(json.dumps(value).encode(), "a.json")


def test_nested_values_stay_json_text_and_missing_keys_are_empty() -> None:
    rows = [{"text": "a", "turns": [{"by": "客", "n": 1.5}]}, {"text": None, "ok": True}]
    table = read(json.dumps(rows, indent=2), "pasted")
    assert table.columns == ("text", "turns", "ok")
    assert table.page() == (("a", '[{"by": "客", "n": 1.5}]', ""), ("", "", "true"))


def test_whole_surrogate_pairs_and_escaped_backslashes_are_texts() -> None:
    source = r'[{"text": "\ud83d\ude00 \\ud800"}]'
    assert read(source, "a.json").page() == (("\U0001f600 \\ud800",),)
    assert read(source[1:-1], "a.jsonl").page() == (("\U0001f600 \\ud800",),)


def test_a_key_column_beside_an_id_of_its_own() -> None:
    table = read('{"x": {"id": 7, "text": "a"}, "y": {"id": 8, "text": "b"}}', "a.json")
    assert table.columns == ("id", "id_2", "text")
    assert table.page()[0] == ("x", "7", "a")


def test_one_object_a_line_is_jsonl_whatever_it_is_called() -> None:
    assert read('{"text": "a"}\n{"text": "b"}\n', "a.json").format == "jsonl"
    assert read('{"text": {"0": "a"}}\n', "a.json").format == "json"


@pytest.mark.parametrize(
    ("source", "key", "params"),
    [
        ('[\n{"text": "a"},\n{"text": b}\n]', "data_json_syntax", {"line": 3, "column": 10}),
        ('[{"text": "a"}, 3]', "data_json_record", {"place": "[1]", "found": "int"}),
        ('{"data": [{"a": 1}], "rows": [{"a": 2}]}', "data_json_several", {"keys": "data, rows"}),
        ('{"a": [1, 2],\n "b": [3]}', "data_json_unequal", {"column": "b", "found": 1}),
        ('{\n"text": "a", "label": 1}', "data_json_shape", {"found": "dict (text, label)"}),
        ("3", "data_json_shape", {"found": "int (3)"}),
        ("[]", "data_empty", {}),
        ("[{}, {}]", "data_json_no_keys", {}),
        (
            '{"k": {"a": 1}, "k": {"a": 2}}',
            "data_json_value",
            {"cause": "key 'k' twice in one object"},
        ),
        ("[" * 100_000, "data_json_value", {"cause": "nested too deeply"}),
        ('[{"n": ' + "9" * 5000 + "}]", "data_json_value", {}),
        ('[\n{"text": "\\ud800"}]', "data_json_syntax", {"line": 2, "column": 11}),
        ('{"\\ude00\\ud83d": 1}', "data_json_syntax", {"cause": "half a surrogate pair"}),
    ],
)
def test_refusals_name_the_place(source: str, key: str, params: dict[str, object]) -> None:
    error = refused(source, "a.json")
    assert error.key == key
    assert {name: error.params[name] for name in params} == params


@pytest.mark.parametrize("depth", range(100, 1000, 7))
def test_depth_ends_in_no_traceback(depth: int) -> None:
    nested = "[" * depth + "]" * depth
    read_or_refused(f'[{{"a": {nested}}}]'.encode(), "a.json")
    read_or_refused(f'{{"a": {nested}}}'.encode(), "a.jsonl")


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_document, "MAX_SIZE", 10)
    error = refused(json.dumps(PLAIN), "a.json")
    assert error.key == "data_json_too_large" and "jsonl" in str(error)
