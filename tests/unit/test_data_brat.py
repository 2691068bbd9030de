"""BRAT pairs become tokens and BIO2 tags; whatever tags cannot say is counted."""

import pytest
from data_files import mutations, packed, read, read_or_refused, refused
from hypothesis import given, settings
from hypothesis import strategies as st

from instruct_ui.data.brat import read_brat
from instruct_ui.data.source import Source
from instruct_ui.data.table import Table

TEXT = "Anna Berg lives in Oslo.\n\nHer bank is near.\n"
MARKS = "T1\tPER 0 9\tAnna Berg\nT2\tLOC 19 23\tOslo\n"


def brat(text: str, marks: str) -> Table:
    return read(packed({"a.txt": text, "a.ann": marks}), "x.zip")


def notes(table: Table) -> dict[str, tuple[int, tuple[str, ...]]]:
    return {note.key: (note.count, note.where) for note in table.notes}


def test_tokens_and_tags() -> None:
    table = brat(TEXT, MARKS + "R1\tLives Arg1:T1 Arg2:T2\nA1\tSure T1\n#1\tNote T1\tyes\n")
    assert table.format == "brat" and table.columns == ("tokens", "tags", "document")
    assert table.page() == (
        (
            ("Anna", "Berg", "lives", "in", "Oslo", "."),
            ("B-PER", "I-PER", "O", "O", "B-LOC", "O"),
            "a.txt",
        ),
        (("Her", "bank", "is", "near", "."), ("O",) * 5, "a.txt"),
    )
    assert table.lines.to_pylist() == [1, 3]
    assert [(s.file, s.lines) for s in table.skipped] == [("a.txt", (2,))]
    assert notes(table) == {"brat_other_lines": (3, ("a.ann",))}


def test_chinese_is_tagged_by_character() -> None:
    table = brat("李雷在北京。\n", "T1\tPER 0 2\t李雷\nT2\tLOC 3 5\t北京\n")
    assert table.page()[0][1] == ("B-PER", "I-PER", "O", "B-LOC", "I-LOC", "O")


@pytest.mark.parametrize(
    ("marks", "tags", "key", "where"),
    [
        ("T1\tPER 1 9\tnna Berg", "B-PER I-PER O O O O", "brat_widened", "a.txt T1"),
        ("T1\tPER 0 4;10 15\tAnna lives", "O O B-PER O O O", "brat_gaps", "a.txt T1"),
        ("T1\tA 0 4\tAnna\nT2\tB 0 9\tAnna Berg", "B-B I-B O O O O", "brat_overlaps", "a.txt T1"),
        ("T1\tA 0 4\tAnna\nT2\tB 0 4\tAnna", "B-A O O O O O", "brat_overlaps", "a.txt T2"),
        ("T1\tA 19 29\tOslo. Her", "O O O O B-A I-A", "brat_over_lines", "a.txt T1"),
        ("T1\tA 4 5\t", "O O O O O O", "brat_blank", "a.txt T1"),
    ],
)
def test_what_tags_cannot_say(marks: str, tags: str, key: str, where: str) -> None:
    table = brat(TEXT, marks)
    assert table.page()[0][1] == tuple(tags.split())
    assert notes(table)[key] == (1, (where,))


@pytest.mark.parametrize("change", ["\r\n as two", "\r\n as one", "mark"])
def test_places_as_other_tools_count_them(change: str) -> None:
    text, place = "One.\nOslo is far.\n", 5
    if change == "mark":
        text, place = f"\ufeff{text}", 6
    else:
        text, place = text.replace("\n", "\r\n"), 6 if change == "\r\n as two" else 5
    table = brat(text, f"T1\tLOC {place} {place + 4}\tOslo")
    assert table.page()[1][:2] == (("Oslo", "is", "far", "."), ("B-LOC", "O", "O", "O"))


def test_documents_of_a_folder() -> None:
    files = [
        Source(TEXT.encode(), "d/b.txt"),
        Source(MARKS.encode(), "d/b.ann"),
        Source(b"Not yet marked.", "d/c.txt"),
        Source(b"Nobody.", "d/e.txt"),
        Source(b"", "d/e.ann"),
    ]
    table = read_brat(files, "d")
    assert table.data.column("document").to_pylist() == ["d/b.txt", "d/b.txt", "d/e.txt"]
    assert notes(table) == {"brat_unmarked": (1, ("d/c.txt",))}


@pytest.mark.parametrize(
    ("files", "key"),
    [
        ({"a.ann": MARKS}, "data_brat_no_text"),
        ({"a.txt": TEXT, "a.ann": "Person 0 4"}, "data_brat_line"),
        ({"a.txt": TEXT, "a.ann": "T1\tPER 0 4\tBerg"}, "data_brat_place"),
        ({"a.txt": TEXT, "a.ann": "T1\tPER 4 4\t"}, "data_brat_place"),
        ({"a.txt": TEXT, "a.ann": "T1\tPER 0 400\t"}, "data_brat_place"),
        ({"a.txt": "", "a.ann": ""}, "data_empty"),
        ({"a.txt": "\n", "a.ann": MARKS}, "data_brat_place"),
        ({"a.txt": TEXT, "a.ann": MARKS, "b.csv": "a,b\nc,d\n"}, "data_zip_several"),
    ],
)
def test_refusals(files: dict[str, str], key: str) -> None:
    assert refused(packed(files), "x.zip").key == key


def test_a_text_alone_is_no_brat() -> None:
    assert refused(TEXT, "a.txt", format="brat").key == "data_brat_alone"


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, str]:
    """Any text, and entities anywhere in it."""
    text = draw(st.text(st.sampled_from("ab文李 ._-'\n\t"), min_size=1, max_size=60))
    marks = []
    for number in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        words = " ".join(text[start:end].split())
        marks.append(f"T{number}\t{draw(st.sampled_from(['A', 'B']))} {start} {end}\t{words}")
    return text, "\n".join(marks)


@settings(deadline=None, max_examples=300)
@given(documents())
def test_no_line_and_no_entity_is_lost(document: tuple[str, str]) -> None:
    text, marks = document
    if not text.strip():
        assert refused(packed({"a.txt": text, "a.ann": marks}), "x.zip").key == "data_empty" or (
            marks
        )
        return
    table = brat(text, marks)
    skipped = sum(len(s.lines) for s in table.skipped)
    assert len(table) + skipped == len(text.removesuffix("\n").split("\n"))
    begun = 0
    for tokens, tags, _ in table.page():
        assert len(tokens) == len(tags)
        begun += sum(tag.startswith("B-") for tag in tags)
    counts = {note.key: note.count for note in table.notes}
    lost = counts.get("brat_overlaps", 0) + counts.get("brat_blank", 0)
    assert begun + lost == len(marks.splitlines())


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_mutated_files_are_read_or_refused(data: st.DataObject) -> None:
    text, marks = TEXT.encode(), MARKS.encode()
    if data.draw(st.booleans()):
        text = data.draw(mutations(text))
    else:
        marks = data.draw(mutations(marks))
    read_or_refused(packed({"a.txt": text, "a.ann": marks}), "x.zip")
