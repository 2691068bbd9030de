"""Made rows without a model: what a prompt shows, what becomes a row, and the version of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from html import escape

import pytest

from instruct_ui.data.dataset import Dataset, Example
from instruct_ui.data.load import load_dataset
from instruct_ui.data.made import COLUMN, Fault
from instruct_ui.data.samples import SAMPLES, Sample, sample_named
from instruct_ui.errors import RequestError
from instruct_ui.settings import settings
from instruct_ui.spec import SPLITS
from instruct_ui.storage.records import JobState
from instruct_ui.texts import LANGUAGES, Language, catalogue, say
from instruct_ui.ui.making_review import view_review
from instruct_ui.workbench import Workbench
from instruct_ui.workbench.made_file import data_with
from instruct_ui.workbench.making import MAKE
from instruct_ui.workbench.making_asking import rarest
from instruct_ui.workbench.making_forms import TASKS, RowReader, form_of, given_of
from instruct_ui.workbench.making_prompts import Planner
from instruct_ui.workbench.making_views import Taken
from instruct_ui.workbench.project_data import ProjectData

ME = "local"
MADE = [
    sample
    for sample in SAMPLES.values()
    if sample.task in TASKS and "label_2" not in dict(sample.columns)
]
NEW = (
    "My second parcel is still stuck at the depot in Leeds.",
    "Please stop the order for the green garden chair.",
    "Who pays when the courier drops my lamp?",
)


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    """No model is here."""
    opened = Workbench.open(settings().model_copy(update={"models": settings().home / "none"}))
    yield opened
    opened.close()


def job_of(
    workbench: Workbench,
    pid: str,
    *texts: str,
    label: str = "delivery",
    ended: JobState = JobState.DONE,
    whole: bool = True,
) -> str:
    """A job as the worker would have left it, in a lane that no worker serves."""
    payload = {
        "model": "smollm2",
        "title": "SmolLM2",
        "instruction": "Write one more.",
        "task": "text_classification",
        "asked": [{"given": label, "gold": [label]} for _ in range(len(texts) + 1)],
        "prompts": [[["input", 1, f"Label: {label}\n", 2]] for _ in range(len(texts) + 1)],
    }
    store = workbench._store
    job = store.add_job(ME, pid, "nobody", MAKE, payload)
    store.claim_next("nobody", 60)
    made = {"texts": [[text, whole] for text in texts]}
    store.record_progress(job, "writing", {"made": made}, ())
    store.set_state(job, ended, result=made if ended is JobState.DONE else None)
    return job


def take(*texts: str, given: str = "delivery") -> list[Taken]:
    return [Taken(n, text, given) for n, text in enumerate(texts)]


def texts_of(dataset: Dataset) -> dict[str, str]:
    """A hash over each split's texts and gold, in order."""
    return {
        name: hashlib.sha256(repr([_read(row) for row in dataset.split(name)]).encode()).hexdigest()
        for name in SPLITS
    }


def _read(row: Example) -> tuple[object, ...]:
    fields = {name: value for name, value in row.fields.items() if name != COLUMN}
    return row.text, row.label, row.tokens, row.tags, row.gold, fields


def dataset_of(sample: Sample) -> Dataset:
    return load_dataset(sample.data(), sample.task, 0)


@pytest.mark.parametrize("sample", MADE, ids=lambda sample: sample.key)
def test_prompts_show_training_rows_alone_and_others_each_time(sample: Sample) -> None:
    dataset = dataset_of(sample)
    asked = Planner(dataset, 3).asked(8)
    shown = {shot.gold[0] for one in asked for shot in one.shots}
    assert shown <= {" ".join(row.text.split()) for row in dataset.train}
    assert shown.isdisjoint(row.text for row in (*dataset.validation, *dataset.test))
    assert len({tuple(shot.row for shot in one.shots) for one in asked}) > 4
    assert all(len(one.shots) >= 3 and one.given for one in asked)
    assert Planner(dataset, 3).asked(8) == asked
    assert Planner(dataset, 4).asked(8) != asked


