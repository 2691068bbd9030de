"""Training rows become examples: the right ones, the same ones, and never the row asked about."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from typing import get_args

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

from instruct_ui.data.alike import normalised
from instruct_ui.data.checks.near import THRESHOLD
from instruct_ui.data.dataset import Example, Examples
from instruct_ui.errors import TemplateError
from instruct_ui.spec import Picker
from instruct_ui.templates.picking import Picked, ShotPicker
from instruct_ui.templates.picking.likeness import Likeness
from instruct_ui.templates.picking.picker import Way
from instruct_ui.texts import LANGUAGES, say

PICKERS: tuple[Picker, ...] = get_args(Picker)
COMPARING = ("nearest", "diverse", "hard")
TRAIN = Examples.of(Example(n, f"text {n}", "abc"[n % 3] if n < 12 else "a") for n in range(40))
TAGGED = Examples.of(
    Example(n, "x y", tokens=("x", "y"), tags=(f"B-{'LOC' if n % 8 else 'PER'}", "O"))
    for n in range(40)
)


def labelled(*rows: tuple[str, str]) -> Examples:
    return Examples.of(Example(n, text, label) for n, (text, label) in enumerate(rows))


def shown(picked: tuple[Picked, ...]) -> list[int]:
    return [p.position for p in picked]


def pick(
    train: Examples, count: int, picker: Way, seed: int, rows: tuple[int, ...] = ()
) -> list[Example]:
    """What is shown for no row in particular."""
    task = "token_classification" if train is TAGGED else "text_classification"
    picked = ShotPicker(task, train, count, picker, seed, rows).for_row(None)
    return [p.example for p in picked]


def classifying(train: Examples, count: int, picker: Picker, seed: int = 0) -> ShotPicker:
    return ShotPicker("text_classification", train, count, picker, seed)


# Fixed, random, balanced


@pytest.mark.parametrize("picker", ["fixed", "random", "balanced"])
@pytest.mark.parametrize("count", [0, 1, 5, 40, 100])
def test_never_more_rows_than_asked_and_none_twice(picker: Picker, count: int) -> None:
    chosen = pick(TRAIN, count, picker, 0)
    assert len(chosen) == min(count, len(TRAIN))
    assert len({e.row for e in chosen}) == len(chosen)


@pytest.mark.parametrize("picker", ["random", "balanced", "diverse"])
def test_the_seed_decides(picker: Picker) -> None:
    same = [pick(TRAIN, 8, picker, 3) for _ in range(2)]
    assert same[0] == same[1]
    assert same[0] != pick(TRAIN, 8, picker, 4)


def test_a_seed_picks_the_same_rows_on_every_machine_and_as_it_always_did() -> None:
    assert [e.row for e in pick(TRAIN, 6, "random", 3)] == [5, 14, 18, 3, 26, 31]
    assert [e.row for e in pick(TRAIN, 6, "balanced", 3)] == [1, 5, 2, 18, 14, 10]
    assert [e.row for e in pick(TAGGED, 2, "per_label", 3)] == [5, 14, 32, 16]
    assert [e.row for e in pick(TOPICS, 4, "diverse", 3)] == [1, 6, 0, 4]


def test_balanced_takes_every_label_equally_often() -> None:
    assert Counter(e.label for e in pick(TRAIN, 9, "balanced", 0)) == {"a": 3, "b": 3, "c": 3}
    kinds = Counter(e.tags[0] for e in pick(TAGGED, 6, "balanced", 0))
    assert kinds == {"B-LOC": 3, "B-PER": 3}


def test_balanced_takes_every_label_of_several_in_turn() -> None:
    golds = [("common",)] * 30 + [("common", "rare"), ("rarest",), ()]
    train = Examples.of(Example(n, f"text {n}", gold=gold) for n, gold in enumerate(golds))
    picked = ShotPicker("multi_label", train, 4, "balanced", 0).for_row(None)
    assert {31, 32} < set(shown(picked))
    told = {p.position: say(p.why[0], "en", **p.why[1]) for p in picked}
    assert told[31] == "balanced: label rarest" and told[32] == "balanced: a row without a label"


def test_without_labels_balanced_is_random() -> None:
    train = Examples.of(Example(n, f"text {n}", gold=("answer",)) for n in range(30))
    both = [ShotPicker("generation", train, 5, p, 1).for_row(None) for p in ("random", "balanced")]
    assert set(shown(both[0])) == set(shown(both[1]))
    assert {p.why[0] for p in both[1]} == {"picking.random"}


def test_fixed_takes_the_named_rows_in_their_order() -> None:
    assert [e.row for e in pick(TRAIN, 3, "fixed", 0, rows=(9, 2))] == [9, 2]
    assert [e.row for e in pick(TRAIN, 3, "fixed", 0)] == [0, 1, 2]
    with pytest.raises(TemplateError) as caught:
        pick(TRAIN, 3, "fixed", 0, rows=(40,))
    assert caught.value.key == "example_not_there"


def test_so_many_of_every_label() -> None:
    assert Counter(e.label for e in pick(TRAIN, 2, "per_label", 0)) == {"a": 2, "b": 2, "c": 2}
    kinds = Counter(e.tags[0] for e in pick(TAGGED, 4, "per_label", 0))
    assert kinds == {"B-LOC": 4, "B-PER": 4}


# Never the row itself


def test_a_fixed_row_that_is_asked_about_goes_and_the_others_stay() -> None:
    picker = ShotPicker("text_classification", TRAIN, 3, "fixed", 0, (9, 2, 5))
    assert shown(picker.for_row(TRAIN[2])) == [9, 5]
    assert shown(picker.for_row(TRAIN[7])) == [9, 2, 5]


def test_a_balanced_row_is_replaced_by_one_of_its_label() -> None:
    train = labelled(*((chr(0x4E00 + n) * 4, "abc"[n % 3]) for n in range(30)))
    picker = classifying(train, 6, "balanced")
    usual = picker.for_row(None)
    for asked in usual:
        picked = picker.for_row(asked.example)
        assert asked.position not in shown(picked)
        assert Counter(p.example.label for p in picked) == {"a": 2, "b": 2, "c": 2}
        assert len(set(shown(usual)) - set(shown(picked))) == 1


def test_a_near_duplicate_gives_the_answer_away_too() -> None:
    train = labelled(
        ("The parcel never arrived, please help!", "parcel"),
        ("the parcel never arrived please help", "parcel"),
        ("The parcel never arrived, please  help me!", "parcel"),
        ("The parcel came open and wet.", "parcel"),
    )
    for picker in PICKERS:
        assert shown(classifying(train, 4, picker).for_row(train[0])) == [3], picker
        new = Example(0, "THE PARCEL NEVER ARRIVED. Please help")
        assert shown(classifying(train, 4, picker).for_row(new)) == [3], picker


def test_the_same_passage_with_another_question_may_be_shown() -> None:
    asked = "Where was Ada born?"
    train = Examples.of(
        Example(n, "Ada was born in London in 1815.", fields={"question": q}, gold=("London",))
        for n, q in enumerate([asked, "When did it happen to her?", "where was Ada born"])
    )
    for picker in PICKERS:
        picked = ShotPicker("question_answering", train, 3, picker, 0).for_row(train[0])
        assert shown(picked) == [1], picker


WORDS = st.sampled_from(["tea", "hot", "Rain!", "cold", "茶", "很热", "3", "…", "", "wind  "])
TEXTS = st.lists(WORDS, max_size=5).map(" ".join)
TASKS = (
    "text_classification",
    "text_pair",
    "multi_label",
    "generation",
    "token_classification",
)
ROWS = st.lists(st.tuples(TEXTS, st.sampled_from("abc"), TEXTS), max_size=25)


@settings(max_examples=80, deadline=None)
@given(
    rows=ROWS,
    asked=st.tuples(TEXTS, TEXTS),
    at=st.integers(0, 24),
    count=st.integers(0, 6),
    seed=st.integers(0, 3),
    task=st.sampled_from(TASKS),
    picker=st.sampled_from([*PICKERS, "per_label"]),
)
def test_whatever_the_rows_none_is_shown_to_itself(
    rows: list[tuple[str, str, str]],
    asked: tuple[str, str],
    at: int,
    count: int,
    seed: int,
    task: str,
    picker: Way,
) -> None:
    """At most so many, none twice, the same again, and nothing that is nearly the row."""
    read = "text_2" if task == "text_pair" else "other"
    train = Examples.of(
        Example(n, text, label, *tagged(text, label), fields={read: second}, gold=(label,))
        for n, (text, label, second) in enumerate(rows)
    )
    example = train[at] if at < len(train) else Example(0, asked[0], fields={read: asked[1]})
    parts = ("text", read) if task == "text_pair" else ("text",)
    picked = ShotPicker(task, train, count, picker, seed).for_row(example)
    assert len(set(shown(picked))) == len(picked)
    assert len(picked) <= count * (3 if picker == "per_label" else 1)
    assert all(train[p.position] == p.example for p in picked)
    assert not any(nearly(example, p.example, parts) for p in picked)
    assert ShotPicker(task, train, count, picker, seed).for_row(example) == picked
    assert all(say(p.why[0], language, **p.why[1]) for p in picked for language in LANGUAGES)


def tagged(text: str, label: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tokens and tags: the first word is an entity, except in a row with label c."""
    tokens = tuple(text.split())
    tags = ("O" if label == "c" else f"B-{label}", *["O"] * (len(tokens) - 1))
    return tokens, tags[: len(tokens)]


