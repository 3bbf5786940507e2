"""`/healthz` and `/readyz`: that the process serves, and that it can answer."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_pipeline import FakePipeline, FakeStore
from fastapi.testclient import TestClient

from rag.api import create_app
from rag.config import Settings
from rag.embedding import Embedder
from rag.errors import LibraryError
from rag.pipeline import Pipeline

ADDRESS = "http://127.0.0.1:7860"
KEY = {"Authorization": "Bearer reads-and-no-more"}
LOADED, LOADING = SimpleNamespace(is_loaded=True), SimpleNamespace(is_loaded=False)


class Broken(FakeStore):
    def count(self):
        raise LibraryError("/home/somebody/library: the disk is gone.")


def client(pipeline: object) -> TestClient:
    return TestClient(create_app(pipeline), base_url=ADDRESS, raise_server_exceptions=False)


def fake(**parts: object) -> FakePipeline:
    return FakePipeline(**{"embedder": LOADED, **parts})


def test_health_says_what_is_there_and_how_answers_are_made():
    held = {"status": "ok", "articles": 3, "passages": 3}
    assert client(fake()).get("/healthz").json() == {**held, "mode": "offline", "model": None}
    modelled = fake(model=SimpleNamespace(name="m-1"))
    assert client(modelled).get("/healthz").json() == {**held, "mode": "model", "model": "m-1"}


def test_a_stranger_is_told_that_it_is_well_and_no_more():
    api = client(fake(settings=Settings(_env_file=None, api_keys="reads-and-no-more")))
    assert api.get("/healthz").json() == {"status": "ok"}
    assert api.get("/healthz", headers=KEY).json()["articles"] == 3
    assert api.get("/readyz").json() == {"status": "ready"}
    assert api.get("/healthz", headers={"Authorization": "Bearer another-key"}).status_code == 401


def test_the_process_is_alive_though_the_library_is_not():
    api = client(fake(store=Broken()))
    assert (api.get("/healthz").status_code, api.get("/healthz").json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"embedder": LOADING}, "embedding model"),
        ({"reranker": LOADING}, "reranker"),
        ({"nli": LOADING}, "entailment model"),
        ({"store": Broken()}, "library"),
    ],
)
def test_what_is_missing_is_named(parts: dict, said: str):
    response = client(fake(**parts)).get("/readyz")
    assert (response.status_code, response.headers["content-type"]) == (503, "application/problem+json")
    (sentence,) = response.json()["errors"]
    assert said in sentence and "somebody" not in response.text
    assert int(response.headers["retry-after"]) > 0


def test_all_that_is_configured_must_be_there():
    assert client(fake(reranker=LOADED, nli=LOADED)).get("/readyz").status_code == 200
    assert len(client(fake(reranker=LOADING, nli=LOADING)).get("/readyz").json()["errors"]) == 2


def test_a_new_server_is_ready_when_its_embedding_model_is_loaded(tmp_path: Path, embedder: Embedder):
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    with Pipeline(settings, embedder=Embedder(settings.cache_dir.expanduser())) as pipeline:
        api = client(pipeline)
        assert "embedding" in api.get("/readyz").json()["detail"]
        pipeline.embedder.embed(["warm"])
        index = {"change": 0, "published": 0, "behind": 0}
        assert api.get("/readyz").json() == {"status": "ready", "read_only": False, "index": index}


def test_readers_are_told_how_far_the_indexes_are_behind_and_strangers_are_not():
    api = client(fake(settings=Settings(_env_file=None, api_keys="reads-and-no-more")))
    assert api.get("/readyz").json() == {"status": "ready"}
    told = api.get("/readyz", headers=KEY).json()
    assert told == {"status": "ready", "read_only": False, "index": {"change": 7, "published": 5, "behind": 2}}
