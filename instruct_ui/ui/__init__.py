"""The page. The only room that imports Gradio."""

from instruct_ui.ui.quick_import import skip_stubs

skip_stubs()
