"""The sample sets load as they are described, and languages are told by script."""

import ast
import json
from collections import Counter
from typing import get_args

import pytest

from instruct_ui.data.dataset import Example
from instruct_ui.data.language import language_of
from instruct_ui.data.load import load_dataset
from instruct_ui.data.report import inspect
from instruct_ui.data.samples import SAMPLES, sample_named
from instruct_ui.data.table import SkipReason
from instruct_ui.errors import DataError
from instruct_ui.texts import catalogue, say


@pytest.mark.parametrize("key", list(SAMPLES))
def test_sample_loads_without_a_row_left_out(key: str) -> None:
    record = sample_named(key)
    dataset = load_dataset(record.data(), record.task, 0)
    rows = (*dataset.train, *dataset.validation, *dataset.test)
    assert len(rows) == record.rows >= 40 and not dataset.skipped
    assert dataset.language == record.language
    assert min(dataset.label_counts().values(), default=20) >= 20
    read = Counter((e.text, e.fields.get("question")) for e in rows)
    assert read.most_common(1)[0][1] == 1, "no text twice"
    report = inspect(record.data(), record.task, 0)
    assert not [f for f in report.findings if f.weight == "wrong"], "our own checks pass"
    assert say(record.title, "zh") and say(record.description, "en")


def rows_of(key: str) -> list[Example]:
    record = sample_named(key)
    return list(load_dataset(record.data(), record.task, 0).everything())


def test_reviews_have_no_aspect_up_to_four() -> None:
    counts = Counter(len(e.gold) for e in rows_of("review_aspects_zh"))
    assert set(counts) == {0, 1, 2, 3, 4} and min(counts.values()) >= 4


@pytest.mark.parametrize("key", ["question_pairs", "inference_zh"])
def test_pairs_are_balanced_and_share_no_text(key: str) -> None:
    rows = rows_of(key)
    assert len(set(Counter(e.label for e in rows).values())) == 1
    assert len({text for e in rows for text in (e.text, e.fields["text_2"])}) == 2 * len(rows)


def test_facts_name_what_stands_in_their_sentence() -> None:
    relations = set()
    for example in rows_of("company_facts"):
        assert 1 <= len(example.gold) == len(set(example.gold)) <= 3
        for fact in example.gold:
            subject, relation, found = fact.split(" | ")
            assert subject in example.text and found in example.text
            relations.add(relation)
    assert len(relations) == 6


@pytest.mark.parametrize(("key", "answers"), [("library_answers", 24), ("plant_answers_zh", 12)])
def test_every_answer_to_be_found_is_known_from_training_rows(key: str, answers: int) -> None:
    record = sample_named(key)
    dataset = load_dataset(record.data(), record.task, 0)
    assert len({e.gold for e in dataset.train}) == answers
    assert {e.gold for e in dataset.everything()} == {e.gold for e in dataset.train}


@pytest.mark.parametrize("key", ["instructions", "instructions_zh"])
def test_outputs_that_are_code_can_be_read_as_such(key: str) -> None:
    by_kind: dict[str, list[str]] = {}
    for example in rows_of(key):
        [kind] = (example.fields[name] for name in ("kind", "类型") if name in example.fields)
        by_kind.setdefault(kind.lower(), []).append(example.gold[0])
    assert len({len(outputs) for outputs in by_kind.values()}) == 1, "as many of each kind"
    for output in by_kind["json"]:
        json.loads(output)
    for output in by_kind.get("python", ()):
        ast.parse(output)


def test_the_same_posts_are_there_with_one_label_and_with_two() -> None:
    one, two = (
        load_dataset(sample_named(key).data(), "text_classification", 0)
        for key in ("finance_opinion_zh", "finance_columns_zh")
    )
    assert one.test[0].fields.keys() == {"主题"} and not two.test[0].fields
    assert (one.label_columns, two.label_columns) == (1, 2)


def test_unknown_sample() -> None:
    with pytest.raises(DataError, match="support_intents"):
        sample_named("nothing")


def test_every_reason_to_skip_has_words() -> None:
    for reason in get_args(SkipReason):
        assert set(catalogue()[f"datachecks.skipped_{reason}"]) == {"en", "zh"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The café is closed today, " + "so please come back tomorrow morning. " * 4, "en"),
        ("快递很快，good", "zh"),
        ("我用 WeChat 付款", "zh"),
        ("配達がとても早かったです", "other"),
        ("배송이 빨라요", "other"),
        ("Das schöne Mädchen fährt täglich", "other"),
        ("Очень быстро", "other"),
        ("123 !!", "other"),
    ],
)
def test_language_by_script(text: str, language: str) -> None:
    assert language_of([text]) == language


@pytest.mark.parametrize("key", ["common_sense", "common_sense_zh"])
def test_one_of_four_choices_is_right_and_may_stand_anywhere(key: str) -> None:
    places = Counter()
    for example in rows_of(key):
        choices = example.fields["choices"].splitlines()
        assert len(choices) == 4
        places[choices.index(example.gold[0])] += 1
    assert set(places) == {0, 1, 2, 3}
