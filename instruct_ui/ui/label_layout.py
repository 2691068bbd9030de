"""The component of labelling: a skeleton, and the scripts that fill it in the browser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from instruct_ui.ui.session import Texts

_HERE = Path(__file__).parent
_SKELETON = (_HERE / "label.html").read_text(encoding="utf-8")
_JS = "\n".join(
    (_HERE / name).read_text(encoding="utf-8")
    for name in ("label_words.js", "label_side.js", "label.js")
)
Asked = dict[str, Any]
"""From the browser: owner, project, language, pass, and what the call needs besides."""


@dataclass(frozen=True)
class LabelTab:
    card: Any
    texts: Texts

    @property
    def outputs(self) -> list[Any]:
        return [self.card]


def build_card(functions: Sequence[Callable[[Asked], Asked]]) -> LabelTab:
    card = gr.HTML(
        {},
        html_template=_SKELETON,
        js_on_load=_JS,
        server_functions=list(functions),
        elem_id="label-card",
    )
    return LabelTab(card, ())
