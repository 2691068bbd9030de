"""Gradio is imported without writing stubs."""

import subprocess
import sys
from pathlib import Path

_ASK = """
import sys
{first}
import gradio.component_meta as meta
print(meta.create_or_modify_pyi.__module__)
"""


def _writer(first: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _ASK.format(first=first)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_page_replaces_the_stub_writer_before_gradio_is_imported() -> None:
    assert _writer("import instruct_ui.ui") == "instruct_ui.ui.quick_import"


def test_a_gradio_that_is_already_imported_is_left_alone() -> None:
    assert _writer("import gradio; import instruct_ui.ui") == "gradio.component_meta"


def test_a_gradio_without_the_writer_says_what_to_adapt(tmp_path: Path) -> None:
    (tmp_path / "other_meta.py").write_text("", encoding="utf-8")
    code = (
        "from instruct_ui.ui import quick_import\n"
        f"loader = quick_import._Loader('other_meta', {str(tmp_path / 'other_meta.py')!r})\n"
        "from importlib.util import module_from_spec, spec_from_loader\n"
        "loader.exec_module(module_from_spec(spec_from_loader('other_meta', loader)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "has no create_or_modify_pyi" in done.stderr
