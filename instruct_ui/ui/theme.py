"""The look, as Gradio's theme: the roles of `style.css` for the components that are Gradio's."""

from __future__ import annotations

from inspect import signature
from pathlib import Path
from typing import Any

import gradio as gr

FONTS = (
    "system-ui",
    "Segoe UI",
    "Helvetica Neue",
    "Arial",
    "Noto Sans CJK SC",
    "PingFang SC",
    "Microsoft YaHei",
    "sans-serif",
)
"""Fonts of the system alone: none is fetched."""
MONO = ("ui-monospace", "Consolas", "DejaVu Sans Mono", "Noto Sans Mono CJK SC", "monospace")

CSS = tuple(Path(__file__).parent / name for name in ("style.css", "results.css", "label.css"))


def css() -> str:
    """The style sheets, one after the other."""
    return "\n".join(path.read_text(encoding="utf-8") for path in CSS if path.is_file())


def theme() -> Any:
    """Every colour is a role of `style.css`, so light and dark are decided in one place."""
    base = gr.themes.Base(
        text_size=gr.themes.sizes.text_md,
        radius_size=gr.themes.sizes.radius_md,
        font=list(FONTS),
        font_mono=list(MONO),
    )
    roles = {
        "body_background_fill": "var(--ground)",
        "body_text_color": "var(--ink)",
        "body_text_color_subdued": "var(--muted)",
        "background_fill_primary": "var(--surface)",
        "background_fill_secondary": "var(--ground)",
        "border_color_primary": "var(--line)",
        "border_color_accent": "var(--accent)",
        "color_accent": "var(--accent)",
        "color_accent_soft": "var(--accent-soft)",
        "link_text_color": "var(--accent)",
        "link_text_color_hover": "var(--accent)",
        "link_text_color_visited": "var(--accent)",
        "block_background_fill": "var(--surface)",
        "block_border_color": "var(--line)",
        "block_label_background_fill": "var(--surface)",
        "block_label_text_color": "var(--muted)",
        "block_title_text_color": "var(--muted)",
        "block_info_text_color": "var(--muted)",
        "input_background_fill": "var(--surface)",
        "input_border_color": "var(--line-strong)",
        "input_border_color_focus": "var(--accent)",
        "input_placeholder_color": "var(--muted)",
        "button_primary_background_fill": "var(--accent-fill)",
        "button_primary_background_fill_hover": "var(--accent-fill-hover)",
        "button_primary_text_color": "#FFFFFF",
        "button_primary_text_color_hover": "#FFFFFF",
        "button_primary_border_color": "var(--accent-fill)",
        "button_secondary_background_fill": "var(--surface)",
        "button_secondary_background_fill_hover": "var(--accent-soft)",
        "button_secondary_text_color": "var(--ink)",
        "button_secondary_text_color_hover": "var(--ink)",
        "button_secondary_border_color": "var(--line-strong)",
        "button_cancel_background_fill": "var(--surface)",
        "button_cancel_background_fill_hover": "var(--bad-soft)",
        "button_cancel_text_color": "var(--bad)",
        "button_cancel_text_color_hover": "var(--bad)",
        "button_cancel_border_color": "var(--line-strong)",
        "checkbox_background_color": "var(--surface)",
        "checkbox_background_color_selected": "var(--accent-fill)",
        "checkbox_border_color": "var(--line-strong)",
        "checkbox_border_color_selected": "var(--accent-fill)",
        "checkbox_label_background_fill": "var(--surface)",
        "checkbox_label_background_fill_selected": "var(--accent-soft)",
        "checkbox_label_border_color": "var(--line-strong)",
        "checkbox_label_text_color": "var(--ink)",
        "checkbox_label_text_color_selected": "var(--ink)",
        "slider_color": "var(--accent)",
        "table_border_color": "var(--line)",
        "table_even_background_fill": "var(--surface)",
        "table_odd_background_fill": "var(--surface)",
        "table_text_color": "var(--ink)",
        "error_background_fill": "var(--bad-soft)",
        "error_border_color": "var(--bad)",
        "error_text_color": "var(--bad)",
    }
    known = signature(base.set).parameters
    both = {f"{name}_dark": value for name, value in roles.items() if f"{name}_dark" in known}
    shape = {
        "block_border_width": "1px",
        "block_shadow": "none",
        "button_primary_shadow": "none",
        "button_secondary_shadow": "none",
        "button_large_text_size": "13px",
        "button_large_text_weight": "600",
        "button_small_text_size": "12px",
        "button_large_padding": "7px 12px",
        "button_large_radius": "6px",
        "button_small_radius": "6px",
        "button_border_width": "1px",
        "input_radius": "6px",
        "input_border_width": "1px",
        "input_text_size": "14px",
        "block_radius": "8px",
        "block_label_text_size": "12px",
        "block_title_text_size": "12px",
        "layout_gap": "14px",
    }
    return base.set(**roles, **both, **shape)
