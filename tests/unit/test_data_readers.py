"""Tables of every format; a file is read whole or refused with file and line."""

import csv
import io
import itertools
import json
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruct_ui.data import excel
from instruct_ui.data.readers import read as read_source
from instruct_ui.data.roles import guess
from instruct_ui.data.source import Source
from instruct_ui.data.table import Table
from instruct_ui.errors import DataError

CELL = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=12
)


def read(source: bytes, name: str, **how: Any) -> Table:
    return read_source(Source(source, name), **how)


def lines(table: Table) -> list[int]:
    return list(table.lines.to_pylist())


def skipped(table: Table) -> list[tuple[int, str]]:
    return sorted((line, s.reason) for s in table.skipped for line in s.lines)


def refused(source: bytes | str, name: str, **how: Any) -> DataError:
    raw = source.encode() if isinstance(source, str) else source
    with pytest.raises(DataError) as caught:
        read(raw, name, **how)
    assert name in str(caught.value) and name in caught.value.message("zh")
    return caught.value


@settings(deadline=None)
@given(
    st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=2, max_size=12)
    ),
    st.sampled_from([",", ";", "\t", "|"]),
)
def test_csv_round_trip(rows: list[list[str]], separator: str) -> None:
    if separator == "\t":  # a cell with tab and line end may as well be stray quotes in two rows
        rows = [[cell.replace("\t", " ") for cell in row] for row in rows]
    written = io.StringIO()
    csv.writer(written, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(rows)
    source = written.getvalue().encode()
    table = read(source, "a.csv", format="csv", header=False, separator=separator)
    assert [list(row) for row in table.page()] == rows
    assert table.line(0) == 1


@settings(deadline=None)
@given(st.text(st.sampled_from('ab,;\t|"\n 中\\'), max_size=80))
def test_no_line_is_dropped_whatever_stands_in_the_file(text: str) -> None:
    try:
        table = read(text.encode(), "a.csv", header=False)
    except DataError as error:
        assert error.key in {"data_empty", "data_ragged", "data_quote_open"}
        return
    assert len({len(row) for row in table.page()}) == 1
    starts = sorted([*lines(table), *(line for line, _ in skipped(table))])
    assert starts == sorted(set(starts)) and starts[0] == 1
    breaks_in_cells = sum(cell.count("\n") for row in table.page() for cell in row)
    assert len(starts) + breaks_in_cells == len(text.removesuffix("\n").split("\n"))


@settings(deadline=None, max_examples=200)
@given(
    st.binary(max_size=300),
    st.sampled_from(["a.csv", "a.tsv", "a.jsonl", "a.conll", "a.xlsx", "a"]),
)
def test_random_bytes_are_read_or_refused(source: bytes, name: str) -> None:
    try:
        assert len(read(source, name)) > 0
    except DataError as error:
        assert error.message("en") and error.message("zh")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_is_found(separator: str) -> None:
    lines = [["text", "label"], ["good, really", "1"], ["bad; awful", "0"], ["so | so", "0"]]
    written = io.StringIO()
    csv.writer(written, delimiter=separator).writerows(lines)
    table = read(written.getvalue().encode(), "data.txt")
    assert table.separator == separator
    assert table.page()[0] == ("good, really", "1")


def test_quoted_line_ends_and_line_numbers() -> None:
    table = read(b'text,label\n"two\nlines",a\n\nb,a\n', "a.csv")
    assert table.page() == (("two\nlines", "a"), ("b", "a"))
    assert lines(table) == [2, 5]
    assert skipped(table) == [(4, "blank")]


def test_tab_file_keeps_its_quotes() -> None:
    table = read(b'"So," he said.\tA\nYes "no".\tB\n', "a.tsv", header=False)
    assert table.page()[0] == ('"So," he said.', "A")


def test_backslash_before_a_quote() -> None:
    table = read(rb"text,label" b"\n" rb'"say \"hi\", please",a' b"\n", "a.csv")
    assert table.page() == (('say "hi", please', "a"),)


def test_lines_of_text_are_one_column() -> None:
    table = read(b"Hello, you\nno comma here\none, two, three\n", "paste.txt")
    assert [row[0] for row in table.page()] == ["Hello, you", "no comma here", "one, two, three"]


def test_ragged_row_is_refused_with_its_place() -> None:
    error = refused("text,label\ngood,1\nwell, well,1\nbad,0\n", "a.csv")
    assert error.key == "data_ragged"
    assert (error.params["line"], error.params["found"], error.params["expected"]) == (3, 3, 2)


def test_open_quote_is_refused_where_it_begins() -> None:
    error = refused('text,label\n"good",1\n"bad,0\nworse,0\n', "a.csv")
    assert (error.key, error.params["line"]) == ("data_quote_open", 3)


def test_stray_quote_is_part_of_the_text_where_no_field_is_quoted() -> None:
    table = read(b'text,label\ngood,1\n"bad,0\nworse,0\n', "a.csv")
    assert [row[0] for row in table.page()] == ["good", '"bad', "worse"]


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.conll"])
@pytest.mark.parametrize("source", [b"", b" \n\n", b"\xef\xbb\xbf\n"])
def test_nothing_in_it(source: bytes, name: str) -> None:
    assert refused(source, name).key == "data_empty"


def test_header_only() -> None:
    assert refused("text,label\n", "a.csv").key == "data_header_only"


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("text,label\nhi,a\n", True),
        (",text,label\n0,hi,a\n1,ho,b\n", True),
        ("文本,情感\n好,正面\n", True),
        ("stars,words\n5,very good\n1,bad\n", True),
        ("very good,pos\nbad,neg\nfine,pos\nawful,neg\n", False),
        ("1,very good\n0,bad\n", False),
        ("Hi.,嗨。\nRun.,快跑。\n", False),
        ("what,asks\n" + "why not,q\nbecause,a\n" * 4, True),
    ],
)
def test_header_is_found(text: str, header: bool) -> None:
    assert read(text.encode(), "a.csv").header is header


