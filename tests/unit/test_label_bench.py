"""Labelling without a model: what is kept, which text comes next, and the file made of it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sklearn.metrics import cohen_kappa_score

from instruct_ui.engine.proposing import folds
from instruct_ui.errors import RequestError
from instruct_ui.evaluation.agreement import agreement
from instruct_ui.settings import settings
from instruct_ui.workbench import Workbench
from instruct_ui.workbench.label_proposals import is_due
from instruct_ui.workbench.label_views import Given

ME = "local"
TEXTS = [f"Question number {i} about {'money' if i % 2 else 'parcels'}" for i in range(30)]


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    """No model is here, so nothing is proposed."""
    opened = Workbench.open(settings().model_copy(update={"models": settings().home / "none"}))
    yield opened
    opened.close()


def begun(workbench: Workbench, *names: str, text: str = "\n".join(TEXTS)) -> str:
    pid = workbench.create_from_text(ME, "mine", text)
    for name in names:
        workbench.add_name(ME, pid, name)
    return pid


def right(text: str) -> str:
    return "money" if "money" in text else "parcels"


def label(workbench: Workbench, pid: str, count: int, number: int = 1) -> list[str]:
    """Labels the next texts rightly and gives them in order."""
    seen = []
    for _ in range(count):
        text = workbench.next_texts(ME, pid, 1, number)[0]
        given = Given(right(text.text))
        workbench.give(ME, pid, text.key, given, pass_number=number, seconds=2.0)
        seen.append(text.text)
    return seen


def test_answers_are_kept_at_once_and_found_again_after_a_restart(workbench: Workbench) -> None:
    pid = begun(workbench, "money", "parcels")
    label(workbench, pid, 3)
    skipped = workbench.next_texts(ME, pid, 1)[0]
    workbench.give(ME, pid, skipped.key, None, note="cannot tell")
    again = Workbench.open(workbench.settings)
    view = again.labelling(ME, pid)
    assert (view.done, view.skipped, view.left) == (3, 1, len(TEXTS) - 4)
    assert sum(view.counts.values()) == 3
    assert view.seconds == 2.0
    assert again.label_text(ME, pid, skipped.key).note == "cannot tell"
    again.close()
    with pytest.raises(RequestError):
        workbench.labelling("another", pid)


def test_rows_without_a_label_in_the_file_come_first_and_join_the_others(
    workbench: Workbench,
) -> None:
    lines = [f"{t},{right(t) if i < 18 else ''}" for i, t in enumerate(TEXTS)]
    pid = begun(workbench, text="\n".join(["text,label", *lines]))
    assert workbench.labelling(ME, pid).left == len(TEXTS)
    ahead = [text.text for text in workbench.next_texts(ME, pid, len(TEXTS))]
    assert set(ahead[:12]) == set(TEXTS[18:])
    label(workbench, pid, 10)
    workbench.use_labels(ME, pid)
    overview = workbench.data(ME, pid).overview
    assert overview is not None and overview.rows == 28 and overview.unlabelled == 0


def test_the_order_is_seeded_and_no_text_comes_twice(workbench: Workbench) -> None:
    pid = begun(workbench, "money", "parcels", text="\n".join(TEXTS + TEXTS[:5]))
    ahead = [text.text for text in workbench.next_texts(ME, pid, 100)]
    assert sorted(ahead) == sorted(TEXTS) and ahead != TEXTS
    assert label(workbench, pid, 4) == ahead[:4]
    ready = workbench.next_texts(ME, pid, 3)
    more = workbench.next_texts(ME, pid, 2, without=[text.key for text in ready])
    assert [text.text for text in (*ready, *more)] == ahead[4:9]


def test_undo_takes_back_the_last_answer_and_then_the_one_before(workbench: Workbench) -> None:
    pid = begun(workbench, "money", "parcels")
    first, second = label(workbench, pid, 2)
    undone = workbench.undo(ME, pid)
    assert undone is not None and undone.text == second
    assert undone.before == Given(right(second))
    undone = workbench.undo(ME, pid)
    assert undone is not None and undone.text == first
    assert workbench.undo(ME, pid) is None
    assert workbench.labelling(ME, pid).done == 0


def test_skipped_texts_come_back_when_asked_for(workbench: Workbench) -> None:
    pid = begun(workbench, "money", "parcels")
    text = workbench.next_texts(ME, pid, 1)[0]
    workbench.give(ME, pid, text.key, None)
    assert workbench.next_texts(ME, pid, 1)[0].key != text.key
    workbench.take_skipped(ME, pid)
    assert workbench.next_texts(ME, pid, 1)[0].key == text.key


def test_a_renamed_label_goes_with_its_rows_and_a_removed_one_frees_them(
    workbench: Workbench,
) -> None:
    pid = begun(workbench, "money", "parcels")
    label(workbench, pid, 6)
    before = workbench.labelling(ME, pid).counts
    workbench.rename_label(ME, pid, "money", "payments")
    assert workbench.labelling(ME, pid).counts == {
        "payments": before["money"],
        "parcels": before["parcels"],
    }
    workbench.remove_label(ME, pid, "parcels")
    view = workbench.labelling(ME, pid)
    assert (view.names, view.done) == (("payments",), before["money"])
    for name, key in (("Payments", "label_name_twice"), ("  ", "label_name_empty")):
        with pytest.raises(RequestError) as caught:
            workbench.add_name(ME, pid, name)
        assert caught.value.key == key
    text = workbench.next_texts(ME, pid, 1)[0]
    with pytest.raises(RequestError):
        workbench.give(ME, pid, text.key, Given("parcels"))
    with pytest.raises(RequestError):
        workbench.give(ME, pid, "../etc", Given("payments"))


def test_ten_labelled_rows_become_a_version_that_can_be_run(workbench: Workbench) -> None:
    pid = begun(workbench, "money", "parcels")
    label(workbench, pid, 9)
    assert workbench.labelling(ME, pid).fault == "labels_few"
    with pytest.raises(RequestError):
        workbench.use_labels(ME, pid)
    text = workbench.next_texts(ME, pid, 1)[0]
    workbench.give(ME, pid, text.key, Given(right(text.text)), note="${x} <b>")
    workbench.use_labels(ME, pid)
    data = workbench.data(ME, pid)
    assert data.error is None and data.overview is not None
    assert data.overview.rows == 10
    assert dict(data.overview.labels) == dict(workbench.labelling(ME, pid).counts)
    assert workbench.data_versions(ME, pid)[0].note["key"] == "labelled"
    rows = [json.loads(line) for line in data.paths["file"].read_text("utf-8").splitlines()]
    assert {row["text"]: row["note"] for row in rows if row["note"]} == {text.text: "${x} <b>"}
    # The rows without a label are still there to go on with.
    assert workbench.labelling(ME, pid).left == 20
    label(workbench, pid, 2)
    workbench.use_labels(ME, pid)
    assert workbench.project(ME, pid).rows == 12


def test_labels_of_a_file_are_corrected_and_its_other_rows_stay(
    workbench: Workbench, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    lines = [f"{text},{right(text)},shop" for text in TEXTS]
    path.write_text("\n".join(["text,label,where", *lines]), encoding="utf-8")
    pid = workbench.create_project(ME, "mine", [("a.csv", path)])
    assert workbench.labelling(ME, pid).names == ("money", "parcels")
    for text in workbench.next_texts(ME, pid, 12):
        assert text.file_says == Given(right(text.text))
        other = {"money": "parcels", "parcels": "money"}[right(text.text)]
        workbench.give(ME, pid, text.key, Given(other))
    beside = workbench.labelling(ME, pid).with_file
    assert beside is not None and (beside.rows, beside.differ) == (12, 12)
    workbench.use_labels(ME, pid)
    assert workbench.project(ME, pid).rows == len(TEXTS)
    rows, _ = workbench.rows(ME, pid, None, 0, 100)
    assert sum(row.label != right(row.text) for _, row in rows) == 12
    assert {row.fields["where"] for _, row in rows} == {"shop"}


def test_a_second_pass_has_another_order_and_gives_the_agreement(workbench: Workbench) -> None:
    pid = begun(workbench, "money", "parcels")
    first = label(workbench, pid, 12)
    again = workbench.next_texts(ME, pid, 100, 2)
    assert sorted(text.text for text in again) == sorted(first)
    assert [text.text for text in again] != first
    assert all(text.before is None for text in again)
    wrong = again[0]
    other = {"money": "parcels", "parcels": "money"}[right(wrong.text)]
    workbench.give(ME, pid, wrong.key, Given(other), pass_number=2)
    label(workbench, pid, 11, 2)
    view = workbench.labelling(ME, pid, 2)
    assert (view.texts, view.done, view.left) == (12, 12, 0)
    assert view.passes is not None
    assert view.passes.agreement.share == pytest.approx(11 / 12)
    assert [d.text for d in view.passes.differing] == [wrong.text]
    assert (view.passes.differing[0].first, view.passes.differing[0].second) == (
        right(wrong.text),
        other,
    )


def test_entities_are_marked_by_words_and_become_sentences(workbench: Workbench) -> None:
    sentences = [f"Anna{i} Meier went to Paris (again)." for i in range(12)]
    pid = begun(workbench, text="\n".join(sentences))
    workbench.label_as(ME, pid, kind="tags")
    for name in ("PER", "a place"):
        workbench.add_name(ME, pid, name)
    assert workbench.labelling(ME, pid).names == ("PER", "a_place")
    text = workbench.next_texts(ME, pid, 1)[0]
    assert [word for _, word in text.words][-4:] == ["(", "again", ")", "."]
    assert "".join(gap + word for gap, word in text.words) == text.text
    for spans in (((0, 2, "PER"), (1, 3, "a_place")), ((0, 99, "PER"),), ((2, 2, "PER"),)):
        with pytest.raises(RequestError):
            workbench.give(ME, pid, text.key, Given(spans=spans))
    for text in workbench.next_texts(ME, pid, 10):
        workbench.give(ME, pid, text.key, Given(spans=((0, 2, "PER"), (4, 5, "a_place"))))
    workbench.use_labels(ME, pid)
    data = workbench.data(ME, pid)
    assert data.error is None and data.task == "token_classification"
    assert data.overview is not None and dict(data.overview.labels) == {"PER": 10, "a_place": 10}
    assert workbench.labelling(ME, pid).left == 2


def test_files_that_are_train_and_test_stay_so(workbench: Workbench, tmp_path: Path) -> None:
    files = []
    for name, texts in (("train.csv", TEXTS[:20]), ("test.csv", TEXTS[20:])):
        path = tmp_path / name
        path.write_text("\n".join(["text,id", *(f"{t},{i}" for i, t in enumerate(texts))]))
        files.append((name, path))
    pid = workbench.create_project(ME, "mine", files)
    for name in ("money", "parcels"):
        workbench.add_name(ME, pid, name)
    label(workbench, pid, 24)
    workbench.use_labels(ME, pid)
    data = workbench.data(ME, pid)
    assert set(data.files) == {"train", "test"} and data.error is None
    rows, _ = workbench.rows(ME, pid, "test", 0, 100)
    assert {row.text for _, row in rows} <= set(TEXTS[20:])


def test_it_is_asked_again_at_ten_and_every_ten_labels() -> None:
    def due(count: int, learnt: int | None) -> bool:
        return is_due([{"label": "ab"[i % 2]} for i in range(count)], learnt)

    assert [due(n, None) for n in (3, 4)] == [False, True]
    assert [due(n, 4) for n in (9, 10)] == [False, True]
    assert [due(n, 10) for n in (19, 20)] == [False, True]


def test_kappa_is_that_of_scikit_learn() -> None:
    chance = random.Random(0)
    for _ in range(50):
        first = [chance.choice("abc") for _ in range(chance.randint(2, 40))]
        second = [chance.choice((a, "a", "b")) for a in first]
        found = agreement(first, second)
        if found.kappa is not None:
            assert found.kappa == pytest.approx(cohen_kappa_score(first, second))
    assert agreement(["a", "a"], ["a", "a"]).kappa is None


def test_folds_share_out_every_label() -> None:
    labels = ["a"] * 10 + ["b"] * 5 + ["c"]
    parts = folds(labels, 0)
    assert sorted(i for part in parts for i in part) == list(range(16))
    assert parts == folds(labels, 0) != folds(labels, 1)
    for part in parts:
        assert sum(labels[i] == "a" for i in part) == 2
        assert sum(labels[i] == "b" for i in part) == 1