def test_a_training_row_that_stands_in_the_test_is_shown_in_no_prompt(
    workbench: Workbench,
) -> None:
    pid = workbench.open_sample(ME, "support_intents")
    dataset = workbench.dataset(ME, pid)
    leaked = Example(0, dataset.test[0].text.upper(), label=dataset.test[0].label)
    source = ProjectData.from_plain(workbench._version(ME, pid).data)
    home = workbench.settings.home
    # Not marked as made: a row like any other, but for where it stands as well.
    data = data_with(home, pid, dataset, source, [leaked], "")
    known = load_dataset(data.spec, data.task, 0)
    assert known.train[-1].text == leaked.text
    texts = {row.text for row in Planner(known, 0)._rows}
    assert leaked.text not in texts and len(texts) == len(dataset.train)


def test_labels_are_taken_in_turn_and_one_without_rows_is_refused() -> None:
    planner = Planner(dataset_of(sample_named("support_intents")), 0)
    golds = [one.gold for one in planner.asked(4, ["refund", "cancel"])]
    assert golds == [("refund",), ("cancel",), ("refund",), ("cancel",)]
    for one in planner.asked(2, ["refund"]):
        assert one.given == "refund" and {shot.text for shot in one.shots} == {"refund"}
    with pytest.raises(RequestError) as refused:
        planner.asked(2, ["refund", "no such label"])
    assert refused.value.key == "making_no_label"


def test_the_rarest_labels_are_few() -> None:
    counts = {f"label {n}": 10 + n for n in range(12)}
    assert rarest(counts) == ("label 0", "label 1", "label 2")
    assert rarest({"b": 1, "a": 1}) == ("a",)


@pytest.mark.parametrize("sample", MADE, ids=lambda sample: sample.key)
def test_what_a_row_is_asked_for_by_gives_the_row_back(sample: Sample) -> None:
    dataset = dataset_of(sample)
    for row in dataset.train[:30]:
        given = given_of(dataset.task, dataset.language, row)
        found = RowReader(dataset).row(row.text, given, given, row.gold)
        assert isinstance(found, Example)
        assert (found.label, found.gold) == (row.label, row.gold if not row.tags else ())
        if row.tags:
            assert found.tags == row.tags


def test_entities_that_do_not_stand_in_the_text_are_a_fault() -> None:
    dataset = dataset_of(sample_named("news_names_en"))
    good = RowReader(dataset).row("Ada Quill left Oslo.", "Ada Quill (PER), Oslo (LOC)", "", ())
    assert isinstance(good, Example)
    assert good.text == "Ada Quill left Oslo ." and good.tags[:4] == (
        "B-PER",
        "I-PER",
        "O",
        "B-LOC",
    )
    for given in ("Ada Quill (PER), Rome (LOC)", "Ada Quill (FISH)", "Ada Quill"):
        found = RowReader(dataset).row("Ada Quill left Oslo.", given, "", ())
        assert not isinstance(found, Example) and found.key == "entities"


def test_several_labels_can_be_changed_and_unknown_ones_are_a_fault() -> None:
    dataset = dataset_of(sample_named("review_aspects_zh"))
    changed = RowReader(dataset).row("房间很干净，就是贵", "卫生、价格", "卫生", ("卫生",))
    assert isinstance(changed, Example) and changed.gold == ("卫生", "价格")
    unknown = RowReader(dataset).row("房间很干净，就是贵", "卫生, 天气", "卫生", ("卫生",))
    assert not isinstance(unknown, Example) and unknown.key == "label"


@pytest.mark.parametrize("sample", MADE, ids=lambda sample: sample.key)
def test_the_version_keeps_every_row_in_its_split(workbench: Workbench, sample: Sample) -> None:
    pid = workbench.open_sample(ME, sample.key)
    before = workbench.dataset(ME, pid)
    source = ProjectData.from_plain(workbench._version(ME, pid).data)
    new = before.train[0]
    data = data_with(workbench.settings.home, pid, before, source, [new], "SmolLM2")
    after = load_dataset(data.spec, data.task, 0)
    assert after.train[-1].fields[COLUMN] == "SmolLM2"
    assert _read(after.train[-1]) == _read(new)
    assert after.labels == before.labels and after.language == before.language
    kept = {name: list(after.split(name)) for name in SPLITS}
    kept["train"].pop()
    for name in SPLITS:
        assert list(map(_read, kept[name])) == list(map(_read, before.split(name)))


