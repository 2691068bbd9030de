"""`ready.json`: the last file written into a model's folder, and the proof that it is whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from instruct_ui.models.wheel import sha256_of

NAME = "ready.json"
FORMAT = 1
"""Raised when a conversion changes; folders of an older format are then made anew."""


@dataclass(frozen=True, slots=True)
class Entry:
    size: int
    sha256: str


def write(folder: Path) -> None:
    """Notes every file in `folder` with its size in bytes and its sha256."""
    files = {
        path.relative_to(folder).as_posix(): {
            "size": path.stat().st_size,
            "sha256": sha256_of(path),
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != NAME
    }
    text = json.dumps({"format": FORMAT, "files": files}, indent=2)
    (folder / NAME).write_text(text, encoding="utf-8")


def read(folder: Path) -> dict[str, Entry] | None:
    """The noted files; None where the note is missing, broken or of another format."""
    try:
        plain = json.loads((folder / NAME).read_text(encoding="utf-8"))
        if plain["format"] != FORMAT:
            return None
        return {
            name: Entry(int(entry["size"]), str(entry["sha256"]))
            for name, entry in plain["files"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def is_whole(folder: Path) -> bool:
    """Every noted file is there with its size. Fast enough to be asked on every page load."""
    entries = read(folder)
    if not entries:
        return False
    return all(_size(folder / name) == entry.size for name, entry in entries.items())


def broken_files(folder: Path) -> list[str]:
    """Noted files that are missing or differ in size or sha256; reads every byte.
    A folder without a readable note is broken as a whole: its `ready.json` is named.
    """
    entries = read(folder)
    if not entries:
        return [NAME]
    return [
        name
        for name, entry in entries.items()
        if _size(folder / name) != entry.size or sha256_of(folder / name) != entry.sha256
    ]


def _size(path: Path) -> int:
    """In bytes; -1 where there is no such file."""
    try:
        return path.stat().st_size
    except OSError:
        return -1