def nearly(one: Example, other: Example, parts: tuple[str, ...]) -> bool:
    """Whether two rows are near duplicates, reckoned for one pair alone."""
    for part in parts:
        texts = [e.text if part == "text" else e.fields[part] for e in (one, other)]
        small = normalised(pa.chunked_array([texts])).to_pylist()
        if Indel.normalized_similarity(*small) < THRESHOLD:
            return False
    return True


# Nearest


def test_the_nearest_stands_last() -> None:
    train = labelled(
        ("When will my new card arrive?", "a"),
        ("How do I bake bread at home?", "b"),
        ("My card has not arrived yet", "a"),
        ("The weather in Oslo is cold", "b"),
        ("Can I pay with a card in Oslo?", "a"),
    )
    picked = classifying(train, 3, "nearest").for_row(Example(9, "Why has my card not arrived?"))
    assert shown(picked)[1:] == [0, 2]
    likeness = [float(p.why[1]["likeness"]) for p in picked]
    assert likeness == sorted(likeness) and 0 < likeness[-1] < 1


def test_the_nearest_in_chinese_stands_last() -> None:
    train = labelled(
        ("今天天气很好，适合出门散步", "a"),
        ("我的快递三天了还没有送到", "b"),
        ("这家餐厅的味道不错，价格便宜", "c"),
        ("快递员的态度很差", "b"),
    )
    picked = classifying(train, 2, "nearest").for_row(Example(9, "快递怎么还没送到？"))
    assert shown(picked) == [3, 1]


