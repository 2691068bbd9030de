"""Figures of a report held against scikit-learn, seqeval, statsmodels and counts by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import classification_report, f1_score
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2, Entities
from sklearn import metrics as sk
from statsmodels.stats.proportion import proportion_confint

from instruct_ui.errors import DataError, RequestError
from instruct_ui.evaluation import classification, counts, sequence
from instruct_ui.evaluation.intervals import intervals
from instruct_ui.evaluation.predictions import Answer, Judged, Predictions
from instruct_ui.evaluation.report import Report, make_report
from instruct_ui.evaluation.resampling import wilson

TAGS = ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")


def labelled(gold: list[str | None], answers: list[str | None]) -> Predictions:
    rows = tuple(
        Judged(row=i, text=f"text {i}", gold=g, answer=Answer(label=a, confidence=0.5))
        for i, (g, a) in enumerate(zip(gold, answers, strict=True))
    )
    return Predictions("text_classification", ("a", "b", "c"), rows)


def tagged(gold: list[list[str]], answers: list[list[str]]) -> Predictions:
    rows = tuple(
        Judged(
            row=i,
            text=" ".join(f"w{j}" for j in range(len(g))),
            gold=None,
            answer=Answer(tags=tuple(a)),
            tokens=tuple(f"w{j}" for j in range(len(g))),
            gold_tags=tuple(g),
        )
        for i, (g, a) in enumerate(zip(gold, answers, strict=True))
    )
    return Predictions("token_classification", ("LOC", "PER"), rows)


def flat_list(sentences: list[list[str]]) -> list[str]:
    return [tag for sentence in sentences for tag in sentence]


def drawn_labels(seed: int, rows: int) -> tuple[list[str], list[str]]:
    chance = np.random.default_rng(seed)
    gold = [str(x) for x in chance.choice(list("abc"), rows)]
    answers = [g if chance.random() < 0.7 else str(chance.choice(list("abc"))) for g in gold]
    return gold, answers


def drawn_tags(seed: int, rows: int) -> tuple[list[list[str]], list[list[str]]]:
    chance = np.random.default_rng(seed)
    gold, answers = [], []
    for _ in range(rows):
        tags: list[str] = []
        while len(tags) < 8:
            kind = str(chance.choice(["LOC", "PER"]))
            tags += ["O"] if chance.random() < 0.5 else [f"B-{kind}", f"I-{kind}"]
        gold.append(tags)
        answers.append([t if chance.random() < 0.8 else str(chance.choice(TAGS)) for t in tags])
    return gold, answers


def test_classification_by_hand() -> None:
    # a: 2 of 3 found, one b taken for a; c never occurs.
    scores = classification.scores(labelled(["a", "a", "a", "b", "b"], ["a", "a", "b", "b", "a"]))
    a, b, c = scores.labels
    assert (a.precision, a.recall, a.support) == (pytest.approx(2 / 3), pytest.approx(2 / 3), 3)
    assert (b.precision, b.recall, b.f1, b.support) == (0.5, 0.5, 0.5, 2)
    assert (c.precision, c.recall, c.f1, c.support) == (0, 0, 0, 0)
    assert scores.metrics["accuracy"] == scores.metrics["micro_f1"] == pytest.approx(0.6)
    assert scores.metrics["macro_f1"] == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert scores.metrics["weighted_f1"] == pytest.approx((3 * 2 / 3 + 2 * 1 / 2) / 5)
    assert scores.confusion.labels == ("a", "b", "c")
    assert scores.confusion.counts == ((2, 1, 0), (1, 1, 0), (0, 0, 0))


def test_classification_as_scikit_learn_reports_it() -> None:
    gold, answers = drawn_labels(1, 200)
    scores = classification.scores(labelled(gold, answers))
    report = sk.classification_report(gold, answers, output_dict=True)
    for line in scores.labels:
        assert line.precision == pytest.approx(report[line.label]["precision"])
        assert line.recall == pytest.approx(report[line.label]["recall"])
        assert line.f1 == pytest.approx(report[line.label]["f1-score"])
        assert line.support == report[line.label]["support"]
    assert scores.metrics["macro_f1"] == pytest.approx(report["macro avg"]["f1-score"])
    assert scores.metrics["weighted_f1"] == pytest.approx(report["weighted avg"]["f1-score"])
    expected = sk.confusion_matrix(gold, answers, labels=list("abc"))
    assert np.array_equal(scores.confusion.counts, expected)


def test_missing_and_unknown_answers_are_wrong_and_shown() -> None:
    scores = classification.scores(labelled(["a", "b", "b"], ["a", None, "zebra"]))
    assert scores.metrics["accuracy"] == pytest.approx(1 / 3)
    assert scores.confusion.labels == ("a", "b", "c", "", "zebra")
    assert scores.confusion.counts[1] == (0, 0, 0, 1, 1)


def test_ner_by_hand() -> None:
    # Found: LOC of 1 and PER of 2. The cut PER of 1 is wrong, the orphan I-LOC of 2 is no entity.
    gold = [["B-LOC", "O", "B-PER", "I-PER"], ["B-PER", "O", "O"]]
    answers = [["B-LOC", "O", "B-PER", "O"], ["B-PER", "I-LOC", "O"]]
    scores = sequence.scores(tagged(gold, answers))
    assert scores.metrics["entity_precision"] == pytest.approx(2 / 3)
    assert scores.metrics["entity_recall"] == pytest.approx(2 / 3)
    loc, per = scores.labels
    assert (loc.label, loc.f1, loc.support) == ("LOC", 1, 1)
    assert (per.label, per.f1, per.support) == ("PER", 0.5, 2)
    assert scores.token_labels is not None
    assert tuple(t.label for t in scores.token_labels) == TAGS
    assert scores.confusion.labels == TAGS
    assert sum(map(sum, scores.confusion.counts)) == 7
    # I-LOC has no support and is left out of the macro: O 2/3 over 3, B-LOC 1, B-PER 1, I-PER 0.
    assert scores.metrics["token_macro_f1"] == pytest.approx((2 * 2 / (3 + 3) + 1 + 1 + 0) / 4)
    assert scores.metrics["token_micro_f1"] == pytest.approx(5 / 7)


def test_ner_as_seqeval_and_scikit_learn_report_it() -> None:
    gold, answers = drawn_tags(2, 60)
    scores = sequence.scores(tagged(gold, answers))
    report = classification_report(gold, answers, mode="strict", scheme=IOB2, output_dict=True)
    assert scores.metrics["entity_f1"] == pytest.approx(report["micro avg"]["f1-score"])
    for line in scores.labels:
        assert line.precision == pytest.approx(report[line.label]["precision"])
        assert line.recall == pytest.approx(report[line.label]["recall"])
        assert line.support == report[line.label]["support"]
    flat = sk.classification_report(flat_list(gold), flat_list(answers), output_dict=True)
    assert scores.metrics["token_weighted_f1"] == pytest.approx(flat["weighted avg"]["f1-score"])
    assert scores.metrics["token_macro_f1"] == pytest.approx(flat["macro avg"]["f1-score"])
    for tag in scores.token_labels or ():
        assert tag.f1 == pytest.approx(flat[tag.label]["f1-score"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(TAGS), max_size=9))
def test_spans_are_those_of_seqeval_strict(tags: list[str]) -> None:
    expected = [(e.tag, e.start, e.end) for e in Entities([tags], IOB2).entities[0]]
    assert counts.spans(tags) == expected


def test_strict_is_not_lenient() -> None:
    orphan = ["O", "I-LOC"]
    assert get_entities(orphan) and counts.spans(orphan) == []


def test_entity_counts_give_seqevals_f1() -> None:
    gold, answers = drawn_tags(3, 40)
    rows = tagged(gold, answers).rows
    right, in_gold, answered = counts.entity_counts(rows, ("LOC", "PER")).sum(axis=(0, 1))
    expected = f1_score(gold, answers, mode="strict", scheme=IOB2)
    assert float(counts.f1(right, in_gold, answered)) == pytest.approx(expected)


def test_no_entity_anywhere_is_a_score_of_zero_not_an_error() -> None:
    scores = sequence.scores(tagged([["O", "O"]], [["O", "O"]]))
    assert scores.metrics["entity_f1"] == 0
    assert [line.support for line in scores.labels] == [0, 0]
    assert scores.metrics["token_micro_f1"] == 1


def test_wilson_as_statsmodels() -> None:
    for right, rows in ((0, 5), (5, 5), (78, 96), (1, 1)):
        expected = proportion_confint(right, rows, method="wilson")
        assert wilson(right, rows) == pytest.approx(expected, abs=1e-12)


def test_bootstrap_of_labels_as_a_plain_loop_finds_it() -> None:
    gold, answers = drawn_labels(4, 120)
    found = intervals(labelled(gold, answers), seed=0)
    chance = np.random.default_rng(9)
    loop: dict[str, list[float]] = {"macro": [], "weighted": []}
    for _ in range(400):
        rows = chance.integers(0, 120, 120)
        for average, values in loop.items():
            values.append(
                sk.f1_score([gold[i] for i in rows], [answers[i] for i in rows], average=average)
            )
    for average, values in loop.items():
        assert found[f"{average}_f1"] == pytest.approx(np.percentile(values, (2.5, 97.5)), abs=0.03)
    assert found["accuracy"] == found["micro_f1"]


def test_bootstrap_of_entities_as_a_plain_loop_finds_it() -> None:
    gold, answers = drawn_tags(5, 60)
    found = intervals(tagged(gold, answers), seed=0)
    chance = np.random.default_rng(9)
    entity, macro = [], []
    for _ in range(150):
        rows = chance.integers(0, 60, 60)
        g, a = [gold[i] for i in rows], [answers[i] for i in rows]
        entity.append(f1_score(g, a, mode="strict", scheme=IOB2))
        macro.append(sk.f1_score(flat_list(g), flat_list(a), average="macro"))
    assert found["entity_f1"] == pytest.approx(np.percentile(entity, (2.5, 97.5)), abs=0.04)
    assert found["token_macro_f1"] == pytest.approx(np.percentile(macro, (2.5, 97.5)), abs=0.04)


def test_intervals_hang_on_the_seed_and_hold_every_metric() -> None:
    for predictions, room in (
        (labelled(*drawn_labels(6, 50)), classification),
        (tagged(*drawn_tags(6, 30)), sequence),
    ):
        first = intervals(predictions, seed=1)
        assert first == intervals(predictions, seed=1)
        assert first != intervals(predictions, seed=2)
        scores = room.scores(predictions).metrics
        assert first.keys() == scores.keys()
        assert all(low <= scores[m] <= high for m, (low, high) in first.items())


def report_of(predictions: Predictions) -> Report:
    return make_report(
        predictions,
        model="minilm",
        approach={"kind": "few_shot", "shots": 8},
        seconds={"load": 0.1, "train": 0.0, "predict": 2.0},
        tokens_per_second=float("inf"),
        data_sha256="0" * 64,
        versions={"torch": "2"},
        seed=0,
        facts={"chat": True},
    )


def test_report_json_has_the_keys_and_comes_back() -> None:
    common = {
        *("task", "model", "approach", "rows", "metrics", "labels", "intervals", "confusion"),
        *(
            "unreadable_answers",
            "columns",
            "constraints",
            "seconds",
            "tokens_per_second",
            "data_sha256",
            "versions",
            "seed",
            "facts",
        ),
    }
    report = report_of(labelled(["a", "b", None], ["a", "c", "b"]))
    plain = json.loads(report.to_json())
    assert plain.keys() == common
    assert plain["metrics"].keys() == {"accuracy", "micro_f1", "macro_f1", "weighted_f1"}
    assert plain["rows"] == 2 and plain["facts"] == {"chat": True, "rows_without_gold": 1}
    assert plain["labels"][0].keys() == {"label", "precision", "recall", "f1", "support"}
    assert Report.from_json(report.to_json()) == report
    ner = report_of(tagged([["B-LOC"]], [["B-LOC"]]))
    assert json.loads(ner.to_json()).keys() == common | {"token_labels"}
    assert Report.from_json(ner.to_json()) == ner


def test_what_is_no_report_is_refused_by_name() -> None:
    with pytest.raises(DataError, match=r"runs/7/report\.json"):
        Report.from_json('{"task": "poetry"}', "runs/7/report.json")


def test_without_gold_nothing_is_scored() -> None:
    with pytest.raises(RequestError, match="gold"):
        report_of(labelled([None], ["a"]))


def test_rows_behind_a_cell() -> None:
    assert counts.rows_in_cell(labelled(["a", "b", "a"], ["b", "b", "b"]), "a", "b") == (0, 2)
    ner = tagged([["B-LOC", "O"], ["O", "O"]], [["B-PER", "O"], ["O", "O"]])
    assert counts.rows_in_cell(ner, "B-LOC", "B-PER") == (0,)
