"""Jobs with data alone: read and check. They need no model and import none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from instruct_ui.data import prepared
from instruct_ui.data.checks import Subject
from instruct_ui.data.checks.slow import slow
from instruct_ui.data.load import dataset_of, read_files
from instruct_ui.data.matching import spec_of, unpacked
from instruct_ui.data.report import findings_plain, read
from instruct_ui.data.table import Table
from instruct_ui.engine.base import Stopped
from instruct_ui.errors import DataError
from instruct_ui.spec import SPLITS, DataSpec

Listen = Callable[[str, Mapping[str, Any]], None]
Stop = Callable[[], bool]


class _Teller:
    """Progress of a job of the data lane, which ends at the next word once it was stopped."""

    def __init__(self, listen: Listen, stop: Stop) -> None:
        self._listen = listen
        self._stop = stop

    def stage(self, name: str) -> None:
        self._go_on()
        self._listen("stage", {"name": name})

    def count(self, done: int, total: int) -> None:
        self._go_on()
        self._listen("progress", {"done": done, "total": total})

    def _go_on(self) -> None:
        if self._stop():
            raise Stopped


def inspect(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    """payload: spec (data part, plain), names, task, seed, prepared (path); `guess`: task and
    columns are still to be found, and several data sets in one zip unpacked into `folder`.
    Result: report (plain), or the mistake (key, params) for which there is none; where it was
    guessed, the spec, names and task."""
    teller = _Teller(listen, stop)
    teller.stage("reading")
    found: dict[str, Any] = {}
    known: dict[Path, Table] = {}
    try:
        if payload["guess"]:
            found, known = _guessed(payload, teller)
        told = {**payload, **found}
        spec = DataSpec.model_validate(told["spec"])
        report, dataset = read(
            spec, told["task"], told["seed"], told["names"], teller.count, teller.stage, known
        )
    except DataError as error:
        return {"mistake": {"key": error.key, "params": error.params}}
    teller.stage("keeping")
    prepared.write(Path(payload["prepared"]), dataset)
    return {**found, "report": report.to_plain()}


def _guessed(
    payload: Mapping[str, Any], teller: _Teller
) -> tuple[dict[str, Any], dict[Path, Table]]:
    given = DataSpec.model_validate(payload["spec"])
    paths = [path for name in ("file", *SPLITS) if (path := getattr(given, name)) is not None]
    brought = [(payload["names"].get(path.name, path.name), path) for path in paths]
    files = unpacked(brought, Path(payload["folder"]))
    spec, task, known = spec_of(files, told=teller.count)
    names = {path.name: name for name, path in files}
    return {"spec": spec.model_dump(mode="json"), "task": task, "names": names}, known


def look_deeper(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    """payload: spec (data part, plain), names, task, seed. Result: findings (plain)."""
    teller = _Teller(listen, stop)
    teller.stage("reading")
    spec = DataSpec.model_validate(payload["spec"])
    files = read_files(spec, payload["task"], teller.count, payload["names"], gold="if_told")
    teller.stage("comparing")
    subject = Subject(files, dataset_of(files, spec, payload["seed"]), spec)
    return {"findings": findings_plain(slow(subject, teller.count, seed=payload["seed"]))}