def test_of_equally_near_rows_the_first_counts_as_nearer() -> None:
    train = labelled(("red tea", "a"), ("red cup", "a"), ("red jar", "a"))
    assert shown(classifying(train, 2, "nearest").for_row(Example(9, "red"))) == [1, 0]


def test_passage_and_question_count_the_same() -> None:
    """A long passage does not drown the question."""
    rivers = "The Danube rises in the Black Forest and ends in the Black Sea. " * 8
    trees = "Oaks grow slowly and live long; their wood is hard and heavy. " * 8
    train = Examples.of(
        Example(n, text, fields={"question": question}, gold=("x",))
        for n, (text, question) in enumerate(
            [
                (rivers, "How hard is the wood?"),
                (trees, "How hard is the wood?"),
                (rivers, "At which sea does the river end?"),
                (trees, "Who paints pictures?"),
            ]
        )
    )
    asked = Example(9, rivers, fields={"question": "Where does this river end?"})
    picked = ShotPicker("question_answering", train, 2, "nearest", 0).for_row(asked)
    assert shown(picked) == [0, 2]
    other = replace(asked, text="Ice is cold.", fields={"question": "How hard is this wood?"})
    picked = ShotPicker("question_answering", train, 2, "nearest", 0).for_row(other)
    assert set(shown(picked)) == {0, 1}


