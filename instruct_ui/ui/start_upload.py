"""A place to drop files on, with words of ours: Gradio's follow the browser, not the page."""

from __future__ import annotations

from typing import Any

import gradio as gr

from instruct_ui.texts import Language, say
from instruct_ui.ui.session import Texts

_NAME_JS = """const name = () => {
  const button = element.closest('.upload-place')?.querySelector('button');
  if (button) button.setAttribute('aria-label', element.textContent.trim());
};
watch('value', name);
setTimeout(name, 300);"""


def build_upload(key: str, language: Language, elem_id: str, height: int) -> tuple[Any, Texts]:
    """The file field, and its texts: `key` says what to do, `key`_label which files.

    The words lie over the field and let every click through.
    """
    with gr.Column(elem_classes=["upload-place"]):
        words = gr.HTML(say(key, language), js_on_load=_NAME_JS, elem_classes=["upload-words"])
        field = gr.File(
            file_count="multiple",
            label=say(f"{key}_label", language),
            elem_id=elem_id,
            height=height,
        )
    return field, ((words, {"value": key}), (field, {"label": f"{key}_label"}))
