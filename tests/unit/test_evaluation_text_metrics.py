"""Answers that are texts: sums over rows give the libraries' corpus scores, and their intervals."""

from __future__ import annotations

import random
import subprocess
import sys
from itertools import zip_longest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF

from instruct_ui.evaluation import significance
from instruct_ui.evaluation.resampling import wilson
from instruct_ui.evaluation.statistics import (
    KIND,
    Statistics,
    difference,
    interval,
    row_values,
    value,
)
from instruct_ui.evaluation.text_metrics import rank_statistics, set_statistics, statistics

_WORDS = {
    "en": ["the", "cat", "Cats", "sat", "on", "a", "mat.", "3.5", "(well)", "dog's", "running"],
    "zh": ["我", "们", "明天", "去", "北京", "大学", "，", "。", "GPT", "3.5", "看"],
}
_BETWEEN = {"en": " ", "zh": ""}


def texts(language: str, least: int = 0) -> st.SearchStrategy[str]:
    words = st.lists(st.sampled_from(_WORDS[language]), min_size=least, max_size=9)
    return words.map(_BETWEEN[language].join)


def corpora(language: str) -> st.SearchStrategy[list[tuple[str, list[str]]]]:
    """Rows of an answer, often empty, and one to three references."""
    row = st.tuples(texts(language), st.lists(texts(language, 1), min_size=1, max_size=3))
    return st.lists(row, min_size=1, max_size=6)


def corpus(
    language: str, rows: int, spoiled: float, seed: int
) -> tuple[list[str], list[list[str]]]:
    """Answers that are their reference with a share of the words put differently."""
    chance = random.Random(seed)
    golds = [chance.choices(_WORDS[language], k=chance.randint(4, 12)) for _ in range(rows)]
    answers = [
        [chance.choice(_WORDS[language]) if chance.random() < spoiled else word for word in gold]
        for gold in golds
    ]
    join = _BETWEEN[language].join
    return [join(answer) for answer in answers], [[join(gold)] for gold in golds]


def total(metric: str, rows: Statistics) -> float:
    return float(value(metric, rows.sum(axis=0)))