def test_nearest_to_no_row_is_balanced() -> None:
    for_none = classifying(TRAIN, 6, "nearest").for_row(None)
    assert for_none == classifying(TRAIN, 6, "balanced").for_row(None)


@pytest.mark.parametrize("picker", COMPARING)
def test_a_text_that_stands_there_often_is_shown_once(picker: Picker) -> None:
    train = labelled(*[("where is my card", "a")] * 5, ("my card is lost", "b"), ("lost card", "a"))
    picked = classifying(train, 5, picker).for_row(Example(9, "card lost where"))
    texts = [p.example.text for p in picked]
    assert len(texts) == len(set(texts)) >= 2


@given(st.lists(st.text(max_size=30), min_size=1, max_size=20))
@settings(max_examples=25, deadline=None)
def test_likeness_is_a_cosine(texts: list[str]) -> None:
    likeness = Likeness([pa.chunked_array([texts])])
    for row, text in enumerate(texts):
        found = likeness.to([text])
        assert ((found >= 0) & (found <= 1.001)).all()
        assert found[row] == pytest.approx(0 if likeness.blank[row] else 1, abs=1e-3)
        assert found.tolist() == likeness.to_row(row).tolist()


def test_sketches_have_the_cosines_of_the_vectors() -> None:
    parts = [[f"row {n} of {n % 7} things" for n in range(60)], [f"no {n % 5}" for n in range(60)]]
    likeness = Likeness([pa.chunked_array([part]) for part in parts])
    vectors = likeness.sketches()
    for row in (0, 31, 59):
        assert abs(vectors @ vectors[row] - likeness.to_row(row)).mean() < 0.03


# Diverse


_TOPICS = (
    ("rain", "wind", "cold", "storm", "cloud", "snow"),
    ("loan", "bank", "account", "credit", "money", "interest"),
    ("goal", "match", "team", "league", "player", "coach"),
)


def _topic(n: int) -> int:
    """Most rows are about the weather."""
    return 0 if n % 6 else 1 + n // 6 % 2


TOPICS = Examples.of(
    Example(n, " ".join(_TOPICS[_topic(n)][(n + k * (1 + n % 2)) % 6] for k in range(4)), "a")
    for n in range(60)
)


@pytest.mark.parametrize("seed", range(5))
def test_diverse_rows_cover_the_topics(seed: int) -> None:
    picked = classifying(TOPICS, 3, "diverse", seed).for_row(None)
    assert {_topic(p.position) for p in picked} == {0, 1, 2}
    assert picked[0].why[0] == "picking.diverse_first"
    assert picked[1].why == ("picking.diverse", {"likeness": "0.00"})


def test_a_diverse_row_left_out_is_replaced() -> None:
    picker = classifying(TOPICS, 4, "diverse")
    asked = picker.for_row(None)[1]
    picked = picker.for_row(asked.example)
    assert asked.position not in shown(picked) and len(picked) == 4


def test_a_text_that_says_nothing_is_the_last_to_be_diverse() -> None:
    train = labelled(("...", "a"), ("rain and wind", "a"), ("wind and cold", "a"), ("a loan", "a"))
    assert 0 not in shown(classifying(train, 3, "diverse").for_row(None))


# Hard


