"""A full disk while saving: a clear fault, and what was saved before is still there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="file-size limits are a Unix thing")

SCRIPT = """
import json, resource, sys
from pathlib import Path
from instruct_ui.errors import StorageFault
from instruct_ui.storage import artifacts
from instruct_ui.storage.store import open_store

home = Path(sys.argv[1])
store = open_store(f"sqlite:///{home / 'a.db'}", home)
project = store.create_project("local", "Kept", "text_classification", "en")
store.add_data("local", project.id, {"rows": 1}, {})
limit, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
seen = {}
def attempt(name, action):
    try:
        action()
        seen[name] = "saved"
    except StorageFault as fault:
        seen[name] = fault.key
path = home / "report.json"
attempt("small file", lambda: artifacts.write_whole(path, b"old"))
attempt("data", lambda: store.add_data("local", project.id, {"rows": "x" * 1_000_000}, {}))
attempt("job", lambda: store.add_job("local", None, "training", "run", {"x": "x" * 1_000_000}))
attempt("file", lambda: artifacts.write_whole(path, b"x" * 1_000_000))
attempt("upload", lambda: artifacts.keep_text(home, project.id, "x" * 1_000_000))
seen["still"] = store.data_in_use("local", project.id).data
seen["jobs"] = len(store.list_jobs("local"))
seen["report"] = path.read_text()
seen["halves"] = len([p for p in home.rglob(".part-*")])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
attempt("afterwards", lambda: store.add_data("local", project.id, {"rows": "x" * 1_000_000}, {}))
store.close()
store = open_store(f"sqlite:///{home / 'a.db'}", home)
seen["in the end"] = len(store.data_in_use("local", project.id).data["rows"])
print(json.dumps(seen))
"""


def test_a_full_disk_loses_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "small file": "saved",
        "data": "storage_write_failed",
        "job": "storage_write_failed",
        "file": "storage_full",
        "upload": "storage_full",
        "still": {"rows": 1},
        "jobs": 0,
        "report": "old",
        "halves": 0,
        "afterwards": "saved",
        "in the end": 1_000_000,
    }
