"""Whether all is well: what is configured, what works, what does not, and what to do about it.

Each check stands alone, so that what is broken does not hide the rest. Nothing is changed but what opening a library
or loading a model for the first time does anyway, and no key is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rag.config import Settings, read_settings
from rag.doctor.findings import Finding as Finding
from rag.doctor.findings import Status as Status
from rag.doctor.findings import told

# What a check needs is imported when it runs: a package that is missing or broken is what it is to find.


def examine(*, data_dir: Path | None = None, port: int = 7860) -> Iterator[Finding]:
    """Each finding once it is there; `data_dir` comes before the setting, and `port` is the one that a server takes."""
    reading = read_settings(data_dir=data_dir)
    from rag.doctor import configured

    yield from told("Settings", "settings", lambda: configured.settings(reading))
    yield from told("Machine", "machine", lambda: _machine(port))
    embeds = False
    for finding in told("Embedding model", "embedding", lambda: _embedding(reading.settings)):
        embeds = finding.check == "embedding" and finding.status == "ok"
        yield finding
    yield from told("Library", "library", lambda: _library(reading.settings, embeds=embeds))
    yield from told("Language model", "model", lambda: _language(reading.settings))
    yield from told("Optional models", "reranker", lambda: _reranker(reading.settings))
    yield from told("Optional models", "entailment", lambda: _entailment(reading.settings))


def _machine(port: int) -> Iterator[Finding]:
    from rag.doctor import machine

    yield from machine.python()
    yield from told("Machine", "packages", machine.packages)
    yield from machine.clock()
    yield from told("Machine", "port", lambda: machine.port(port))


def _embedding(settings: Settings) -> Iterator[Finding]:
    from rag.doctor import models

    yield from models.embedding(settings)


def _library(settings: Settings, *, embeds: bool) -> Iterator[Finding]:
    from rag.doctor import held

    yield from told("Library", "folder", lambda: held.folder(settings))
    yield from held.library(settings, embeds=embeds)


def _language(settings: Settings) -> Iterator[Finding]:
    from rag.doctor import models

    yield from models.language(settings)


def _reranker(settings: Settings) -> Iterator[Finding]:
    from rag.doctor import models

    yield from models.reranker(settings)


def _entailment(settings: Settings) -> Iterator[Finding]:
    from rag.doctor import models

    yield from models.entailment(settings)
