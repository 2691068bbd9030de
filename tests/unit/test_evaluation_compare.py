"""Two runs against each other: numbers, verdict and its sentence."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import binomtest
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2
from statsmodels.stats.contingency_tables import mcnemar

from instruct_ui.errors import RequestError
from instruct_ui.evaluation import significance, statistics
from instruct_ui.evaluation.compare import Comparison, compare
from instruct_ui.evaluation.predictions import Answer, Judged, Predictions
from instruct_ui.evaluation.verdict import p_value, sentence, signed
from instruct_ui.texts import LANGUAGES


def run(right: list[bool], gold: str = "yes", first: int = 0) -> Predictions:
    rows = tuple(
        Judged(first + i, f"text {i}", gold, Answer(label=gold if ok else "no", confidence=0.9))
        for i, ok in enumerate(right)
    )
    return Predictions("text_classification", ("no", "yes"), rows)


def pair(fixed: int, broken: int, wrong: int, right: int) -> tuple[Predictions, Predictions]:
    a = [False] * fixed + [True] * broken + [False] * wrong + [True] * right
    b = [True] * fixed + [False] * broken + [False] * wrong + [True] * right
    return run(a), run(b)


def ner(answers: list[list[str]], gold: list[list[str]]) -> Predictions:
    rows = tuple(
        Judged(i, "", None, Answer(tags=tuple(a)), tokens=("w",) * len(g), gold_tags=tuple(g))
        for i, (a, g) in enumerate(zip(answers, gold, strict=True))
    )
    return Predictions("token_classification", ("LOC",), rows)


def test_better_with_all_its_numbers() -> None:
    comparison = compare(*pair(13, 3, 5, 75), seed=0)
    assert comparison.verdict == "better" and comparison.rows == 96
    assert comparison.score_a == pytest.approx(78 / 96)
    assert comparison.score_b == pytest.approx(88 / 96)
    assert comparison.difference == pytest.approx(10 / 96)
    assert comparison.p == pytest.approx(mcnemar([[75, 3], [13, 5]], exact=True).pvalue)
    assert comparison.fixed == tuple(range(13)) and comparison.broken == (13, 14, 15)
    assert len(comparison.both_wrong) == 5 and len(comparison.both_right) == 75
    assert sentence(comparison, "few-shot", "Fine-tuned") == (
        "Fine-tuned is better than few-shot: 0.92 to 0.81 accuracy. The difference is between "
        f"{comparison.low:+.2f} and {comparison.high:+.2f} (95 %) and more than luck (McNemar "
        "p = 0.02): 13 rows fixed, 3 broken, of 96."
    )


def test_the_other_way_round_it_is_worse() -> None:
    a, b = pair(13, 3, 5, 75)
    there, back = compare(a, b, seed=0), compare(b, a, seed=0)
    assert back.verdict == "worse" and back.difference == -there.difference
    assert back.fixed == there.broken and back.p == there.p
    assert sentence(back, "A", "B").startswith("B is worse than A: 0.81 to 0.92 accuracy.")


@pytest.mark.parametrize(("fixed", "broken"), [(0, 0), (1, 0), (6, 0), (9, 2), (40, 40), (0, 30)])
def test_mcnemar_is_the_exact_binomial_test(fixed: int, broken: int) -> None:
    changed = fixed + broken
    expected = binomtest(fixed, changed).pvalue if changed else 1.0
    assert significance.mcnemar(fixed, broken) == pytest.approx(expected)


def test_interval_of_the_difference_as_resampled_rows_give_it() -> None:
    a, b = pair(20, 8, 30, 42)
    comparison = compare(a, b, seed=0)
    deltas = np.array([y.correct - x.correct for x, y in zip(a.rows, b.rows, strict=True)])
    chance = np.random.default_rng(5)
    loop = [deltas[chance.integers(0, 100, 100)].mean() for _ in range(4000)]
    expected = np.percentile(loop, (2.5, 97.5))
    assert (comparison.low, comparison.high) == pytest.approx(expected, abs=0.015)


def test_few_rows_are_never_called_better() -> None:
    # All five fixed: the bootstrap's interval is [1, 1], but five throws can all be heads by luck.
    comparison = compare(*pair(5, 0, 0, 0), seed=0)
    assert comparison.low > 0 and comparison.verdict == "cannot_tell"
    text = sentence(comparison, "A", "B")
    assert text.startswith("Cannot tell whether B is better than A: 1.00 to 0.00 accuracy.")
    assert "Only 5 rows changed" in text
    assert "Only 1 row changed" in sentence(compare(*pair(1, 0, 0, 0), seed=0), "A", "B")
    assert compare(*pair(6, 0, 0, 0), seed=0).verdict == "better"


def test_a_significant_test_with_an_interval_over_zero_is_not_claimed() -> None:
    difference = significance.Difference(low=0.0, high=0.2, p=0.04)
    from instruct_ui.evaluation.compare import _verdict

    assert _verdict(0.1, difference) == "cannot_tell"
    assert _verdict(0.1, dataclasses.replace(difference, low=0.01)) == "better"
    assert _verdict(0.1, dataclasses.replace(difference, low=0.01, p=0.06)) == "cannot_tell"


def test_same_answers_are_called_the_same() -> None:
    comparison = compare(*pair(0, 0, 2, 8), seed=0)
    assert comparison.identical and comparison.p == 1 and comparison.verdict == "cannot_tell"
    assert sentence(comparison, "A", "B") == (
        "B and A give the same answers: 0.80 accuracy on 10 rows, none answered differently."
    )


def test_per_label_change_of_f1() -> None:
    gold = ("yes", "yes", "no", "no")
    first, second = (
        Predictions(
            "text_classification",
            ("no", "yes"),
            tuple(
                Judged(i, "", g, Answer(label=x))
                for i, (g, x) in enumerate(zip(gold, answers, strict=True))
            ),
        )
        for answers in (("yes", "no", "no", "no"), ("yes", "yes", "no", "no"))
    )
    no, yes = compare(first, second, seed=0).labels
    assert (no.label, no.f1_a, no.f1_b, no.support) == ("no", pytest.approx(0.8), 1, 2)
    assert yes.delta == pytest.approx(1 - 2 / 3)


def test_entity_f1_and_its_paired_bootstrap() -> None:
    gold = [["B-LOC", "I-LOC", "O"]] * 60
    a = [["B-LOC", "O", "O"]] * 25 + gold[25:]
    b = [["B-LOC", "O", "O"]] * 4 + gold[4:56] + [["O", "O", "O"]] * 4
    comparison = compare(ner(a, gold), ner(b, gold), seed=0)
    assert comparison.metric == "entity_f1" and comparison.test == "paired_bootstrap"
    assert comparison.score_a == pytest.approx(f1_score(gold, a, mode="strict", scheme=IOB2))
    assert comparison.score_b == pytest.approx(f1_score(gold, b, mode="strict", scheme=IOB2))
    assert len(comparison.fixed) == 21 and len(comparison.broken) == 4
    chance = np.random.default_rng(3)
    loop = []
    for _ in range(200):
        rows = chance.integers(0, 60, 60)
        g, x, y = ([side[i] for i in rows] for side in (gold, a, b))
        loop.append(
            f1_score(g, y, mode="strict", scheme=IOB2) - f1_score(g, x, mode="strict", scheme=IOB2)
        )
    expected = np.percentile(loop, (2.5, 97.5))
    assert (comparison.low, comparison.high) == pytest.approx(expected, abs=0.06)
    assert comparison.verdict == "better" and comparison.p < 0.01
    assert "entity F1" in sentence(comparison, "A", "B")
    assert "paired bootstrap" in sentence(comparison, "A", "B")


def test_a_handful_of_sentences_is_not_enough_for_entity_f1() -> None:
    gold = [["B-LOC"]] * 3
    comparison = compare(ner([["O"]] * 3, gold), ner(gold, gold), seed=0)
    assert comparison.verdict == "cannot_tell" and comparison.p == pytest.approx(2 / 8)
    assert "Only 3 rows" in sentence(comparison, "A", "B")


def test_runs_without_a_difference_in_entities_have_p_1() -> None:
    gold = [["B-LOC", "O"]] * 8
    comparison = compare(ner(gold, gold), ner([["B-LOC", "I-PER"]] * 8, gold), seed=0)
    assert comparison.p == 1 and not comparison.identical and comparison.changed == 0


def test_paired_bootstrap_p_is_rarely_small_where_there_is_no_difference() -> None:
    chance = np.random.default_rng(0)
    small = 0
    for seed in range(60):
        gold = np.ones((80, 1))
        a, b = (np.hstack([chance.integers(0, 2, (80, 1)), gold, gold]) for _ in "ab")
        small += statistics.difference("micro_f1", a, b, seed).p < 0.05
    assert small <= 9  # 3 expected at 5 %


@pytest.mark.parametrize(
    ("other", "part"),
    [
        (run([True, True, True]), "2 rows, the other 3"),
        (run([True, True], first=5), "they share 0"),
        (run([True, True], gold="no"), "gold of row 0"),
        (
            Predictions("text_classification", ("no",), (Judged(0, "x", "yes", Answer("no")),) * 2),
            "they share 1",
        ),
        (ner([["O"]], [["O"]]), "token_classification"),
    ],
)
def test_different_rows_are_refused_with_what_differs(other: Predictions, part: str) -> None:
    with pytest.raises(RequestError, match=part):
        compare(run([True, False]), other, seed=0)


def test_changed_text_is_refused() -> None:
    a = run([True])
    b = Predictions(a.task, a.labels, (dataclasses.replace(a.rows[0], text="other"),))
    with pytest.raises(RequestError, match="text of row 0"):
        compare(a, b, seed=0)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("counts", [(13, 3, 5, 75), (3, 13, 5, 75), (2, 3, 5, 9), (0, 0, 1, 1)])
def test_every_verdict_has_a_sentence(language: str, counts: tuple[int, int, int, int]) -> None:
    comparison: Comparison = compare(*pair(*counts), seed=0)
    text = sentence(comparison, "{a} <b>", "微调", language)  # type: ignore[arg-type]
    assert "{a} <b>" in text and "微调" in text
    assert text.endswith("。" if language == "zh" else ".")


def test_figures_never_round_over_their_border() -> None:
    assert p_value(0.0213) == "= 0.02" and p_value(0.0004) == "< 0.001"
    assert p_value(0.0499) == "= 0.0499" and p_value(0.0501) == "= 0.05"
    assert p_value(0.004) == "= 0.004" and p_value(1.0) == "= 1.00"
    assert signed(0.002) == "+0.002" and signed(-0.18) == "-0.18" and signed(0) == "0.00"
    comparison = compare(*pair(8, 1, 0, 1991), seed=0)
    assert "1.000 to 0.996" in sentence(comparison, "A", "B")


def test_comparing_does_not_load_the_metric_libraries() -> None:
    code = (
        "import sys, instruct_ui.evaluation.verdict, instruct_ui.evaluation.files,"
        " instruct_ui.reporting.rows, instruct_ui.reporting.tables, instruct_ui.reporting.figures\n"
        "print(sorted({'sklearn', 'scipy', 'seqeval', 'pandas', 'plotly'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