def test_rows_are_added_to_train_alone_and_marked(workbench: Workbench) -> None:
    pid = workbench.open_sample(ME, "support_intents")
    before = workbench.dataset(ME, pid)
    job = job_of(workbench, pid, *NEW)
    view = workbench.making(ME, pid)
    assert [offer.text for offer in view.open] == list(NEW) and view.job is not None
    added = workbench.add_made(ME, pid, job, take(*NEW[:2]))
    assert added.rows == 2 and not added.refused
    after = workbench.dataset(ME, pid)
    old, new = texts_of(before), texts_of(after)
    assert (new["test"], new["validation"]) == (old["test"], old["validation"])
    assert [row.text for row in after.train[-2:]] == list(NEW[:2])
    assert list(map(_read, after.train[:-2])) == list(map(_read, before.train))
    marked = [row.fields.get(COLUMN, "") for row in after.everything()]
    assert [mark for mark in marked if mark] == ["SmolLM2", "SmolLM2"]
    newest, first = workbench.data_versions(ME, pid)
    assert (newest.note["key"], newest.note["model"]) == ("made", "SmolLM2")
    # The two are not offered once more; what is added next stands beside them.
    view = workbench.making(ME, pid)
    assert [offer.text for offer in view.open] == [NEW[2]] and view.made_rows == 2
    workbench.add_made(ME, pid, job, [Taken(2, NEW[2], "complaint")])
    assert [row.text for row in workbench.dataset(ME, pid).train[-3:]] == list(NEW)
    assert workbench.dataset(ME, pid).train[-1].label == "complaint"
    workbench.use_version(ME, pid, first.number)
    assert workbench.making(ME, pid).made_rows == 0


def test_a_row_that_was_changed_is_checked_again(workbench: Workbench) -> None:
    pid = workbench.open_sample(ME, "support_intents")
    test = workbench.dataset(ME, pid).test[0].text
    job = job_of(workbench, pid, *NEW)
    taken = [
        Taken(0, test.lower(), "delivery"),
        Taken(1, NEW[1], "no such label"),
        Taken(2, "A purple teapot left Gdansk on Tuesday.", "complaint"),
    ]
    added = workbench.add_made(ME, pid, job, taken)
    assert added.rows == 1
    assert [(one.number, fault.key) for one, fault in added.refused] == [(0, "copy"), (1, "label")]
    assert added.refused[0][1].params["part"] == "test"
    # The changed one is not offered once more, unless the version with it is left.
    assert [offer.number for offer in workbench.making(ME, pid).open] == [0, 1]
    nothing = workbench.add_made(ME, pid, job, [Taken(0, test, "delivery")])
    assert nothing.rows == 0 and len(workbench.data_versions(ME, pid)) == 2
    workbench.use_version(ME, pid, 1)
    assert [offer.number for offer in workbench.making(ME, pid).open] == [0, 1, 2]


def test_made_rows_are_taken_out_and_put_back(workbench: Workbench) -> None:
    pid = workbench.open_sample(ME, "support_intents")
    size = len(workbench.dataset(ME, pid).train)
    workbench.add_made(ME, pid, job_of(workbench, pid, *NEW), take(*NEW))
    workbench.drop_made(ME, pid)
    assert len(workbench.dataset(ME, pid).train) == size
    workbench.take_back(ME, pid, 0)
    assert len(workbench.dataset(ME, pid).train) == size + 3
    workbench.drop_made(ME, pid)
    with pytest.raises(RequestError) as refused:
        workbench.drop_made(ME, pid)
    assert refused.value.key == "making_none_there"


def test_what_was_written_before_a_stop_can_be_taken(workbench: Workbench) -> None:
    pid = workbench.open_sample(ME, "support_intents")
    job_of(workbench, pid, *NEW[:2], ended=JobState.CANCELLED)
    assert [offer.text for offer in workbench.making(ME, pid).open] == list(NEW[:2])
    job_of(workbench, pid, NEW[2], whole=False)
    (offer,) = workbench.making(ME, pid).offers
    assert offer.fault is not None and offer.fault.key == "cut"
    job_of(workbench, pid, ended=JobState.CANCELLED)  # which wrote nothing
    assert workbench.making(ME, pid).offers == (offer,)


