"""Orders: what a press on something inside the page's HTML asks of the server.

Gradio's components carry events, but what is drawn inside one (a remove button in a list of articles) has none. There,
a link of the class `do` names a channel and an order; orders.js puts it into the channel's hidden box and presses its
hidden button, and so it arrives like any other event of the page. It comes from a browser: nothing in it is trusted.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import gradio as gr

from rag.asking import clean
from rag.ui.inert import escape

PREFIX = "#do:"
LONGEST = 2_000_000  # characters of one order: a kept conversation is the longest


def link(channel: str, label: str, /, *, name: str | None = None, kind: str = "", **order: str | int) -> str:
    """Draw a button that sends an order; `name` is what a screen reader says in place of its label."""
    sent = quote(json.dumps(order, separators=(",", ":")), safe="")
    title = f' title="{escape(name)}"' if name else ""
    classes = f"do {kind}".strip()
    return f'<a class="{classes}" role="button" href="{PREFIX}{channel}:{sent}"{title}>{escape(label)}</a>'


def channel(name: str) -> tuple[gr.Textbox, gr.Button]:
    """Put a channel's hidden box and button into the page; the button's click carries the box's text to the server."""
    box = gr.Textbox(visible="hidden", elem_id=f"order-{name}", label="Order", show_label=False, container=False)
    send = gr.Button("Send", visible="hidden", elem_id=f"order-{name}-send")
    return box, send


def read(text: str) -> dict[str, Any]:
    """Give the order that a channel's box holds; empty where it is none."""
    if not isinstance(text, str) or len(text) > LONGEST:
        return {}
    try:
        order = json.loads(text)
        order = clean(order)
    except (ValueError, RecursionError):
        return {}
    return order if isinstance(order, dict) else {}
