"""The sample sets load as they are described, and languages are told by script."""

from collections import Counter
from typing import get_args

import pytest

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


def test_the_other_label_of_a_sample_is_a_field() -> None:
    record = sample_named("finance_opinion_zh")
    assert load_dataset(record.data(), record.task, 0).test[0].fields.keys() == {"主题"}
    assert record.choices == ("情感", "主题")


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