BORDER = labelled(
    ("green tea with milk", "tea"),
    ("green tea with lemon", "tea"),
    ("black tea with lemon", "tea"),
    ("a warm cup in the evening with friends", "tea"),
    ("strong espresso from Italy", "coffee"),
    ("strong espresso with foam", "coffee"),
    ("a warm cup in the morning with friends", "coffee"),
    ("a warm cup in the morning at work", "coffee"),
    ("a warm cup in the evening at home", "tea"),
)


def test_hard_rows_stand_at_the_border_of_two_labels() -> None:
    picked = classifying(BORDER, 2, "hard").for_row(None)
    assert set(shown(picked)) <= {3, 6, 7, 8}
    assert Counter(p.example.label for p in picked) == {"tea": 1, "coffee": 1}
    why = {p.example.label: p.why for p in picked}
    assert why["tea"] == ("picking.hard", {"own": "tea", "other": "coffee"})
    assert why["coffee"] == ("picking.hard", {"own": "coffee", "other": "tea"})


def test_mistakes_in_the_labels_are_not_taken_for_hard_rows() -> None:
    """One text with two labels, and a row among others of another label."""
    mistakes = (("a cold day", "tea"), ("a cold day", "coffee"), ("green tea and milk", "coffee"))
    train = labelled(*((e.text, e.label or "") for e in BORDER), *mistakes)
    first = classifying(train, 8, "hard").for_row(None)
    assert not {9, 10, 11} & set(shown(first))
    everything = classifying(train, 12, "hard").for_row(None)
    assert set(shown(everything)) == {*range(9), 11}


def test_hard_sentences_have_many_and_rare_types() -> None:
    kinds = [("PER",)] * 12 + [("PER", "LOC"), ("LOC",), ("PER", "LOC", "WORK"), ()]
    train = Examples.of(
        Example(
            n,
            f"sentence {n}",
            tokens=("a",) * 4,
            tags=(*(f"B-{kind}" for kind in types), *["O"] * (4 - len(types))),
        )
        for n, types in enumerate(kinds)
    )
    picked = ShotPicker("token_classification", train, 2, "hard", 0).for_row(None)
    assert set(shown(picked)) == {12, 14}
    assert ("picking.hard_types", {"types": "LOC, PER, WORK"}) in [p.why for p in picked]


@pytest.mark.parametrize("task", ["generation", "text_classification"])
def test_where_nothing_can_be_hard_it_is_diverse_and_says_so(task: str) -> None:
    picked = ShotPicker(task, TOPICS, 3, "hard", 0).for_row(None)
    assert shown(picked) == shown(ShotPicker(task, TOPICS, 3, "diverse", 0).for_row(None))
    told = say(picked[1].why[0], "en", **picked[1].why[1])
    assert told.startswith("hard is not possible")


# All of them


@pytest.mark.parametrize("task", ["text_classification", "multi_label", "token_classification"])
@pytest.mark.parametrize("picker", PICKERS)
def test_no_rows_no_examples(task: str, picker: Picker) -> None:
    assert ShotPicker(task, Examples.of([]), 4, picker, 0).for_row(Example(0, "text")) == ()


@pytest.mark.parametrize("picker", COMPARING)
def test_a_large_training_set_is_quick(picker: Picker) -> None:
    """Five times what it takes on two slow cores."""
    words = [f"{a}{b}{c}" for a in "bdfgklmnpr" for b in "aeiou" for c in ("sh", "nt", "rk", "x")]
    train = Examples.of(
        Example(n, " ".join(words[(n * k + k * k) % 200] for k in range(1, 13)), str(n % 30))
        for n in range(20_000)
    )
    start = time.perf_counter()
    made = classifying(train, 8, picker)
    built = time.perf_counter()
    for row in range(0, 20_000, 1_000):
        assert len(made.for_row(train[row])) == 8
    assert built - start < 30
    assert (time.perf_counter() - built) / 20 < 0.1
