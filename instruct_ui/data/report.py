"""All that is known of a data set once it was read and checked: for the Data step, the command
line and the store, where it lies as plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter

from instruct_ui.data.checks import Finding, Subject, quick
from instruct_ui.data.dataset import Dataset
from instruct_ui.data.load import DataFile, dataset_of, fault_of, read_files
from instruct_ui.data.overview import Overview, overview
from instruct_ui.data.source import Told
from instruct_ui.data.table import Table
from instruct_ui.spec import DataSpec
from instruct_ui.tasks import TaskName

_VALUE = 40
_LOOKED_AT = 5000


@dataclass(frozen=True, slots=True)
class ColumnNote:
    """What a column holds, as far as it was looked at."""

    name: str
    first: str
    """Its first value, cut where it is long."""
    different: int
    """Different values in the first 5,000 rows."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """How one file was read."""

    name: str
    format: str
    encoding: str
    separator: str
    quoting: str
    header: bool
    columns: tuple[ColumnNote, ...]
    roles: Mapping[str, str]
    rows: int
    """Rows (sentences) in the file, header not counted, those that are not used included."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A DataError as plain values."""

    key: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DataReport:
    task: TaskName
    files: Mapping[str, FileReport]
    """Under `file`, or `train`, `validation`, `test`."""
    overview: Overview
    findings: tuple[Finding, ...]
    sha256: str
    fault: Mistake | None = None
    """Why nothing can be run on it as it is."""
    deeper: tuple[Finding, ...] | None = None
    """What the slow checks found; None until they were asked for."""

    def to_plain(self) -> dict[str, Any]:
        """The same as values that JSON has."""
        plain: dict[str, Any] = _plain().dump_python(self, mode="json")
        return plain

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> DataReport:
        return _plain().validate_python(plain)


def findings_plain(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """As `DataReport.to_plain` has them."""
    plain: list[dict[str, Any]] = TypeAdapter(list[Finding]).dump_python([*findings], mode="json")
    return plain


@cache
def _plain() -> TypeAdapter[DataReport]:
    return TypeAdapter(DataReport)


def inspect(data: DataSpec, task: TaskName, seed: int) -> DataReport:
    """Reads and checks. Raises DataError where the data cannot be read at all; labels that cannot
    be learnt are a finding."""
    return read(data, task, seed)[0]


def read(
    data: DataSpec,
    task: TaskName,
    seed: int,
    names: Mapping[str, str] = MappingProxyType({}),
    told: Told | None = None,
    stage: Callable[[str], None] = lambda name: None,
    known: Mapping[Path, Table] = MappingProxyType({}),
) -> tuple[DataReport, Dataset]:
    """As `inspect`, with the data set itself. `names` and `known` as for `read_files`; `told` hears
    of bytes, `stage` of what is begun."""
    files = read_files(data, task, told, names, known, gold="if_told")
    stage("checking")
    dataset = dataset_of(files, data, seed)
    fault = fault_of(files, dataset, data)
    report = DataReport(
        task,
        {name: _file_report(file) for name, file in files.items()},
        overview(dataset),
        tuple(quick(Subject(files, dataset, data))),
        dataset.sha256,
        None if fault is None else Mistake(fault.key, fault.params),
    )
    return report, dataset


def _file_report(file: DataFile) -> FileReport:
    table = file.table
    return FileReport(
        table.name,
        table.format,
        table.encoding,
        table.separator,
        table.quoting,
        table.header,
        tuple(_note(file, column) for column in table.columns),
        dict(file.roles.columns),
        len(table) + sum(len(skipped.lines) for skipped in table.skipped),
    )


def _note(file: DataFile, column: str) -> ColumnNote:
    values = file.table.flat(column).slice(0, _LOOKED_AT).to_pylist()
    first = next((value for value in values if value.strip()), "")
    shown = first if len(first) <= _VALUE else f"{first[:_VALUE].rstrip()}…"
    return ColumnNote(column, shown, len(set(values)))
