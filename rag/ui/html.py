"""HTML of ours as a part of the page."""

from __future__ import annotations

from typing import Literal

import gradio as gr


def html(name: str, value: str = "", *, visible: bool | Literal["hidden"] = True) -> gr.Markdown:
    """Put HTML of ours into the page, under the id `name`."""
    # gr.HTML evaluates its value as a JavaScript template; Markdown sanitises HTML and evaluates nothing.
    return gr.Markdown(value, elem_id=name, sanitize_html=True, latex_delimiters=[], container=False, visible=visible)
