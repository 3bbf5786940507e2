"""`/compare` and `/timeline` over HTTP."""

import json
from dataclasses import asdict, fields

import pytest
from fake_pipeline import FakePipeline, coverage, timeline
from fastapi.testclient import TestClient

from rag.api import create_app
from rag.errors import LibraryBusyError
from rag.types import Coverage, Event, Filters, OutletCoverage, Timeline

ADDRESS = "http://127.0.0.1:7860"
PATHS = ("/compare", "/timeline")


@pytest.fixture
def pipeline() -> FakePipeline:
    return FakePipeline()


@pytest.fixture
def api(pipeline: FakePipeline) -> TestClient:
    return TestClient(create_app(pipeline), base_url=ADDRESS, raise_server_exceptions=False)


def as_json(value: object) -> object:
    return json.loads(json.dumps(asdict(value)))


def test_who_says_what_comes_under_the_names_of_the_types(api: TestClient) -> None:
    response = api.get("/compare", params={"topic": "the bridge"})
    assert response.status_code == 200
    assert response.json() == as_json(coverage("the bridge"))
    assert response.json()["outlets"][1]["outlet"] is None


def test_a_timeline_comes_under_the_names_of_the_types(api: TestClient) -> None:
    response = api.get("/timeline", params={"topic": "the bridge"})
    assert response.status_code == 200
    assert response.json() == as_json(timeline("the bridge"))


def test_a_timeline_needs_no_topic(api: TestClient, pipeline: FakePipeline) -> None:
    assert api.get("/timeline").json()["topic"] == ""
    assert pipeline.asked == [("", (), Filters())]


@pytest.mark.parametrize("path", PATHS)
def test_the_limits_reach_the_pipeline(api: TestClient, pipeline: FakePipeline, path: str) -> None:
    limits = {"outlet": ["A", "B"], "since": "2024-11-01", "until": "2024-12-01", "article": ["x", "y"]}
    assert api.get(path, params={"topic": "the\0bridge", **limits}).status_code == 200
    filters = Filters(outlets=("A", "B"), since="2024-11-01", until="2024-12-01", articles=("x", "y"))
    assert pipeline.asked == [("the bridge", (), filters)]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"topic": "x" * 2001}, "2,001"),
        ({"topic": "x", "since": "yesterday"}, "2024-12-01"),
        ({"topic": "x", "since": "2024-12-02", "until": "2024-12-01"}, "swap"),
    ],
)
def test_a_wrong_request_is_a_problem_in_one_sentence(api: TestClient, path: str, params: dict, said: str) -> None:
    response = api.get(path, params=params)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert said in response.json()["detail"]


def test_a_comparison_needs_a_topic(api: TestClient) -> None:
    assert "topic" in api.get("/compare").json()["detail"]
    assert "empty" in api.get("/compare", params={"topic": " "}).json()["detail"]


@pytest.mark.parametrize("path", PATHS)
def test_a_stated_failure_is_a_problem_with_its_sentence(path: str) -> None:
    api = TestClient(create_app(FakePipeline(error=LibraryBusyError("No."))), base_url=ADDRESS)
    response = api.get(path, params={"topic": "x"})
    assert (response.status_code, response.json()["detail"]) == (503, "No.")


@pytest.mark.parametrize("path", PATHS)
def test_they_are_read_and_not_posted_to(api: TestClient, path: str) -> None:
    assert api.post(path).status_code == 405
    assert api.get(f"{path}/more").status_code == 404


def test_the_description_names_every_field_and_gives_an_example(api: TestClient) -> None:
    document = api.get("/openapi.json").json()
    for kind in (Coverage, OutletCoverage, Timeline, Event):
        assert set(document["components"]["schemas"][kind.__name__]["properties"]) == {one.name for one in fields(kind)}
    for path in PATHS:
        operation = document["paths"][path]["get"]
        topic = next(one for one in operation["parameters"] if one["name"] == "topic")
        assert topic["required"] == (path == "/compare")
        example = topic["examples"]["topic"]["value"]
        assert api.get(path, params={"topic": example}).status_code == 200
