"""What every part of the workbench stands on: store, preview and supervisor."""

from __future__ import annotations

from typing import Any

from instruct_ui.jobs.supervisor import Supervisor
from instruct_ui.preview.client import Preview
from instruct_ui.settings import Settings
from instruct_ui.storage.records import JobRecord
from instruct_ui.storage.store import Store


class Bench:
    def __init__(self, settings: Settings, store: Store, preview: Preview) -> None:
        self.settings = settings
        self._store = store
        self._preview = preview
        self._supervisor = Supervisor(store, on_done=self._ended)

    def _ended(self, job: JobRecord, result: Any) -> None:
        """Called by the supervisor for every job that went well."""

    def version_now(self, owner: str, pid: str) -> tuple[int, bool]:
        """Number of the version that stands in the editor; where it is like none, the newest one's
        number and True, as it was changed since. 0: none is kept yet."""
        versions = self._store.list_versions(owner, pid)
        record = self._store.get_template(owner, pid)
        same = next((v.number for v in versions if record and v.body == record.draft), None)
        if same is not None:
            return same, False
        return (versions[0].number, True) if versions else (0, False)
