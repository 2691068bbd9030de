"""The Template step without a page: which label column is asked for, and the labels of each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from instruct_ui.settings import settings
from instruct_ui.workbench import Workbench

ME = "local"


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    opened = Workbench.open(settings())
    yield opened
    opened.close()


def test_a_preview_asks_for_one_label_column_at_a_time(workbench: Workbench) -> None:
    pid = workbench.open_sample(ME, "finance_columns_zh")
    labels = workbench.label_columns(ME, pid)
    assert list(labels) == ["情感", "主题"]
    assert not set(labels["情感"]) & set(labels["主题"])
    for column, name in enumerate(labels):
        shown = workbench.preview(ME, pid, None, 0, "none", column=column)
        assert shown.error is None and shown.gold in labels[name]
        read = "".join(segment.text for segment in shown.segments)
        assert all(label in read for label in labels[name])
    plain = workbench.template(ME, pid).model_dump(mode="json")
    plain["label_words"] = {labels["主题"][0]: "x", "nowhere": "y"}
    warned = dict(workbench.preview(ME, pid, plain, 0, "none").warnings)
    assert warned["preview.warn_unknown_word"] == {"label": "nowhere"}


def test_one_label_column_has_its_name_and_its_labels(workbench: Workbench) -> None:
    pid = workbench.open_sample(ME, "support_intents")
    [(name, labels)] = workbench.label_columns(ME, pid).items()
    assert name and labels == workbench.dataset(ME, pid).labels
