"""A plotly figure in a gr.HTML of ours: light and dark, keeps its zoom, asks no other host."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gradio as gr

from instruct_ui.reporting.figures import Figure
from instruct_ui.texts import Language, say

_JS = (Path(__file__).parent / "curves.js").read_text(encoding="utf-8")


def plotly_script() -> Path:
    """plotly's own browser build, found without importing plotly."""
    spec = find_spec("plotly")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


def build_figure(elem_id: str) -> Any:
    script = plotly_script()
    gr.set_static_paths([script])
    return gr.HTML(
        {},
        html_template=(f'<div class="figure-place" data-plotly="{escape(str(script))}"></div>'),
        js_on_load=_JS,
        elem_id=elem_id,
    )


def both(name: str, draw: Callable[[bool], Figure], language: Language) -> dict[str, Any]:
    """The value for `build_figure`; `draw(dark)` gives the figure, `name` says what it shows."""
    return {
        "name": name,
        "light": draw(False),
        "dark": draw(True),
        "failed": say("compare.plot_failed", language),
    }
