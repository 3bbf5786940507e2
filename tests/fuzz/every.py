"""All targets."""

from __future__ import annotations

from . import files, libraries, questions, replies, ways_in, web
from .target import Target

TARGETS: tuple[Target, ...] = (
    *files.TARGETS,
    *web.TARGETS,
    *questions.TARGETS,
    *replies.TARGETS,
    *ways_in.TARGETS,
    *libraries.TARGETS,
)
