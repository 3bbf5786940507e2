"""schemathesis, with every check it has, against the application as it is served: page mounted, keys asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import serving

from rag import api, ui
from rag.config import Settings
from rag.embedding import Embedder
from rag.fetch import Fetched
from rag.pipeline import Pipeline

KEY = "schemathesis-writes"
ARTICLES = {
    "ostwick-bridge.md": (
        "---\ntitle: Ostwick bridge reopens\noutlet: Harbour Gazette\ndate: 2024-11-29\n---\n\n"
        "The harbour bridge at Ostwick opened again on Friday. It had been shut for 14 months, the port authority said."
    ),
    "ostwick-still-shut.md": (
        "---\ntitle: Drivers still wait\noutlet: Quay Post\ndate: 2024-12-01\n---\n\n"
        "Nothing moves on the harbour bridge at Ostwick. Repairs will last 20 months, drivers were told on Sunday."
    ),
}
MANY = 10_000  # cases of the long form
RUN = Path(__file__).with_name("schema_run.py")


def page(address: str, **_: object) -> Fetched:
    """What is at every address: a page with an article of its own."""
    told = f"<html><body><article><p>At {address!r} a ferry came in on Monday, the harbour master said.</p></article>"
    return Fetched(
        url=address,
        content=told.encode("utf-8", "replace"),
        content_type="text/html",
        fetched_at="2024-12-01T00:00:00Z",
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("schema")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, "utf-8")
    settings = Settings(
        _env_file=None, data_dir=folder / "data", api_keys=f"{KEY}:write,schemathesis-reads", rate_limit=""
    )
    with Pipeline(settings, embedder=embedder, fetcher=page) as pipeline:
        pipeline.ingest([folder / name for name in ARTICLES])
        app = ui.mount(api.create_app(pipeline), pipeline)
        with serving(app) as served:
            yield served
        ui.close(app)


@pytest.mark.timeout(600)  # about 25 s where nobody else works on the machine
def test_schemathesis_finds_nothing(address: str, long: bool):
    command = [sys.executable, str(RUN), address, KEY, *(("20261122", "200", str(MANY)) if long else ())]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    told = json.loads(run.stdout)
    found, tried = told["found"], told["tried"]
    assert not found, "\n\n".join(f"{where}\n{what[:2000]}" for where, what in sorted(found.items())) + f"\n\n{tried}"
    assert all(tried[phase] > 20 for phase in ("examples", "coverage", "fuzzing", "stateful")), tried
    assert not long or sum(tried.values()) >= MANY, tried
    assert set(told["operations"]) - set(told["answered"]) == set(), "these were never answered well"
