"""`python -m instruct_ui.models.convert KEY PARTS OUT`: one conversion in a process of its own.

A conversion holds up to half a gigabyte and a core for some seconds. In a process of its own it
gives the memory back and never slows down the page.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Protocol, cast

import instruct_ui
from instruct_ui.errors import StorageFault
from instruct_ui.models.wheel import Wheel

MODULES = {"minilm": "minilm", "smollm2": "smollm2", "e5-multilingual": "e5"}
"""Embedded key -> the module of this room that holds its wheel and its conversion."""


class Recipe(Protocol):
    """What such a module offers."""

    WHEEL: Wheel

    def convert(self, parts: Path, out: Path) -> None:
        """Makes the wheel's members in `parts` into a model folder `out`; may move them."""
        ...


def recipe(key: str) -> Recipe:
    return cast(Recipe, importlib.import_module(f"instruct_ui.models.{MODULES[key]}"))


def run(key: str, parts: Path, out: Path) -> None:
    """Converts in a child process. Raises StorageFault where it does not end well: its input was
    checked before, so what is left to fail is the disk or the memory.
    """
    above = str(Path(instruct_ui.__file__).parents[1])
    path = os.pathsep.join(p for p in (above, os.environ.get("PYTHONPATH")) if p)
    done = subprocess.run(
        [sys.executable, "-m", "instruct_ui.models.convert", key, str(parts), str(out)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        cause = lines[-1] if lines else f"exit code {done.returncode}"
        raise StorageFault("model_not_written", name=key, folder=str(out.parents[1]), cause=cause)


def write_json(path: Path, plain: object) -> None:
    path.write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")


def _main(key: str, parts: Path, out: Path) -> None:
    recipe(key).convert(parts, out)
    for path in out.iterdir():
        # safetensors writes for the owner alone; several users of one machine may share models.
        path.chmod(0o644)


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
