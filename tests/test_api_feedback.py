"""`/feedback` over HTTP: kept on disk, listed for those who may write."""

import json
from pathlib import Path

import pytest
from fake_pipeline import FakePipeline
from fastapi.testclient import TestClient

from rag import feedback
from rag.api import create_app
from rag.config import Settings

ADDRESS = "http://127.0.0.1:7860"
KEYS = "reads-and-no-more,reads-and-writes:write"
READER, WRITER = {"Authorization": "Bearer reads-and-no-more"}, {"Authorization": "Bearer reads-and-writes"}
SAID = {"question": "Who holds the bridge?", "verdict": "wrong"}


def client(folder: Path, keys: str | None = None) -> TestClient:
    settings = Settings(_env_file=None, data_dir=folder, api_keys=keys)
    return TestClient(create_app(FakePipeline(settings=settings)), base_url=ADDRESS, raise_server_exceptions=False)


def test_what_is_said_is_on_disk_when_it_is_answered(tmp_path: Path):
    more = {
        "answer": "The army [1].",
        "article": "a-1",
        "citation": 1,
        "statement": 2,
        "comment": "Not in 2024.\0\ud800",
    }
    body = json.dumps({**SAID, **more})
    response = client(tmp_path).post("/feedback", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 201
    kept = response.json()
    assert {**kept, **SAID, **more, "comment": "Not in 2024. \ufffd"} == kept
    assert kept["who"] == "anyone" and kept["at"].endswith("+00:00")
    assert json.loads((tmp_path / feedback.NAME).read_text("utf-8")) == kept


def test_those_who_read_say_and_those_who_write_list(tmp_path: Path):
    api = client(tmp_path, KEYS)
    assert api.post("/feedback", json=SAID).status_code == 401
    for number in range(3):
        assert api.post("/feedback", json={**SAID, "statement": number + 1}, headers=READER).status_code == 201
    for headers, status in (({}, 401), (READER, 403)):
        refused = api.get("/feedback", headers=headers)
        assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
    listed = api.get("/feedback", params={"limit": 2}, headers=WRITER).json()
    assert [one["statement"] for one in listed] == [3, 2]
    assert "reads" not in listed[0]["who"]


def test_a_whole_number_may_be_written_with_a_point(tmp_path: Path):
    assert client(tmp_path).post("/feedback", json={**SAID, "statement": 2.0}).json()["statement"] == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"question": ""}, "question"),
        ({"question": "?!"}, "question"),
        ({"question": "x" * 2_001}, "question"),
        ({"question": None}, "question"),
        ({"verdict": "good"}, "verdict"),
        ({"verdict": None}, "verdict"),
        ({"answer": "x" * 20_001}, "answer"),
        ({"comment": "x" * 4_001}, "comment"),
        ({"article": "x" * 201}, "article"),
        ({"article": ["x"]}, "article"),
        ({"statement": 0}, "statement"),
        ({"statement": "1"}, "statement"),
        ({"statement": True}, "statement"),
        ({"statement": 1.5}, "statement"),
        ({"citation": 2**40}, "citation"),
        ({"citation": 1e308}, "citation"),
    ],
)
def test_what_makes_no_sense_is_a_problem_and_not_kept(tmp_path: Path, change: dict, field: str):
    response = client(tmp_path).post("/feedback", json={**SAID, **change})
    assert response.status_code == 422
    assert field in response.json()["detail"] and len(response.json()["detail"]) < 300
    assert not (tmp_path / feedback.NAME).exists()


@pytest.mark.parametrize("limit", ["0", "201", "x", ""])
def test_a_list_without_sense_is_a_problem(tmp_path: Path, limit: str):
    assert client(tmp_path).get("/feedback", params={"limit": limit}).status_code == 422


def test_a_disk_that_takes_nothing_is_told(tmp_path: Path):
    response = client(tmp_path / "nowhere").post("/feedback", json=SAID)
    assert (response.status_code, response.headers["content-type"]) == (500, "application/problem+json")
