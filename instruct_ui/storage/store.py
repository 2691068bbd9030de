"""The store: everything a page, a command or the supervisor keeps and reads back.

Every read asks for the owner; another's record is not found, as if it were not there.
"""

from __future__ import annotations

from pathlib import Path

from instruct_ui.storage import faults
from instruct_ui.storage.data_versions import DataStore
from instruct_ui.storage.job_rows import JobStore
from instruct_ui.storage.labels import LabelStore
from instruct_ui.storage.projects import ProjectStore
from instruct_ui.storage.runs import RunStore
from instruct_ui.storage.templates import TemplateStore


class Store(ProjectStore, DataStore, LabelStore, TemplateStore, JobStore, RunStore):
    """Safe to use from several threads."""


def open_store(database_url: str, home: Path) -> Store:
    """Makes the home where there is none, opens the database and brings its schema up to date.

    Raises StorageFault: unwritable, full, damaged, or written by a newer version.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise faults.of_os_error(error, home) from error
    return Store(database_url, home)
