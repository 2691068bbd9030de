"""What a model name means: an embedded key, a local folder or a hub id, and where its files lie."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from instruct_ui.errors import ModelError
from instruct_ui.models.convert import MODULES

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_PATH_STARTS = ("/", "./", "../", ".\\", "..\\", "~")


@dataclass(frozen=True, slots=True)
class Place:
    kind: Literal["embedded", "local", "hub"]
    name: str
    """As it stands on a ModelCard: key, hub id, or absolute path."""
    folder: Path
    """Where the files lie, or will lie once got."""


def place_of(name: str, models_dir: Path) -> Place:
    """Raises ModelError for a name that is none of the three, with the closest names known."""
    if name in MODULES:
        return Place("embedded", name, models_dir / name)
    if _is_folder(name):
        folder = Path(name).expanduser().resolve()
        return Place("local", str(folder), folder)
    if name.startswith(_PATH_STARTS) or Path(name).is_absolute():
        raise ModelError("model_folder_missing", folder=name)
    if _HUB_ID.fullmatch(name) and ".." not in name:
        return Place("hub", name, models_dir / "hub" / name.replace("/", "--"))
    raise ModelError("model_unknown", name=name, known=_closest_first(name))


def hub_names(models_dir: Path) -> list[str]:
    """Hub ids that have a folder below `models_dir`, whole or not."""
    folders = sorted((models_dir / "hub").glob("*--*"))
    return [f.name.replace("--", "/", 1) for f in folders if f.is_dir()]


def _is_folder(name: str) -> bool:
    """Whether `name` is a folder that could hold a model: a bare word must have a config inside,
    or a folder that happens to be called `data` would hide the message about unknown names.
    """
    try:
        folder = Path(name).expanduser()
        if not name.strip() or not folder.is_dir():
            return False
    except (OSError, RuntimeError, ValueError):
        return False
    return (
        name.startswith(_PATH_STARTS) or folder.is_absolute() or (folder / "config.json").exists()
    )


def _closest_first(name: str) -> str:
    keys = list(MODULES)
    close = difflib.get_close_matches(name.strip().lower(), keys, n=1, cutoff=0.4)
    return ", ".join(close + [key for key in keys if key not in close])
