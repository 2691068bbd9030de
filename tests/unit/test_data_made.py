"""What a text that a model wrote is held against before it can become a row."""

from __future__ import annotations

import pytest

from instruct_ui.data.checks.near import THRESHOLD
from instruct_ui.data.dataset import Dataset, Example, Examples
from instruct_ui.data.made import COLUMN, Fault, brought, faults_of, made_mask

TRAIN = (
    "When will my parcel arrive at home?",
    "The courier never rang the bell today.",
    "Please refund the blue lamp I sent back.",
)
VALIDATION = ("My invoice shows the wrong street.",)
TEST = ("Can I change my delivery address after ordering a sofa?",)


def rows(*texts: str, made: str = "") -> list[Example]:
    return [Example(i, t, label="a", fields={COLUMN: made}) for i, t in enumerate(texts)]


def dataset(*train: Example, language: str = "en") -> Dataset:
    return Dataset(
        task="text_classification",
        labels=("a", "b"),
        train=Examples.of([*rows(*TRAIN), *train]),
        validation=Examples.of(rows(*VALIDATION)),
        test=Examples.of(rows(*TEST)),
        sha256="",
        language=language,
    )


def fault(text: str, **of: str) -> Fault | None:
    return faults_of([text], dataset(**of))[0]


def key(text: str, **of: str) -> str:
    found = fault(text, **of)
    return "" if found is None else found.key


def test_a_new_text_of_usual_length_has_no_fault() -> None:
    assert key("How do I cancel the second chair?") == ""


@pytest.mark.parametrize(
    ("text", "part"),
    [(TRAIN[1], "train"), (VALIDATION[0], "validation"), (TEST[0], "test")],
)
def test_a_copy_is_found_in_every_split_whatever_its_case_and_punctuation(
    text: str, part: str
) -> None:
    for copy in (text, text.upper().replace(".", "!!"), f"  {text} "):
        found = fault(copy)
        assert found is not None and found.key == "copy" and found.params["part"] == part


def test_near_is_what_the_check_for_near_duplicates_says() -> None:
    text = TEST[0].replace("a sofa", "my sofa")
    found = fault(text)
    assert found is not None and found.key == "near"
    assert found.params["part"] == "test" and found.params["similarity"] >= 100 * THRESHOLD
    assert key("Can I change the colour after ordering this sofa bed?") == ""


def test_of_two_alike_the_first_one_stays() -> None:
    texts = ["How do I cancel the second chair?", "how do i cancel the second chair", "x" * 400]
    keys = [one.key if one else "" for one in faults_of(texts, dataset())]
    assert keys[:2] == ["", "again"]
    # A text that fails for another reason is nothing that others could repeat.
    assert keys[2] in ("long", "loop")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  ", "blank"),
        ("My parcel \ufffd\ufffd is lost somewhere", "blank"),
        ("I want I want I want I want I want I want it", "loop"),
        ("It leaves tomorrow, it leaves tomorrow. It leaves tomorrow. it leaves tomorrow.", "loop"),
        ("我的包裹什么时候才能送到家里来呢，已经等了好几天", "language"),
        ("12345 67890 12345", "language"),
        ("Where?", "short"),
        ("Where is it, " + " and ".join(map(str, range(100, 140))), "long"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, expected: str) -> None:
    assert key(text) == expected


def test_the_language_is_that_of_the_data() -> None:
    assert key("Wo bleibt das Paket für den Garten?", language="other") == ""
    assert key("Where is the parcel for the garden?", language="zh") == "language"
    # A few letters of another alphabet make no other language.
    assert key("The café down the road took my parcel.") == ""


def test_made_rows_are_told_from_brought_ones_and_found_again() -> None:
    made = rows("How do I cancel the second chair?", made="SmolLM2")
    data = dataset(*made)
    assert made_mask(data.train).tolist() == [False, False, False, True]
    assert [row.text for row in brought(data.train)] == list(TRAIN)
    assert not made_mask(Examples.of([Example(0, "no such column", label="a")])).any()
    found = faults_of(["how do I cancel the second chair"], data)[0]
    assert found is not None and found.key == "added"


def test_lengths_are_those_of_brought_rows_alone() -> None:
    long = "a very long made text " + " ".join(map(str, range(200)))
    assert key(long) == "long"
    assert [f and f.key for f in faults_of([long], dataset(*rows("z" * 3000, made="m")))] == [
        "long"
    ]
