"""`/ask`: which kind of answer is wanted, as the Accept header says it; and `/search`: the hits of an answer."""

from pathlib import Path

import pytest
from fake_pipeline import FakePipeline
from fastapi.testclient import TestClient

from rag.api import create_app
from rag.config import Settings
from rag.embedding import Embedder
from rag.pipeline import Pipeline

ADDRESS = "http://127.0.0.1:7860"
EVENTS = "text/event-stream"


@pytest.mark.parametrize(
    ("accept", "streamed"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/html, */*;q=0.1", False),
        (EVENTS, True),
        ("TEXT/Event-Stream", True),
        (f"{EVENTS}, */*;q=0.5", True),
        (f"{EVENTS}, application/json", True),
        (f"application/json, {EVENTS}", False),
        (f"application/json;q=0.5, {EVENTS};q=0.9", True),
        (f"application/json, {EVENTS};q=0.9", False),
        (f"{EVENTS};q=0, application/json", False),
        (f"{EVENTS};q=0", False),
        (f"*/*, {EVENTS};q=0.001", False),
        (f"application/*;q=0.2, {EVENTS};q=0.3", True),
        (f"{EVENTS};charset=utf-8;q=0.7, application/json;q=0.6", True),
        (f"{EVENTS};q=x", True),
        (f"{EVENTS};q=1e9, application/json;q=1", True),
        (f",,;;,=,{EVENTS}", True),
        (f"application/json;q=0.1,{'a/b,' * 2_000}{EVENTS}", True),
    ],
)
def test_the_kind_that_is_preferred_is_given(accept: str, streamed: bool):
    api = TestClient(create_app(FakePipeline()), base_url=ADDRESS)
    response = api.post("/ask", json={"question": "Who?"}, headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"].partition(";")[0] == (EVENTS if streamed else "application/json")


def test_a_search_gives_the_very_hits_that_an_answer_is_made_of(tmp_path: Path, embedder: Embedder):
    for name, text in {
        "a.txt": "The harbour bridge at Ostwick opened again on Friday. It had been shut for 14 months, the port said.",
        "b.txt": "Nothing moves on the harbour bridge at Ostwick. Repairs will last 20 months, drivers were told.",
        "c.txt": "Ferry fares at Morholm rise in May, the operator said. A crossing will cost 9 crowns.",
    }.items():
        (tmp_path / name).write_text(text)
    with Pipeline(Settings(_env_file=None, data_dir=tmp_path / "data"), embedder=embedder) as pipeline:
        pipeline.ingest([tmp_path / name for name in ("a.txt", "b.txt", "c.txt")])
        api = TestClient(create_app(pipeline), base_url=ADDRESS)
        for limits in ({}, {"articles": ["a", "c"]}):
            question = {"question": "How long was the bridge shut?", **limits}
            query = {"query": question["question"], "article": limits.get("articles", [])}
            hits = api.get("/search", params=query).json()
            assert hits == api.post("/ask", json=question).json()["hits"]
            assert [hit["rank"] for hit in hits] == list(range(1, len(hits) + 1))
            assert hits[0]["score"] > 0 and -1 <= hits[0]["dense"] <= 1 and hits[0]["lexical"] > 0
