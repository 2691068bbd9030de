"""What a run leaves behind: the resolved spec, and report, predictions and model in a folder."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from pathlib import Path

from instruct_ui import __version__
from instruct_ui.errors import RequestError
from instruct_ui.evaluation.files import write_predictions, write_report, write_whole
from instruct_ui.evaluation.predictions import Predictions
from instruct_ui.evaluation.report import Report
from instruct_ui.experiment.prepare import Prepared
from instruct_ui.spec import Spec

_VERSIONS = ("torch", "transformers", "peft", "scikit-learn", "seqeval")


def resolved(prepared: Prepared) -> Spec:
    """The spec with all that decides its figures: absolute paths, data hash, template, versions."""
    spec = prepared.spec
    versions = {name: version(name) for name in _VERSIONS}
    versions |= {"instruct-ui": __version__, "python": platform.python_version()}
    paths = {
        name: path.resolve()
        for name in ("file", "train", "validation", "test")
        if (path := getattr(spec.data, name)) is not None
    }
    data = spec.data.model_copy(update={**paths, "sha256": prepared.dataset.sha256})
    template = prepared.template.model_dump(mode="json", exclude_defaults=True)
    return spec.model_copy(update={"data": data, "template": template, "versions": versions})


def model_name(column: int) -> str:
    """Folder of the model tuned for label column number `column`, from 0."""
    return "model" if column == 0 else f"model_{column + 1}"


def make_folder(folder: Path) -> None:
    """Raises RequestError where the folder cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError("out_unwritable", folder=str(folder), cause=str(error)) from error


def write(
    out: Path, prepared: Prepared, spec: Spec, report: Report, predictions: Predictions
) -> None:
    """spec.yaml, predictions.csv, report.json; beside a tuned model what it was tuned on.

    The report comes last: where it stands, everything stands. Raises StorageFault where the disk
    does not take them.
    """
    (out / "report.json").unlink(missing_ok=True)  # another run's
    model = out / "model"
    if model.is_dir():
        about = {"labels": prepared.dataset.labels, "data_sha256": prepared.dataset.sha256}
        write_whole(model / "template.yaml", prepared.template.to_yaml())
        write_whole(model / "spec.yaml", spec.to_yaml())
        write_whole(model / "about.json", json.dumps(about, ensure_ascii=False))
    write_whole(out / "spec.yaml", spec.to_yaml())
    write_predictions(predictions, out / "predictions.csv")
    write_report(report, out / "report.json")
