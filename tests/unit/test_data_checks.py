"""What a data set has wrong is found, counted, shown with its place, and mended as said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as rules
from hypothesis import strategies as st

from instruct_ui.data.checks import Finding, words
from instruct_ui.data.load import load_dataset
from instruct_ui.data.report import DataReport, inspect
from instruct_ui.spec import DataSpec, DropDuplicates, DropLeaks, FixOffsets, MergeLabels, Repair


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def found(data: DataSpec, task: str = "text_classification") -> dict[str, Finding]:
    report = inspect(data, task, 0)
    for finding in report.findings:
        for language in ("en", "zh"):
            assert words.title(finding, language), finding.key  # type: ignore[arg-type]
        assert bool(words.repair(finding, "en")) == (finding.repair is not None), finding.key
    assert DataReport.from_plain(report.to_plain()) == report
    return {finding.key: finding for finding in report.findings}


def mended(data: DataSpec, *repairs: Repair) -> DataSpec:
    return data.model_copy(update={"repairs": repairs})


TRAIN = (
    "text,label\nGood food.,pos\nbad food,neg\nGood food.,pos\nnice place,pos\nslow,neg\nok,pos\n"
)
TEST = "text,label\ngood  FOOD,pos\nbad food,neg\nnever again,neg\n"


@pytest.fixture
def leaky(tmp_path: Path) -> DataSpec:
    return DataSpec(train=write(tmp_path, "a.csv", TRAIN), test=write(tmp_path, "b.csv", TEST))


def test_rows_in_two_splits_are_counted_and_shown_with_both_places(leaky: DataSpec) -> None:
    findings = found(leaky)
    exact, loose = findings["leaks_exact"], findings["leaks_normalised"]
    assert (exact.count, exact.values["judged"]) == (1, 1)
    assert (exact.rows[0].file, exact.rows[0].line, exact.rows[0].other) == (
        "a.csv",
        3,
        "b.csv:3 (test)",
    )
    assert (loose.count, loose.values["judged"]) == (2, 1), "the exact one is not counted again"


def test_leaks_go_out_of_train_and_never_out_of_test(leaky: DataSpec) -> None:
    repaired = mended(leaky, DropLeaks(alike="exact"), DropLeaks(alike="normalised"))
    dataset = load_dataset(repaired, "text_classification", 0)
    assert [e.text for e in dataset.train] == ["nice place", "slow", "ok"]
    assert len(dataset.test) == 3
    assert {(s.reason, s.lines, s.file) for s in dataset.skipped} == {
        ("leak", (3,), "a.csv"),
        ("leak", (2, 4), "a.csv"),
    }
    assert not {k for k in found(repaired) if k.startswith("leaks")}
    assert load_dataset(leaky, "text_classification", 0).sha256 != dataset.sha256


def test_duplicates_keep_the_first(leaky: DataSpec) -> None:
    finding = found(leaky)["duplicates_exact"]
    assert finding.count == 1 and finding.rows[0].line == 4
    assert finding.repair == DropDuplicates(alike="exact")
    dataset = load_dataset(mended(leaky, finding.repair), "text_classification", 0)
    assert [e.row for e in dataset.train] == [0, 1, 3, 4, 5]


def test_the_same_text_under_different_labels(tmp_path: Path) -> None:
    text = "text,label\n" + "so so,pos\nSo so!,neg\nfine,pos\n" + "word {},neg\n" * 20
    data = DataSpec(test=write(tmp_path, "a.csv", text))
    finding = found(data)["conflicts"]
    assert (finding.count, finding.values["texts"], finding.repair) == (2, 1, None)
    assert [row.label for row in finding.rows] == ["pos", "neg"]


def test_labels_that_mean_the_same_are_merged_into_the_frequent_one(tmp_path: Path) -> None:
    labels = ["Refund", "refund", "refund", "re_fund", "ｒefund", "delivery"] * 4
    text = "text,label\n" + "".join(f"text {i},{x}\n" for i, x in enumerate(labels))
    data = DataSpec(train=write(tmp_path, "a.csv", text))
    finding = found(data)["label_variants"]
    into = {"Refund": "refund", "re_fund": "refund", "ｒefund": "refund"}
    assert finding.repair == MergeLabels(labels=into) and finding.count == 12
    counts = load_dataset(mended(data, finding.repair), "text_classification", 0).label_counts()
    assert counts == {"refund": 20, "delivery": 4}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("text,label\n" + "same,a\nother,a\nthird,a\n", "one_label"),
        ("text,label\n" + "".join(f"text {i},label {i}\n" for i in range(30)), "not_labels"),
        ("text\nhello\nyou\n", "no_gold"),
    ],
)
def test_what_cannot_be_learnt_is_a_finding_and_no_refusal(
    tmp_path: Path, text: str, key: str
) -> None:
    data = DataSpec(file=write(tmp_path, "a.csv", text), columns={"text": 0})
    assert found(data)[key].weight == "wrong"


def test_few_rows_and_labels_that_are_only_tested(tmp_path: Path) -> None:
    train = write(tmp_path, "a.csv", "text,label\n" + "x {},a\n" * 12 + "y,b\nz,b\n")
    test = write(tmp_path, "b.csv", "text,label\nq,a\nr,c\n")
    findings = found(DataSpec(train=train, test=test))
    assert [row.label for row in findings["few_rows"].rows] == ["c", "b"]
    assert findings["untrained_labels"].rows[0].label == "c"


def test_wrong_places_of_answers_are_found_and_mended(tmp_path: Path) -> None:
    line = (
        '{"context": "Ann met Bob. Bob left.", "question": "Who left?", '
        '"answers": {"text": ["Bob", "Tim"], "answer_start": [12, 0]}}\n'
    )
    data = DataSpec(test=write(tmp_path, "a.jsonl", line))
    findings = found(data, "question_answering")
    assert findings["offsets"].count == 1 and findings["answers_missing"].count == 1
    assert findings["answers_missing"].rows[0].other == "Tim"
    fixed = load_dataset(mended(data, FixOffsets()), "question_answering", 0)
    assert fixed.test[0].starts == (13, -1)
    assert "offsets" not in found(mended(data, FixOffsets()), "question_answering")


def test_sentences_without_marked_entities(tmp_path: Path) -> None:
    text = "sentence,relation\n<e1>A</e1> owns <e2>B</e2>,owns\nC owns D,owns\nE sold F,none\n"
    data = DataSpec(test=write(tmp_path, "a.csv", text))
    finding = found(data, "relation_classification")["marks_missing"]
    assert (finding.count, [row.line for row in finding.rows]) == (2, [3, 4])


def test_a_clean_file_has_no_finding_but_what_it_is(tmp_path: Path) -> None:
    rows = "".join(f"text number {i},{'ab'[i % 2]}\n" for i in range(60))
    assert not found(DataSpec(file=write(tmp_path, "a.csv", f"text,label\n{rows}")))


@rules(deadline=None, max_examples=60)
@given(
    texts=st.lists(
        st.sampled_from(["a b", "A b", "ab!", "c", "d", "e f"]), min_size=4, max_size=30
    ),
    flags=st.integers(0, 2**30),
)
def test_after_all_repairs_no_repairable_finding_is_left(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], flags: int
) -> None:
    folder = tmp_path_factory.mktemp("checks")
    rows = "".join(f"{t},{'xy'[flags >> i & 1]}\n" for i, t in enumerate(texts))
    data = DataSpec(file=write(folder, "a.csv", f"text,label\n{rows}"))
    for _ in range(6):
        repairs = [f.repair for f in found(data).values() if f.repair is not None]
        if not repairs:
            break
        data = mended(data, *data.repairs, *repairs)
    assert not [f.key for f in found(data).values() if f.repair is not None]
    report = inspect(data, "text_classification", 0)
    assert report.overview.rows + sum(s.count for s in report.overview.skipped) == len(texts)
