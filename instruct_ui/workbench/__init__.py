"""The composition root: what a page, a command or a test may ask the app to do.

Every method that touches a person's things takes the owner first and asks the store for it.
"""

from __future__ import annotations

from instruct_ui.preview.client import Preview
from instruct_ui.settings import Settings
from instruct_ui.storage.store import open_store
from instruct_ui.workbench.jobs import JobBench
from instruct_ui.workbench.labelling import LabelBench
from instruct_ui.workbench.making import MakingBench
from instruct_ui.workbench.models import TooLong
from instruct_ui.workbench.projects import ProjectBench
from instruct_ui.workbench.runs import RunBench
from instruct_ui.workbench.views import (
    DataView,
    ModelView,
    PreviewSegment,
    PreviewView,
    ProjectView,
    RunView,
    run_title,
)

__all__ = [
    "DataView",
    "ModelView",
    "PreviewSegment",
    "PreviewView",
    "ProjectView",
    "RunView",
    "TooLong",
    "Workbench",
    "run_title",
]


class Workbench(ProjectBench, JobBench, RunBench, LabelBench, MakingBench):
    @classmethod
    def open(cls, settings: Settings) -> Workbench:
        """Store, preview process and supervisor; workers start with their first job."""
        settings.home.mkdir(parents=True, exist_ok=True)
        store = open_store(settings.database_url, settings.home)
        workbench = cls(settings, store, Preview())
        workbench._supervisor.start()
        return workbench

    def close(self) -> None:
        """Ends workers and preview within 10 seconds."""
        self._supervisor.shutdown()
        self._preview.close()
        self._store.close()
