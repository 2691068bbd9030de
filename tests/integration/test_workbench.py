"""What a person can do, without a page in front of it: real store, real workers, real models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from instruct_ui.errors import DataError, ModelError, RequestError
from instruct_ui.settings import settings
from instruct_ui.spec import FewShot, FineTune, ZeroShot
from instruct_ui.storage.records import JobState
from instruct_ui.workbench import Workbench

pytestmark = pytest.mark.models
ME = "local"


@pytest.fixture
def workbench(models_dir: Path) -> Iterator[Workbench]:
    opened = Workbench.open(settings())
    yield opened
    opened.close()


def write(folder: Path, name: str, text: str) -> tuple[str, Path]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return name, path


def ended(workbench: Workbench, job: str, owner: str = ME) -> JobState:
    snapshot = workbench.wait(owner, job, 120)
    assert snapshot.error is None, snapshot.error.message()
    return snapshot.state


def test_two_runs_are_compared_on_the_same_rows_and_a_text_is_answered(
    workbench: Workbench,
) -> None:
    project = workbench.open_sample(ME, "support_intents")
    zero = workbench.start(ME, project, model="minilm", approach=ZeroShot())
    few = workbench.start(ME, project, model="minilm", approach=FewShot(shots_per_label=8))
    assert ended(workbench, zero) is JobState.DONE
    assert ended(workbench, few) is JobState.DONE
    first, second = workbench.runs(ME, project)
    partial = workbench.job(ME, zero).progress["partial"]
    assert (partial["metric"], partial["rows"]) == ("accuracy", first.report.rows)
    assert partial["score"] == pytest.approx(first.report.metrics["accuracy"])
    found = workbench.compare(ME, first.id, second.id)
    assert found.rows == first.report.rows == second.report.rows
    assert found.score_b == pytest.approx(second.report.metrics["accuracy"])
    assert (
        len(found.fixed) + len(found.broken) + len(found.both_right) + len(found.both_wrong)
        == found.rows
    )
    job = workbench.try_text(ME, second.id, "where is my parcel, it should have come on Monday")
    assert ended(workbench, job) is JobState.DONE
    result = workbench.job(ME, job).result
    assert result is not None
    assert result["label"] in result["scores"]
    assert sum(result["scores"].values()) == pytest.approx(1, abs=1e-3)


def test_the_page_can_say_which_version_stands_in_the_editor(workbench: Workbench) -> None:
    project = workbench.open_sample(ME, "support_intents")
    plain = workbench.template(ME, project).model_dump(mode="json")
    assert workbench.version_now(ME, project) == (0, False)
    assert workbench.keep_version(ME, project) == 1
    assert workbench.version_now(ME, project) == (1, False)
    workbench.save_template(ME, project, plain | {"description": "mine"})
    assert workbench.version_now(ME, project) == (1, True)
    assert workbench.keep_version(ME, project) == 2
    first = workbench.versions(ME, project)[-1]
    workbench.restore_version(ME, project, first.id)
    assert workbench.version_now(ME, project) == (1, False)


def test_words_a_model_does_not_know_are_counted(workbench: Workbench) -> None:
    english = workbench.open_sample(ME, "support_intents")
    chinese = workbench.open_sample(ME, "finance_opinion_zh")
    assert workbench.unknown_words(ME, english, "minilm") < 0.01
    assert workbench.unknown_words(ME, chinese, "minilm") > 0.3
    assert workbench.unknown_words(ME, chinese, "e5-multilingual") < 0.05
    assert workbench.unknown_words(ME, chinese, "nowhere/model") == 0
    # The preview still counts with the model it counted with before.
    shown = workbench.preview(ME, chinese, None, 0, "e5-multilingual")
    assert shown.error is None and shown.tokens > 0


def test_another_owner_finds_nothing(workbench: Workbench) -> None:
    project = workbench.open_sample(ME, "support_intents")
    for ask in (
        workbench.project,
        workbench.data,
        workbench.template,
        workbench.runs,
        workbench.fields,
    ):
        with pytest.raises(RequestError):
            ask("somebody else", project)
    assert workbench.projects("somebody else") == []
    with pytest.raises(RequestError):
        workbench.start("somebody else", project, model="minilm", approach=ZeroShot())
    shown = workbench.preview("somebody else", project, None, 0, "minilm")
    assert shown.error is not None and shown.segments == ()


def test_bad_files_are_named_and_leave_no_project(workbench: Workbench, tmp_path: Path) -> None:
    bad = [
        write(tmp_path, "empty.csv", ""),
        write(tmp_path, "header.csv", "text,label\n"),
        write(tmp_path, "ragged.csv", "text,label\na,b\nc,d,e\n"),
    ]
    binary = tmp_path / "picture.csv"
    binary.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    for name, path in [*bad, (binary.name, binary)]:
        with pytest.raises(DataError) as caught:
            workbench.create_project(ME, name, [(name, path)])
        assert name in caught.value.message("en")
        assert name in caught.value.message("zh")
    assert workbench.projects(ME) == []


def test_data_that_cannot_be_judged_is_kept_and_the_reason_said(
    workbench: Workbench, tmp_path: Path
) -> None:
    one = write(tmp_path, "one.csv", "text,label\n" + "".join(f"t{i},same\n" for i in range(20)))
    many = write(
        tmp_path, "many.csv", "text,label\n" + "".join(f"t {i},l{i}\n" for i in range(5000))
    )
    for file in (one, many):
        project = workbench.create_project(ME, file[0], [file])
        shown = workbench.data(ME, project)
        assert shown.error is not None and file[0] in shown.error.message()
        with pytest.raises(DataError):
            workbench.start(ME, project, model="minilm", approach=ZeroShot())


def test_a_model_folder_with_pickled_weights_is_refused(
    workbench: Workbench, tmp_path: Path
) -> None:
    folder = tmp_path / "pickled"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "bert", "architectures": ["BertModel"]}')
    (folder / "tokenizer.json").write_text("{}")
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04")
    project = workbench.open_sample(ME, "support_intents")
    with pytest.raises(ModelError, match="safetensors"):
        workbench.start(ME, project, model=str(folder), approach=ZeroShot())


def test_a_stopped_fine_tune_ends_and_the_next_job_runs(workbench: Workbench) -> None:
    project = workbench.open_sample(ME, "news_names_en")
    tune = FineTune(epochs=100)
    first = workbench.start(ME, project, model="minilm", approach=tune)
    second = workbench.start(ME, project, model="minilm", approach=FineTune(epochs=1))
    assert workbench.job(ME, second).state is JobState.QUEUED
    workbench.stop(ME, first)
    assert workbench.wait(ME, first, 10).state in (JobState.CANCELLED, JobState.DONE)
    assert ended(workbench, second) is JobState.DONE


def test_runs_jobs_and_the_draft_are_there_after_a_restart(models_dir: Path) -> None:
    before = Workbench.open(settings())
    project = before.open_sample(ME, "support_intents")
    plain = before.template(ME, project).model_dump(mode="json")
    before.save_template(ME, project, plain | {"description": "mine"})
    job = before.start(ME, project, model="minilm", approach=ZeroShot())
    ended(before, job)
    tune = before.start(ME, project, model="minilm", approach=FineTune(epochs=100))
    before.close()
    after = Workbench.open(settings())
    try:
        assert [r.spec.approach.kind for r in after.runs(ME, project)] == ["zero_shot"]
        assert after.template(ME, project).description == "mine"
        assert after.job(ME, tune).state in (
            JobState.INTERRUPTED,
            JobState.QUEUED,
            JobState.RUNNING,
        )
        after.stop(ME, tune)
    finally:
        after.close()
