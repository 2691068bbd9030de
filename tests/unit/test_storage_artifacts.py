"""Files under the home: names, hashes, whole or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from instruct_ui.errors import StorageFault
from instruct_ui.storage import artifacts
from instruct_ui.storage.records import new_id


def test_a_brought_file_is_kept_under_its_hash(tmp_path: Path) -> None:
    project = new_id()
    source = tmp_path / "..%2f evil 名.CSV"
    source.write_bytes(b"text,label\nhi,a\n")
    kept = artifacts.keep_file(tmp_path / "home", project, source)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    assert kept.path == tmp_path / "home" / "projects" / project / "data" / f"{digest}.csv"
    assert (kept.sha256, kept.size) == (digest, 16)
    assert kept.path.read_bytes() == source.read_bytes()
    assert artifacts.keep_file(tmp_path / "home", project, source) == kept
    assert [p.name for p in kept.path.parent.iterdir()] == [kept.path.name]


def test_pasted_text_is_kept_as_utf8(tmp_path: Path) -> None:
    kept = artifacts.keep_text(tmp_path, new_id(), "文本\t标签\n", ".tsv")
    assert kept.path.read_text(encoding="utf-8") == "文本\t标签\n"
    assert kept.size == len("文本\t标签\n".encode())
    assert kept.path.suffix == ".tsv"


def test_a_suffix_nobody_reads_is_not_kept(tmp_path: Path) -> None:
    assert artifacts.keep_text(tmp_path, new_id(), "x", "./../sh").path.suffix == ".txt"


@pytest.mark.parametrize("name", ["", "..", "../../etc", "A" * 32, "0" * 31, "0" * 32 + "/x"])
def test_only_an_id_becomes_a_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not an id"):
        artifacts.project_folder(tmp_path, name)
    with pytest.raises(ValueError, match="not an id"):
        artifacts.run_folder(tmp_path, new_id(), name)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    artifacts.write_whole(path, b"old")
    with pytest.raises(TypeError):
        artifacts.write_whole(path, "not bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    artifacts.write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageFault) as caught:
        artifacts.keep_file(tmp_path, new_id(), tmp_path / "gone.csv")
    assert "gone.csv" in str(caught.value)