def test_header_told_and_names_made_unique() -> None:
    table = read(b"x,x,\n1,2,3\n", "a.csv", header=True)
    assert table.columns == ("x", "x_2", "2")
    assert read(b"text,label\nhi,a\n", "a.csv", header=False).columns == ("0", "1")


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "empty"
    sheet = book.create_sheet("data")
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_xlsx_cells_are_text_and_blank_rows_named() -> None:
    source = workbook(
        [["text", "label", "when"], ["hi", 1.0, date(2024, 5, 1)], [], ["ho", 0.5, None]]
    )
    table = read(source, "a.csv")  # whatever it is called
    assert table.format == "xlsx"
    assert table.columns == ("text", "label", "when")
    assert table.page() == (("hi", "1", "2024-05-01T00:00:00"), ("ho", "0.5", ""))
    assert lines(table) == [2, 4]
    assert skipped(table) == [(3, "blank")]


def test_xlsx_that_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    source = workbook([["text", "label"], ["hi", "a"]])
    monkeypatch.setattr(excel, "MAX_UNPACKED", 1000)
    assert refused(source, "a.xlsx").key == "data_xlsx_too_large"


def test_xlsx_that_is_none() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/workbook.xml", "<no")
    assert refused(packed.getvalue(), "a.xlsx").key == "data_xlsx_unreadable"
    assert refused(b"text,label\nhi,a\n", "a.xlsx").key == "data_xlsx_unreadable"
    assert refused(b"PK\x03\x04 broken", "a.xlsx").key == "data_xlsx_unreadable"


def test_jsonl_columns_are_all_keys() -> None:
    rows = [{"text": "a\u2028b", "n": 3}, {"text": None, "more": ["x", "y"], "ok": True}]
    source = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n\n"
    table = read(source.encode(), "a.jsonl")
    assert table.columns == ("text", "n", "more", "ok")
    assert table.page() == (("a\u2028b", "3", "", ""), ("", "", '["x", "y"]', "true"))
    assert lines(table) == [1, 2]
    assert skipped(table) == [(3, "blank")]
    assert read(source.encode(), "pasted").format == "jsonl"


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("{'text': 1}", "data_json_line"),
        ("[1, 2]", "data_json_not_object"),
        ("[" * 100_000, "data_json_line"),
        (r'{"text": "\ud800"}', "data_json_line"),
    ],
)
def test_jsonl_names_the_broken_line(line: str, key: str) -> None:
    error = refused('{"text": "hi"}\n' + line, "a.jsonl")
    assert (error.key, error.params["line"]) == (key, 2)


CONLL = "-DOCSTART- -X- O\n\nAnna NNP B-PER\nsings VBZ O\n\n\nHi UH O\n"


def test_conll_is_found_by_its_content() -> None:
    table = read(CONLL.encode(), "train.txt")
    assert table.format == "conll"
    assert table.page() == (
        (("Anna", "sings"), ("NNP", "VBZ"), ("B-PER", "O")),
        (("Hi",), ("UH",), ("O",)),
    )
    assert lines(table) == [3, 7]
    assert skipped(table) == [(1, "docstart")]
    assert len(table) == 2


def test_conll_with_tabs_keeps_blank_tokens_and_ends_sentences_at_blank_lines() -> None:
    table = read("New York\tB-LOC\n\u00a0\tO\n\t\n# no token\nHi\tO\r\n".encode(), "a.conll")
    assert table.page() == ((("New York", "\u00a0"), ("B-LOC", "O")), (("Hi",), ("O",)))
    assert skipped(table) == [(4, "comment")]


def test_conll_line_with_other_columns_is_refused() -> None:
    error = refused("Anna NNP B-PER\nsings O\nwell RB O\n\n", "a.conll")
    assert (error.key, error.params["line"], error.params["expected"]) == (
        "data_conll_ragged",
        2,
        3,
    )


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_conll_columns_in_any_order(order: tuple[int, ...]) -> None:
    rows = ["-DOCSTART- -X- O", "", "Anna NNP B-PER", "sings VBZ O", "", "Hi UH O", "Bo NNP B-PER"]
    written = [row and " ".join(row.split()[i] for i in order) for row in rows]
    table = read("\n".join(written).encode(), "train.txt")
    assert table.format == "conll" and len(table) == 2
    assert skipped(table) == [(1, "docstart")]
    assert guess(table).columns == {
        "tokens": str(order.index(0)),
        "tags": str(order.index(2)),
    }


def test_quoting_is_found_and_can_be_told() -> None:
    plain = b'text,label\n"good",a\nbad,b\n'
    assert (read(plain, "a.csv").quoting, read(plain, "a.csv").page()[0]) == (
        "double",
        ("good", "a"),
    )
    told = read(plain, "a.csv", quoting="none")
    assert told.page()[0] == ('"good"', "a")
    error = refused('text,label\n"well, well",a\n', "a.csv", quoting="none")
    assert (error.key, error.params["line"]) == ("data_ragged", 2)