def scored(metric: str, answer: str, *golds: str, language: str = "en") -> float:
    return float(row_values(metric, statistics(metric, [answer], [golds], language))[0])


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("metric", ["bleu", "chrf"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_sums_give_the_corpus_score_of_sacrebleu(
    data: st.DataObject, metric: str, language: str
) -> None:
    rows = data.draw(corpora(language))
    answers, golds = [answer for answer, _ in rows], [accepted for _, accepted in rows]
    tokenizer = "zh" if language == "zh" else "13a"
    library = CHRF() if metric == "chrf" else BLEU(tokenize=tokenizer)
    expected = library.corpus_score(answers, list(zip_longest(*golds))).score / 100
    found = statistics(metric, answers, golds, language)
    assert total(metric, found) == pytest.approx(expected, abs=1e-9)
    sentence = CHRF() if metric == "chrf" else BLEU(tokenize=tokenizer, effective_order=True)
    alone = [sentence.sentence_score(a, g).score / 100 for a, g in rows]
    assert row_values(metric, found) == pytest.approx(alone, abs=1e-9)


@pytest.mark.parametrize("metric", ["bleu", "chrf"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_large_corpus_agrees_and_many_sums_are_read_at_once(metric: str, language: str) -> None:
    answers, golds = corpus(language, 60, 0.3, seed=1)
    golds[3].append(answers[3])
    answers[5] = ""
    library = CHRF() if metric == "chrf" else BLEU(tokenize="zh" if language == "zh" else "13a")
    found = statistics(metric, answers, golds, language)
    parts = [(answers[:20], golds[:20]), (answers, golds)]
    expected = [library.corpus_score(a, list(zip_longest(*g))).score / 100 for a, g in parts]
    sums = np.stack([found[:20].sum(axis=0), found.sum(axis=0)])
    assert value(metric, sums) == pytest.approx(expected, abs=1e-9)
    assert 0.1 < expected[1] < 0.9


def test_a_short_right_answer_is_worth_something_alone_under_bleu() -> None:
    found = statistics("bleu", ["good morning"], [["good morning"]], "en")
    assert row_values("bleu", found) == [1] and total("bleu", found) == 0
    assert scored("bleu", "", "good morning") == 0


@settings(max_examples=40, deadline=None)
@given(rows=corpora("en"))
def test_rouge_is_that_of_rouge_score(rows: list[tuple[str, list[str]]]) -> None:
    answers, golds = [answer for answer, _ in rows], [accepted for _, accepted in rows]
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)
    for metric in scorer.rouge_types:
        found = statistics(metric, answers, golds, "en")
        expected = [
            max(scorer.score(gold, answer)[metric].fmeasure for gold in accepted)
            for answer, accepted in rows
        ]
        assert row_values(metric, found) == pytest.approx(expected)
        assert total(metric, found) == pytest.approx(np.mean(expected))


def test_rouge_counts_chinese_by_character_and_other_scripts_by_word() -> None:
    # 5 of 6 tokens on either side: 今 天 gpt 3.5 很, but not 好.
    assert scored("rouge1", "今天GPT 3.5很好。", "今天，gpt 3.5 很差", language="zh") == 5 / 6
    assert scored("rouge2", "今天很好", "今天很差", language="zh") == pytest.approx(2 / 3)
    assert scored("rougeL", "好很天今", "今天很好", language="zh") == 1 / 4
    assert scored("rouge1", "добрый день", "Добрый вечер!", language="other") == 1 / 2
    assert scored("rouge1", "हिन्दी भाषा", "हिन्दी किताब", language="other") == 1 / 2


def test_question_answering_in_english_as_squad() -> None:
    assert scored("exact_match", "The Eiffel Tower.", "eiffel tower") == 1
    assert scored("exact_match", "Eiffel Towers", "eiffel tower") == 0
    # given: in paris france; gold: paris. 1 shared, 3 and 1 tokens.
    assert scored("f1", "in Paris, France", "Paris") == pytest.approx(2 / 4)
    assert scored("f1", "in Paris, France", "Lyon", "Paris France") == pytest.approx(4 / 5)
    assert scored("f1", "Paris Paris", "Paris") == pytest.approx(2 / 3)
    assert scored("f1", "France Paris", "Paris France") == 1
    assert scored("f1", "Rome", "Paris") == 0 == scored("f1", "", "Paris")


def test_question_answering_in_chinese_as_cmrc() -> None:
    def zh(metric: str, answer: str, *golds: str) -> float:
        return scored(metric, answer, *golds, language="zh")

    assert zh("exact_match", "《红楼梦》。", "红楼梦") == 1
    assert (
        zh("exact_match", "２０１８年", "2018年") == 1 == zh("exact_match", "iPhone6", "IPHONE 6")
    )
    assert zh("exact_match", "35亿", "3.5亿") == 0
    # The longest run in both: 北 京 大 学 of 5 and 4 tokens.
    assert zh("f1", "在北京大学", "北京大学") == pytest.approx(8 / 9)
    # A year is one token: 2018 年 of 3 and 4 tokens.
    assert zh("f1", "在2018年", "2018年5月") == pytest.approx(4 / 7)
    assert zh("f1", "2019", "2018") == 0
    # Characters meet, but only single ones stand in one run.
    assert zh("f1", "学大京北", "北京大学") == pytest.approx(2 / 8)
    assert zh("f1", "京北", "南京", "北京") == 1 / 2


@pytest.mark.parametrize("language", ["en", "zh", "other"])
@pytest.mark.parametrize("metric", ["exact_match", "f1"])
def test_a_question_without_an_answer_is_right_without_one(metric: str, language: str) -> None:
    found = statistics(metric, ["", "Rome", "", ""], [(), (), ("Rome",), (" ",)], language)
    assert row_values(metric, found).tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_answer_of_marks_alone_is_not_taken_for_none(language: str) -> None:
    assert scored("exact_match", "+", "+", language=language) == 1
    assert scored("exact_match", "", "+", language=language) == 0
    assert scored("f1", "-", "+", language=language) == 0


def test_ranks() -> None:
    ranks = [1, 2, 4, None]
    assert total("recall_at_1", rank_statistics("recall_at_1", ranks)) == 1 / 4
    assert total("mrr", rank_statistics("mrr", ranks)) == (1 + 1 / 2 + 1 / 4) / 4
    with pytest.raises(ValueError, match="from 1"):
        rank_statistics("mrr", [0])


def test_sets_are_counted_over_all_rows() -> None:
    found = set_statistics([["a", "b", "b"], [], ["c"], []], [["a"], ["b"], ["a", "c"], []])
    assert found.tolist() == [[1, 1, 2], [0, 1, 0], [1, 2, 1], [0, 0, 0]]
    assert total("micro_precision", found) == 2 / 3
    assert total("micro_recall", found) == 2 / 4
    assert total("micro_f1", found) == pytest.approx(4 / 7)
    assert row_values("micro_f1", found).tolist() == pytest.approx([2 / 3, 0, 2 / 3, 1])
    assert row_values("micro_recall", found).tolist() == [1, 0, 1 / 2, 1]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="row 1 has no reference"):
        statistics("bleu", ["a", "b"], [["a"], []], "en")
    with pytest.raises(ValueError, match="2 answers for 1 rows"):
        statistics("f1", ["a", "b"], [["a"]], "en")
    with pytest.raises(KeyError):
        statistics("mrr", ["a"], [["a"]], "en")
    with pytest.raises(ValueError, match="not of the same rows"):
        difference("f1", np.ones((2, 2)), np.ones((3, 2)), seed=0)


@pytest.mark.parametrize("metric", ["bleu", "chrf", "rougeL", "f1"])
def test_intervals_hold_the_value_and_shrink_with_the_rows(metric: str) -> None:
    widths = []
    for rows in (40, 400):
        found = statistics(metric, *corpus("en", rows, 0.3, seed=2), "en")
        low, high = interval(metric, found, seed=0, resamples=300)
        assert 0 <= low < total(metric, found) < high <= 1
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


def test_interval_of_micro_f1_as_resampled_rows_give_it() -> None:
    chance = np.random.default_rng(3)
    golds = [chance.choice(list("abcd"), 2, replace=False) for _ in range(50)]
    answers = [chance.choice(list("abcd"), 1) for _ in range(50)]
    found = set_statistics(answers, golds)
    loop = [total("micro_f1", found[chance.integers(0, 50, 50)]) for _ in range(3000)]
    expected = np.percentile(loop, (2.5, 97.5))
    assert interval("micro_f1", found, seed=0) == pytest.approx(expected, abs=0.02)


def test_shares_of_rows_have_wilsons_interval() -> None:
    # A bootstrap of rows that are all right would have no width.
    right = statistics("exact_match", ["a"] * 20, [["a"]] * 20, "en")
    assert interval("exact_match", right, seed=0) == wilson(20, 20)
    ranks = rank_statistics("recall_at_1", [1, 1, 2, None, 1])
    assert interval("recall_at_1", ranks, seed=0) == wilson(3, 5)
    single = set_statistics([["a"], ["b"], ["b"]], [["a"], ["a"], ["b"]])
    assert interval("micro_f1", single, seed=0) == wilson(2, 3)
    several = set_statistics([["a"], ["b"], ["b"]], [["a", "b"], ["a"], ["b"]])
    assert interval("micro_f1", several, seed=0) != wilson(2, 3)


@pytest.mark.parametrize("metric", ["bleu", "chrf", "rouge2", "f1", "exact_match"])
def test_the_same_answers_do_not_differ(metric: str) -> None:
    found = statistics(metric, *corpus("en", 30, 0.3, seed=4), "en")
    assert difference(metric, found, found.copy(), seed=0) == significance.Difference(0, 0, 1)


@pytest.mark.parametrize("metric", ["bleu", "chrf", "rougeL", "f1"])
def test_a_clear_gain_is_more_than_luck_and_a_loss_the_other_way(metric: str) -> None:
    worse, golds = corpus("en", 60, 0.6, seed=5)
    better, _ = corpus("en", 60, 0.1, seed=5)  # of the same gold
    a = statistics(metric, worse, golds, "en")
    b = statistics(metric, better, golds, "en")
    gain, loss = difference(metric, a, b, seed=0), difference(metric, b, a, seed=0)
    assert gain.p < 0.01
    assert 0 < gain.low < total(metric, b) - total(metric, a) < gain.high
    assert (loss.low, loss.high, loss.p) == pytest.approx((-gain.high, -gain.low, gain.p))


def test_three_rows_that_differ_are_never_more_than_luck() -> None:
    worse, golds = corpus("en", 3, 0.9, seed=6)
    for metric in ("bleu", "chrf", "rougeL", "f1"):
        a = statistics(metric, worse, golds, "en")
        b = statistics(metric, [gold for (gold,) in golds], golds, "en")
        found = difference(metric, a, b, seed=0)
        assert found.low > 0 and found.p >= 2 * 0.5**3


def test_equal_sums_of_fractions_count_as_ties() -> None:
    # Fifths differ in their last bits where the whole numbers they stand for are equal.
    chance = np.random.default_rng(2)
    a = np.column_stack([chance.integers(0, 3, 12), np.ones(12)])
    b = np.column_stack([chance.integers(0, 6, 12), np.ones(12)])
    fifth = np.array([1 / 5, 1])
    whole, parts = difference("f1", a, b, seed=0), difference("f1", a * fifth, b * fifth, seed=0)
    assert parts.p == whole.p < 0.1


def test_every_metric_has_a_value_where_nothing_was_answered() -> None:
    widths = {"mean": 2, "counts": 3, "bleu": 10, "chrf": 18}
    for metric, kind in KIND.items():
        assert float(value(metric, np.zeros(widths[kind]))) == 0


def test_the_page_can_resample_without_the_libraries_that_make_statistics() -> None:
    code = (
        "import sys, numpy\n"
        "from instruct_ui.evaluation import statistics, text_metrics\n"
        "rows = numpy.ones((4, 10))\n"
        "statistics.interval('bleu', rows, 0)\n"
        "statistics.difference('bleu', rows, rows, 0)\n"
        "print(sorted({'sacrebleu', 'rouge_score', 'nltk', 'sklearn', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
