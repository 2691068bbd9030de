"""`instruct-ui make-rows`: texts a model proposes for train, each held against the data."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from instruct_ui.cli.printing import shown, tell
from instruct_ui.errors import RequestError, StorageFault
from instruct_ui.settings import settings

if TYPE_CHECKING:
    from instruct_ui.data.dataset import Dataset


def make_rows(options: argparse.Namespace) -> None:
    """Writes every proposal, an object a line: its text, what it was given, the model, whether it
    passed and why not; with the columns of a row of this task where it did."""
    from instruct_ui.models import catalogue
    from instruct_ui.preview.client import Preview
    from instruct_ui.work.making import make_rows
    from instruct_ui.workbench.making_asking import payload_of
    from instruct_ui.workbench.making_offers import offers_of, written_rows

    def told(kind: str, values: Mapping[str, Any]) -> None:
        if kind == "progress":
            tell(f"{values['done']}/{values['total']}", to=sys.stderr)

    dataset = _dataset(options.data, options.task, options.seed)
    with closing(Preview()) as preview:
        payload = payload_of(
            dataset,
            preview,
            catalogue.card(options.model, settings().models_dir),
            count=options.count,
            labels=options.labels,
            seed=options.seed,
            instruction=options.instruction,
        )
    texts = make_rows(payload, told, lambda: False)["texts"]
    rows = written_rows(payload, texts, dataset)
    proposals = [
        _proposal(offer, row, payload["title"], dataset.task)
        for offer, row in zip(offers_of(payload, texts, rows), rows, strict=True)
    ]
    _write(options.out, proposals)
    good = sum(one["passed"] for one in proposals)
    tell(f"{good} of {len(proposals)} passed, seed {options.seed}: {shown(options.out)}")


def _proposal(offer: Any, row: Any, model: str, task: Any) -> dict[str, Any]:
    from instruct_ui.data.made import COLUMN
    from instruct_ui.workbench.made_file import plain

    reason = "" if offer.fault is None else offer.fault.message()
    judged = {COLUMN: model, "given": offer.given, "passed": not reason, "reason": reason}
    return {"text": offer.text, **({} if reason else plain(task, row)), **judged}


def _write(path: Path, proposals: Sequence[dict[str, Any]]) -> None:
    from instruct_ui.evaluation.files import write_whole
    from instruct_ui.workbench.row_lines import lines

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, "".join(lines([one], list(one)) for one in proposals))
    except (OSError, StorageFault) as error:
        cause = str(error.__cause__ or error)
        raise RequestError("out_unwritable", folder=shown(path.parent), cause=cause) from error


def _dataset(data: Sequence[str], task: str | None, seed: int) -> Dataset:
    """Of a sample by its name, of files, or of a project by its name or id. Raises RequestError
    where there is none or no rows can be made for it, DataError where it cannot be used."""
    from instruct_ui.data.samples import SAMPLES
    from instruct_ui.workbench.making_forms import TASKS

    if data[0] in SAMPLES or Path(data[0]).exists():
        dataset = _of_files(data, task, seed)
    else:
        dataset = _of_project(data[0])
    if dataset.task not in TASKS:
        raise RequestError("making_task")
    if not dataset.train:
        raise RequestError("making_train")
    return dataset


def _of_files(data: Sequence[str], task: Any, seed: int) -> Dataset:
    from instruct_ui.data.load import load_dataset
    from instruct_ui.data.matching import spec_of, unpacked
    from instruct_ui.data.samples import SAMPLES

    if data[0] in SAMPLES:
        sample = SAMPLES[data[0]]
        return load_dataset(sample.data(), sample.task, seed)
    with tempfile.TemporaryDirectory() as folder:
        files = unpacked([(Path(name).name, Path(name)) for name in data], Path(folder))
        spec, task, _ = spec_of(files, task)
        return load_dataset(spec, task, seed)


def _of_project(name: str) -> Dataset:
    """The data in use. A home is not made where there is none."""
    from instruct_ui.storage import artifacts
    from instruct_ui.storage.records import LOCAL_OWNER
    from instruct_ui.storage.store import open_store
    from instruct_ui.workbench.project_data import dataset_of, refuse_unusable

    home = settings().home
    store = open_store(settings().database_url, home) if home.is_dir() else None
    projects = store.list_projects(LOCAL_OWNER) if store else ()
    project = next((one for one in projects if name in (one.id, one.name)), None)
    version = store.data_in_use(LOCAL_OWNER, project.id) if store and project else None
    if project is None or version is None:
        raise RequestError("making_no_data", name=name)
    refuse_unusable(version)
    return dataset_of(version, artifacts.project_folder(home, project.id))
