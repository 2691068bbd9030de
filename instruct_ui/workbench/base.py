"""What every part of the workbench stands on: store, preview, supervisor, and the data in use."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from instruct_ui.data.dataset import Dataset
from instruct_ui.errors import RequestError
from instruct_ui.jobs.supervisor import Supervisor
from instruct_ui.preview.client import Preview
from instruct_ui.settings import Settings
from instruct_ui.storage.records import JobRecord
from instruct_ui.storage.store import Store
from instruct_ui.tasks import TaskName
from instruct_ui.workbench.project_data import ProjectData, view
from instruct_ui.workbench.views import DataView


class Bench:
    def __init__(self, settings: Settings, store: Store, preview: Preview) -> None:
        self.settings = settings
        self._store = store
        self._preview = preview
        self._supervisor = Supervisor(store, on_done=self._ended)
        # One data set at a time stays in the page's memory for each of the few projects in use.
        self._dataset = lru_cache(maxsize=4)(_load)
        self._view = lru_cache(maxsize=4)(_view_of)

    def _ended(self, job: JobRecord, result: Any) -> None:
        """Called by the supervisor for every job that went well."""

    def _data(self, owner: str, pid: str) -> ProjectData:
        plain = self._store.get_data(owner, pid)
        if plain is None:
            raise RequestError("nothing_given")
        return ProjectData.from_plain(plain)

    def data(self, owner: str, pid: str) -> DataView:
        return self._view(Key(self._data(owner, pid)))

    def dataset(self, owner: str, pid: str) -> Dataset:
        """Raises DataError where the data cannot be used yet."""
        return self._dataset(Key(self._data(owner, pid)))

    def version_now(self, owner: str, pid: str) -> tuple[int, bool]:
        """Number of the version that stands in the editor; where it is like none, the newest one's
        number and True, as it was changed since. 0: none is kept yet."""
        versions = self._store.list_versions(owner, pid)
        record = self._store.get_template(owner, pid)
        same = next((v.number for v in versions if record and v.body == record.draft), None)
        if same is not None:
            return same, False
        return (versions[0].number, True) if versions else (0, False)


class Key:
    """Project data as a key of a cache: equal where all that decides the reading is equal."""

    def __init__(self, data: ProjectData) -> None:
        self.data = data
        self._text = repr(data.to_plain())

    def __hash__(self) -> int:
        return hash(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and other._text == self._text


def _load(key: Key) -> Dataset:
    return key.data.load()


def _view_of(key: Key) -> DataView:
    return view(key.data)


def task_of(name: str) -> TaskName:
    return "token_classification" if name == "token_classification" else "text_classification"
