"""Numbered blocks: sentence, relation and comment of every block, or the line that is broken."""

import pytest
from data_files import mutations, read, read_or_refused, refused
from hypothesis import given, settings
from hypothesis import strategies as st

from instruct_ui.data.roles import guess

LINE = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters='"'), max_size=12
).map(str.strip)
SENTENCE = LINE.map(lambda line: f"<e1>a</e1> {line} <e2>b</e2>")
RELATION = LINE.filter(lambda line: bool(line) and not line.startswith("Comment:"))
TRAIN = (
    '1\t"An arrayed <e1>configuration</e1> of antenna <e2>elements</e2>."\r\n'
    "Component-Whole(e2,e1)\r\nComment: Not a collection.\r\n\r\n"
    '2\t"The <e1>child</e1> was bound into the <e2>cradle</e2>."\r\nOther\r\nComment:\r\n\r\n'
)


@settings(deadline=None)
@given(
    st.lists(st.tuples(SENTENCE, RELATION, LINE), min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
def test_round_trip(rows: list[tuple[str, str, str]], end: str, quoted: bool) -> None:
    mark = '"' if quoted else ""
    written = "".join(
        f"{number}\t{mark}{sentence}{mark}{end}{relation}{end}Comment: {comment}{end}{end}"
        for number, (sentence, relation, comment) in enumerate(rows, start=1)
    )
    table = read(written, "a.txt", format="blocks", encoding="utf-8")
    commented = any(comment for _, _, comment in rows)
    assert table.columns == ("sentence", "relation", "id", "comment")[: 3 + commented]
    assert list(table.page()) == [
        (sentence, relation, str(number), comment)[: 3 + commented]
        for number, (sentence, relation, comment) in enumerate(rows, start=1)
    ]
    assert table.lines.to_pylist() == list(range(1, 4 * len(rows), 4))


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_mutated_bytes_are_read_or_refused(data: st.DataObject) -> None:
    read_or_refused(data.draw(mutations(TRAIN.encode())), "a.txt")


def test_found_by_its_shape_and_guessed_as_relations() -> None:
    table = read(TRAIN * 3, "TRAIN_FILE.TXT")
    assert table.format == "blocks"
    assert table.page(1, 1) == (
        ("The <e1>child</e1> was bound into the <e2>cradle</e2>.", "Other", "2", ""),
    )
    roles = guess(table)
    assert roles.task == "relation_classification"
    assert (roles.text, roles.label) == ("sentence", "relation")


def test_comments_may_be_missing() -> None:
    table = read("1\tone\nA\n\n2\ttwo\nB\n", "a.txt")
    assert table.format == "blocks"
    assert table.page() == (("one", "A", "1"), ("two", "B", "2"))


def test_without_relations_there_is_no_such_column() -> None:
    blocks = '1\t"one"\nComment: why\n\n2\t"two"\n\n'
    assert read(blocks, "a.txt", format="blocks").columns == ("sentence", "id", "comment")
    table = read('1\t"one"\n2\t"two"\n', "TEST_FILE.txt")
    assert table.format == "tsv" and table.page() == (("1", "one"), ("2", "two"))


def test_prose_and_columns_are_no_blocks() -> None:
    assert read("1 one\nsaid she\n\n2 two\nsaid he\n", "a.txt").format == "csv"
    assert read("1\tone\n2\ttwo\n\n3\tthree\n4\tfour\n", "a.txt").format == "tsv"


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        ("8 no tab\nOther\n", 5),
        ("8\tno relation\n", 5),
        ("8\tno relation\nComment: none\n", 5),
        ("8\tsentence\nOther\nComment:\nmore\n", 8),
        ("8\tsentence\nOther\nmore\n", 7),
        ("8\tsentence\n9\tsentence\n", 6),
    ],
)
def test_broken_block_is_refused_with_its_line(broken: str, line: int) -> None:
    start = "1\tsentence\nOther\nComment:\n\n"
    error = refused(start + broken, "a.txt", format="blocks")
    assert (error.key, error.params["line"]) == ("data_block_broken", line)
