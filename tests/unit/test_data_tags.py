"""Every scheme becomes IOB2, and what was broken is counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruct_ui.data.tags import to_iob2


def one(text: str) -> tuple[str, str, int]:
    done = to_iob2([sentence.split() for sentence in text.split("|")])
    return " | ".join(" ".join(s) for s in done.sentences), done.scheme, done.repairs


@pytest.mark.parametrize(
    ("tags", "iob2", "scheme"),
    [
        ("B-PER I-PER O B-LOC", "B-PER I-PER O B-LOC", "IOB2"),
        ("I-PER I-PER O I-LOC B-LOC", "B-PER I-PER O B-LOC B-LOC", "IOB1"),
        ("I-PER I-LOC O | I-PER", "B-PER B-LOC O | B-PER", "IOB1"),
        ("B-PER E-PER S-LOC S-LOC B-ORG I-ORG E-ORG",
         "B-PER I-PER B-LOC B-LOC B-ORG I-ORG I-ORG", "BIOES"),
        ("B-PER M-PER E-PER O S-LOC", "B-PER I-PER I-PER O B-LOC", "BMES"),
        ("B-PER L-PER U-LOC U-LOC", "B-PER I-PER B-LOC B-LOC", "BILOU"),
        ("PER PER O LOC", "B-PER I-PER O B-LOC", "IO"),
        ("S-PER S-PER", "B-PER B-PER", "BIOES"),
        ("B_PER I_PER O", "B-PER I-PER O", "IOB2"),
        ("B-creative-work I-creative-work", "B-creative-work I-creative-work", "IOB2"),
        ("E-mail E-mail O Brand", "B-E-mail I-E-mail O B-Brand", "IO"),
        ("B-PER I-PER E-mail", "B-PER I-PER B-E-mail", "IOB2"),
        ("I", "B-I", "IO"),
    ],
)  # fmt: skip
def test_scheme_is_found_and_converted(tags: str, iob2: str, scheme: str) -> None:
    assert one(tags)[:2] == (iob2, scheme)


@pytest.mark.parametrize(
    ("tags", "repairs"),
    [
        ("B-PER I-PER O B-LOC", 0),
        ("B-PER I-PER O I-LOC I-LOC", 1),
        ("B-PER I-LOC", 1),
        ("B-PER E-PER S-LOC", 0),
        ("O E-PER S-PER B-PER", 1),
        ("I-PER B-PER", 0),
    ],
)
def test_repairs_are_counted(tags: str, repairs: int) -> None:
    assert one(tags)[2] == repairs


def test_a_token_without_tag_is_outside_and_counted() -> None:
    done = to_iob2([["B-PER", "", "O"]])
    assert done.sentences == (("B-PER", "O", "O"),) and done.repairs == 1


@given(st.lists(st.lists(st.sampled_from(["O", "B-X", "I-X", "E-X", "S-X", "M-Y", "Y", ""]))))
def test_the_result_is_valid_and_stays_as_it_is(sentences: list[list[str]]) -> None:
    done = to_iob2(sentences)
    for before, after in zip(sentences, done.sentences, strict=True):
        assert len(before) == len(after)
        for left, tag in zip(("O", *after), after, strict=False):
            assert not tag.startswith("I-") or left[2:] == tag[2:]
    assert to_iob2(done.sentences).sentences == done.sentences
