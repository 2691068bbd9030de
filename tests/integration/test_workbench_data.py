"""The Data step without a page: versions, repairs taken back, large files read beside the app."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from instruct_ui.errors import DataError, RequestError
from instruct_ui.settings import settings
from instruct_ui.spec import SplitShares, ZeroShot
from instruct_ui.storage.records import JobState
from instruct_ui.workbench import Workbench, data

ME = "local"
TRAIN = "text,label\n" + "".join(
    f"{text} {i},{label}\n"
    for i in range(20)
    for text, label in (("where is parcel", "delivery"), ("money back please", "refund"))
)
TEST = "text,label\nwhere is parcel 3,delivery\nWhere is parcel 4!,delivery\nmy money,refund\n"


@pytest.fixture
def workbench(own_home: Path) -> Iterator[Workbench]:
    opened = Workbench.open(settings())
    yield opened
    opened.close()


def brought(folder: Path, **files: str) -> list[tuple[str, Path]]:
    paths = []
    for name, text in files.items():
        path = folder / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        paths.append((path.name, path))
    return paths


def keys(workbench: Workbench, project: str) -> set[str]:
    return {finding.key for finding in workbench.data(ME, project).findings}


def test_a_repair_makes_a_version_and_can_be_taken_back(
    workbench: Workbench, tmp_path: Path
) -> None:
    project = workbench.create_project(ME, "Mine", brought(tmp_path, train=TRAIN, test=TEST))
    before = workbench.data(ME, project)
    assert {"leaks_exact", "leaks_normalised"} <= keys(workbench, project)
    original = before.paths["train"].read_bytes()
    workbench.repair(ME, project, "leaks_exact")
    workbench.repair(ME, project, "leaks_normalised")
    mended = workbench.data(ME, project)
    assert not {"leaks_exact", "leaks_normalised"} & keys(workbench, project)
    assert (mended.splits["train"], mended.splits["test"]) == (38, 3)
    assert mended.overview is not None and mended.overview.skipped[0].file == "train.csv"
    workbench.take_back(ME, project, 0)
    assert workbench.data(ME, project).splits["train"] == 38, "the looser repair covers it"
    workbench.take_back(ME, project, 0)
    assert workbench.data(ME, project).splits == before.splits
    assert before.paths["train"].read_bytes() == original, "the file itself never changes"
    assert [v.number for v in workbench.data_versions(ME, project)] == [5, 4, 3, 2, 1]
    workbench.use_version(ME, project, 3)
    assert workbench.data(ME, project).splits["train"] == 38
    with pytest.raises(RequestError):
        workbench.repair(ME, project, "leaks_exact")
    with pytest.raises(RequestError):
        workbench.take_back(ME, project, 7)


def test_runs_stay_readable_when_the_data_goes_on(
    workbench: Workbench, models_dir: Path, tmp_path: Path
) -> None:
    project = workbench.create_project(ME, "Mine", brought(tmp_path, train=TRAIN, test=TEST))
    job = workbench.start(ME, project, model="minilm", approach=ZeroShot())
    assert workbench.wait(ME, job, 120).state is JobState.DONE
    run = workbench.runs(ME, project)[0]
    assert run.report.facts["leaked_rows"] == 2 and run.report.leaked_rows == 0, "nothing learnt"
    workbench.repair(ME, project, "leaks_normalised")
    workbench.set_roles(ME, project, "text_classification", {"text": "text", "label": "label"})
    texts = [row.text for row in workbench.predictions(ME, run.id).rows]
    assert texts == ["where is parcel 3", "Where is parcel 4!", "my money"]


def test_files_are_given_other_parts_and_another_split(
    workbench: Workbench, tmp_path: Path
) -> None:
    project = workbench.create_project(ME, "Mine", brought(tmp_path, one=TRAIN, two=TEST))
    view = workbench.data(ME, project)
    assert view.files == {"train": "one.csv", "test": "two.csv"}, "the larger one is train"
    kept = {name: path for path, name in view.kept.items()}
    workbench.set_places(ME, project, {"test": kept["one.csv"], "train": kept["two.csv"]})
    assert workbench.data(ME, project).splits == {"train": 3, "validation": 0, "test": 40}
    with pytest.raises(RequestError):
        workbench.set_places(ME, project, {"test": kept["one.csv"], "train": kept["one.csv"]})
    single = workbench.create_project(ME, "Single", brought(tmp_path, all=TRAIN))
    with pytest.raises(DataError, match="nowhere"):
        shares = SplitShares(by="group", column="nowhere")
        workbench.set_split(ME, single, shares, 0)
    assert workbench.data(ME, single).error is None, "the split before stays"
    workbench.set_split(ME, single, SplitShares(folds=4, fold=1), 5)
    assert workbench.data(ME, single).splits["test"] == 10


def test_a_packed_file_is_read_beside_the_app_and_its_rows_are_turned_page_by_page(
    workbench: Workbench, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    brought(folder, train=TRAIN, test=TEST)
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", folder))
    project = workbench.create_project(ME, "Packed", [("packed.zip", packed)])
    job = workbench.reading(ME, project)
    assert job is None or workbench.wait(ME, job.id, 60).state is JobState.DONE
    view = workbench.data(ME, project)
    assert view.error is None and view.splits == {"train": 40, "validation": 0, "test": 3}
    assert view.task == "text_classification" == workbench.project(ME, project).task
    rows, total = workbench.rows(ME, project, None, 38, 4)
    assert total == 43 and [(name, e.row) for name, e in rows] == [
        ("train", 38),
        ("train", 39),
        ("test", 0),
        ("test", 1),
    ]
    assert workbench.rows(ME, project, "test", 2, 4)[0][0][1].text == "my money"
    assert len(workbench.dataset(ME, project).train) == 40


def test_a_packed_file_that_is_none_is_refused_and_nothing_is_left(
    workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "_PATIENCE", 60.0)  # a worker may start slowly
    path = tmp_path / "bad.zip"
    path.write_bytes(b"PK\x03\x04" + bytes(200))
    with pytest.raises(DataError, match=r"bad\.zip"):
        workbench.create_project(ME, "Bad", [("bad.zip", path)])
    assert workbench.projects(ME) == []


def test_reading_is_stopped_and_taken_up_again(
    workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "_PATIENCE", 0.0)
    monkeypatch.setattr("instruct_ui.workbench.project_data._AT_ONCE", 0)
    path = tmp_path / "large.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("text,label\n")
        for i in range(150_000):
            file.write(f"the text of row {i} is of some length,label{i % 5}\n")
    project = workbench.create_project(ME, "Large", [("large.csv", path)])
    assert not workbench.data(ME, project).is_read
    with pytest.raises(RequestError, match="still being read"):
        workbench.dataset(ME, project)
    job = workbench.reading(ME, project)
    assert job is not None
    workbench.stop(ME, job.id)
    assert workbench.wait(ME, job.id, 10).state is JobState.CANCELLED
    stopped = workbench.reading(ME, project)
    assert stopped is not None and stopped.state is JobState.CANCELLED
    workbench.read_again(ME, project)
    again = workbench.reading(ME, project)
    assert again is not None and again.id != job.id
    assert workbench.wait(ME, again.id, 60).state is JobState.DONE
    assert workbench.data(ME, project).splits["train"] == 90_000


def test_slow_checks_are_a_job_whose_findings_can_be_mended(
    workbench: Workbench, tmp_path: Path
) -> None:
    texts = [
        "the parcel with the blue shoes has not come although it was promised for Monday",
        "please send me my money for the broken lamp back to the account that I paid from",
        "I would like to change the address of an order that I made late last night",
    ]
    train = "text,label\n" + "".join(f"{t} {i * 7919},a{i % 2}\n" for i, t in enumerate(texts * 3))
    test = f"text,label\n{texts[0]}s 1,a0\nsomething else entirely this time around,a1\n"
    project = workbench.create_project(ME, "Mine", brought(tmp_path, train=train, test=test))
    assert workbench.looking_deeper(ME, project) is None
    job = workbench.look_deeper(ME, project)
    assert workbench.wait(ME, job, 60).state is JobState.DONE
    assert "near_leaks" in keys(workbench, project)
    workbench.repair(ME, project, "near_leaks")
    assert workbench.data(ME, project).splits["train"] < 9