def test_made_rows_show_up_in_no_prompt(workbench: Workbench) -> None:
    pid = workbench.open_sample(ME, "support_intents")
    workbench.add_made(ME, pid, job_of(workbench, pid, *NEW), take(*NEW))
    rows = Planner(workbench.dataset(ME, pid), 0)._rows
    assert {row.text for row in rows}.isdisjoint(NEW)


@pytest.mark.parametrize("key", ["questions_en", "relations"])
def test_tasks_that_cannot_be_made_say_so(workbench: Workbench, key: str) -> None:
    pid = workbench.open_sample(ME, key)
    assert workbench.making(ME, pid).obstacle == "task"
    with pytest.raises(RequestError) as refused:
        workbench.make_rows(ME, pid, model="smollm2")
    assert refused.value.key == "making_task"


def test_what_cannot_be_asked_for_is_refused_before_a_job_begins(workbench: Workbench) -> None:
    pid = workbench.open_sample(ME, "support_intents")
    for wrong in ({"count": 0}, {"count": 1000}, {"model": "minilm"}):
        with pytest.raises(RequestError):
            workbench.make_rows(ME, pid, **{"model": "smollm2", **wrong})  # type: ignore[arg-type]
    other = workbench.open_sample(ME, "finance_columns_zh")
    assert workbench.making(ME, other).obstacle == "columns"


def test_another_projects_rows_and_unknown_ones_are_refused(workbench: Workbench) -> None:
    pid = workbench.open_sample(ME, "support_intents")
    other = workbench.open_sample(ME, "support_intents", "second")
    job = job_of(workbench, pid, *NEW)
    for where, taken in ((other, take(*NEW)), (pid, [Taken(7, NEW[0], "delivery")])):
        with pytest.raises(RequestError) as refused:
            workbench.add_made(ME, where, job, taken)
        assert refused.value.key == "making_gone"
    with pytest.raises(RequestError):
        workbench.add_made("another", pid, job, take(*NEW))


def test_what_a_model_wrote_is_shown_as_text_with_the_reason_it_failed(
    workbench: Workbench,
) -> None:
    pid = workbench.open_sample(ME, "support_intents")
    hostile = "My parcel <img src=x onerror=alert(1)> ${1+1} `x` {{ x }} is lost"
    first = workbench.dataset(ME, pid).test[0]
    test, row = first.text, first.row + 1
    job_of(workbench, pid, hostile, test, "</textarea><b>", label="delivery")
    view = workbench.making(ME, pid)
    for language in LANGUAGES:
        html = view_review(view, language)
        assert "<img" not in html and "<b>" not in html
        assert "&lt;img src=x onerror=alert(1)&gt; ${1+1} `x` {{ x }} is lost</textarea>" in html
        assert html.count("</textarea>") == html.count('type="checkbox"') == 2
        part = say("datatab.split_test", language)
        assert escape(say("making.fault_copy", language, part=part, row=row, text=test)) in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_its_words(language: Language) -> None:
    keys = [key for key in catalogue() if key.startswith("making.")]
    named = {key.removeprefix("making.fault_") for key in keys if "fault_" in key}
    grouped = {key.removeprefix("making.group_") for key in keys if "group_" in key}
    assert {"blank", "copy", "near", "entities", "cut"} <= named and named == grouped | {"added"}
    params = {
        "part": "test",
        "row": 4,
        "text": "t",
        "similarity": 93,
        "count": 1,
        "least": 2,
        "most": 3,
    }
    for key in named:
        assert Fault(key, {**params, "given": "g", "words": "w"}).message(language)


@pytest.mark.parametrize("language", ["en", "zh", "other"])
@pytest.mark.parametrize("task", TASKS)
def test_every_form_reads_the_given_and_is_answered_by_the_text(task: str, language: str) -> None:
    form = form_of(task, language)
    kinds = [block.kind for block in form.blocks]
    assert kinds == ["instruction", "examples", "input", "answer"]
    assert "{{ input }}" in form.blocks[2].text
    assert form.blocks[1].text.startswith(form.blocks[2].text)
    assert form.blocks[1].text.splitlines()[1].startswith(form.blocks[3].text)
