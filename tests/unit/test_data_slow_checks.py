"""Near duplicates and doubtful labels, found in data in which they were planted."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

from instruct_ui.data.checks import minhash
from instruct_ui.data.checks.near import THRESHOLD, Near, near
from instruct_ui.data.checks.noise import suspects
from instruct_ui.data.checks.slow import slow
from instruct_ui.data.checks.subject import Subject
from instruct_ui.data.dataset import Example, Examples
from instruct_ui.data.load import dataset_of, read_files
from instruct_ui.data.samples import SAMPLES
from instruct_ui.spec import SplitName


class Stopped(Exception):
    pass


def quiet(_done: int, _total: int) -> None:
    pass


def rows_of(*texts: str) -> Examples:
    return Examples.of([Example(row, text, label="x") for row, text in enumerate(texts)])


def sample_rows(key: str) -> Examples:
    sample = SAMPLES[key]
    return read_files(sample.data(), sample.task)["file"].reading.examples


def found(near_: Near) -> set[tuple[SplitName, int, SplitName, int]]:
    return {(p.part, p.position, p.other, p.other_position) for p in near_.pairs}


@pytest.mark.parametrize("key", ["support_intents", "finance_opinion_zh"])
def test_planted_near_duplicates_are_found_and_nothing_else_is(key: str) -> None:
    texts = [row.text for row in sample_rows(key)]
    train = {"train": rows_of(*texts)}
    before = found(near(train, "text_classification", quiet))
    assert len(before) <= 0.02 * len(texts)
    long = [at for at, text in enumerate(texts) if len(text) > (20 if "zh" in key else 45)][:60]
    extra = "了" if "zh" in key else " please"
    changed = [texts[at][:7] + "Q" + texts[at][8:] for at in long]
    added = [texts[at][:-1] + extra + texts[at][-1:] for at in long]
    for planted in (changed, added):
        parts: dict[SplitName, Examples] = {"train": rows_of(*texts), "test": rows_of(*planted)}
        result = near(parts, "text_classification", quiet)
        leaks = {p for p in found(result) if p[0] != p[2]}
        wanted = {("train", at, "test", i) for i, at in enumerate(long)}
        assert len(leaks & wanted) >= 0.95 * len(wanted)
        assert len(leaks - wanted) <= 0.05 * len(wanted)
        assert {p.similarity >= THRESHOLD for p in result.pairs} == {True}


def test_what_is_equal_is_left_to_the_quick_checks() -> None:
    one, other = "How do I get my money back?", "Where does my parcel stay so long?"
    rows = rows_of(one, "how do I get my money back", other)
    assert not near({"train": rows, "test": rows}, "text_classification", quiet).pairs


def test_every_copy_of_a_leaking_row_is_named() -> None:
    texts = (
        "The parcel never came to my house",
        "Something else",
        "the parcel never came to my house!",
    )
    parts: dict[SplitName, Examples] = {
        "train": rows_of(*texts),
        "test": rows_of("The parcel never came to my horse"),
    }
    leaks = found(near(parts, "text_classification", quiet))
    assert leaks == {("train", 0, "test", 0), ("train", 2, "test", 0)}


def test_one_passage_under_many_questions_is_no_duplicate() -> None:
    passage = "The harbour was built in 1850 and made larger twice before the war. " * 5
    questions = ["When was it built?", "How often was it made larger?", "What was it before?"]
    made = [
        Example(row, passage, fields={"question": question}, gold=("1850",))
        for row, question in enumerate(questions)
    ]
    assert not near({"train": Examples.of(made)}, "question_answering", quiet).pairs


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text("abcde 你好吗不.", max_size=30), max_size=30))
def test_reported_pairs_are_as_alike_as_they_are_said_to_be(texts: list[str]) -> None:
    for pair in near({"train": rows_of(*texts)}, "text_classification", quiet).pairs:
        assert THRESHOLD <= pair.similarity < 1
        assert pair.other_position < pair.position


def test_signatures_tell_the_share_of_common_shingles() -> None:
    random = np.random.RandomState(0)
    base = "".join(random.choice(list("abcdefghijklmnopqrstuvwxyz"), 400))
    texts = [base, base[:300], base[:200], "".join(random.choice(list("abcdefgh"), 400))]
    signed = minhash.signatures(texts, 4)
    shared = minhash.shared(signed, np.zeros(4, np.int64), np.arange(4))
    for share, text in zip(shared, texts, strict=True):
        sets = [{t[i : i + 4] for i in range(len(t))} for t in (base, text)]
        true = len(sets[0] & sets[1]) / len(sets[0] | sets[1])
        assert share == pytest.approx(true, abs=0.2)


def test_a_pattern_that_stands_there_a_thousand_times_costs_no_square() -> None:
    def skewed(count: int) -> Examples:
        return rows_of(
            *(f"Your order number {at:06d} has been sent to you today" for at in range(count))
        )

    taken = {}
    for count in (4_000, 16_000):
        rows = skewed(count)
        start = time.process_time()
        result = near({"train": rows}, "text_classification", quiet)
        taken[count] = time.process_time() - start
        assert len(result.pairs) >= 0.95 * count
    assert result.crowded >= 0.9 * count
    assert taken[16_000] < 10 * taken[4_000]  # the square would be 16 times


def test_planted_label_noise_is_found() -> None:
    rows = sample_rows("support_intents")
    labels = rows.column("label").to_pylist()
    names = sorted(set(labels))
    random = np.random.RandomState(3)
    planted = set(random.permutation(len(rows))[: len(rows) // 20].tolist())
    for at in planted:
        labels[at] = str(random.choice([name for name in names if name != labels[at]]))
    noisy = Examples.of(
        [replace(row, label=label) for row, label in zip(rows, labels, strict=True)]
    )
    noise = suspects(noisy, "text_classification", 0, quiet)
    named = [suspect.position for suspect in noise.suspects]
    hits = planted & set(named)
    assert len(hits) >= 0.5 * len(planted)
    assert len(hits) >= 0.15 * len(named)  # 0.05 by chance
    first = planted & set(named[: len(planted)])
    assert len(first) >= 0.3 * len(planted)
    true = rows.column("label").to_pylist()
    given_back = [s.suggested == true[s.position] for s in noise.suspects if s.position in hits]
    assert np.mean(given_back) >= 0.6
    again = suspects(noisy, "text_classification", 0, quiet)
    assert again == noise


def test_a_label_with_too_few_rows_is_left_out_and_named() -> None:
    texts = [f"good thing {i}" for i in range(6)] + [f"bad thing {i}" for i in range(6)] + ["odd"]
    labels = ["a"] * 6 + ["b"] * 6 + ["c"]
    rows = Examples.of(
        [Example(i, t, label=x) for i, (t, x) in enumerate(zip(texts, labels, strict=True))]
    )
    noise = suspects(rows, "text_classification", 0, quiet)
    assert (noise.left_out, noise.looked_at) == (("c",), 12)
    alone = suspects(rows.take(np.arange(6)), "text_classification", 0, quiet)
    assert alone.suspects == () and alone.looked_at == 0
    assert suspects(rows, "summarization", 0, quiet).suspects == ()


def test_a_name_that_is_tagged_otherwise_once() -> None:
    def sentence(row: int, tag: str) -> Example:
        return Example(row, "", tokens=("In", "Paris", "it", "rains"), tags=("O", tag, "O", "O"))

    rows = [sentence(row, "B-LOC") for row in range(30)] + [sentence(30, "O")]
    longer = Example(31, "", tokens=("Paris", "Hilton"), tags=("B-PER", "I-PER"))
    noise = suspects(Examples.of([*rows, longer]), "token_classification", 0, quiet)
    assert [(s.position, s.given, s.suggested, s.word) for s in noise.suspects] == [
        (30, "O", "LOC", "Paris")
    ]


@pytest.mark.parametrize("after", [0, 1, 5])
def test_both_stop_at_once_when_told_raises(after: int) -> None:
    rows = sample_rows("support_intents")
    calls = 0

    def stopping(_done: int, _total: int) -> None:
        nonlocal calls
        calls += 1
        if calls > after:
            raise Stopped

    for run in (
        lambda: near({"train": rows}, "text_classification", stopping),
        lambda: suspects(rows, "text_classification", 0, stopping),
    ):
        calls = 0
        with pytest.raises(Stopped):
            run()
        assert calls == after + 1


def test_the_findings_name_rows_of_the_file(tmp_path: Path) -> None:
    sample = SAMPLES["support_intents"]
    lines = sample.path.read_text(encoding="utf-8").splitlines()
    path = tmp_path / "more.csv"
    copies = [
        line.replace("the", "thee", 1) for line in lines[1:] if "the" in line and len(line) > 50
    ]
    path.write_text("\n".join([*lines, *copies]), encoding="utf-8")
    spec = sample.data().model_copy(update={"file": path})
    files = read_files(spec, sample.task)
    subject = Subject(files, dataset_of(files, spec, 0), spec)
    heard: list[tuple[int, int]] = []
    findings = {f.key: f for f in slow(subject, lambda done, of: heard.append((done, of)))}
    assert {"near_leaks", "near_duplicates"} <= findings.keys()
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    leaks = findings["near_leaks"]
    for row in leaks.rows:
        assert Indel.normalized_similarity(row.text, row.other) > 0.85
    assert leaks.repair is not None
    spec = spec.model_copy(update={"repairs": (leaks.repair,)})
    mended = Subject(files, dataset_of(files, spec, 0), spec)
    left = slow(mended, quiet, only=("near_leaks", "near_duplicates"))
    assert "near_leaks" not in {finding.key for finding in left}
