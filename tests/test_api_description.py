"""The OpenAPI document: every path, status and error in it, with examples that the server takes."""

from dataclasses import fields

import pytest
from fake_pipeline import FakePipeline
from fastapi.testclient import TestClient

from rag.api import create_app
from rag.config import Settings
from rag.types import Answer, IngestReport

ADDRESS = "http://127.0.0.1:7860"
OURS = {
    "/ask": {"post"},
    "/search": {"get"},
    "/compare": {"get"},
    "/timeline": {"get"},
    "/articles": {"get", "post"},
    "/articles/file": {"post"},
    "/articles/{article_id}": {"get", "delete"},
    "/articles/{article_id}/revisions": {"get"},
    "/articles/{article_id}/changes": {"get"},
    "/feedback": {"get", "post"},
    "/healthz": {"get"},
    "/readyz": {"get"},
    "/metrics": {"get"},
}


@pytest.fixture(scope="module")
def document() -> dict:
    return create_app(FakePipeline(settings=Settings(_env_file=None, api_keys="reads-and-no-more"))).openapi()


def operations(document: dict) -> list[tuple[str, str, dict]]:
    return [(path, method, one) for path, methods in document["paths"].items() for method, one in methods.items()]


def test_every_path_is_there_and_mcp_is_not(document: dict):
    ours = {path: set(methods) for path, methods in document["paths"].items() if not path.startswith("/v1/")}
    assert ours == OURS


def test_the_answer_has_the_names_of_the_types(document: dict):
    assert list(document["components"]["schemas"]["Answer"]["properties"]) == [field.name for field in fields(Answer)]


def test_each_operation_has_a_name_of_its_own_a_description_and_a_known_tag(document: dict):
    found = [one for _, _, one in operations(document)]
    assert len({one["operationId"] for one in found}) == len(found)
    tags = {tag["name"] for tag in document["tags"] if tag["description"]}
    for one in found:
        assert one["description"] and set(one["tags"]) <= tags


def test_each_status_is_declared_with_its_shape(document: dict):
    for path, method, one in operations(document):
        openai = path.startswith("/v1/")
        statuses = set(one["responses"])
        assert {"400", "401", "403", "429", "500", "503", "504"} <= statuses
        assert ({"408", "413"} <= statuses) == ("requestBody" in one)
        assert not {"4XX", "5XX", "default"} & statuses
        assert ("422" in statuses) == (not openai and ("requestBody" in one or "parameters" in one))
        assert ("404" in statuses) == (openai or "{article_id}" in path), (path, method)
        for status, response in one["responses"].items():
            assert response["description"] and "X-Request-ID" in response["headers"]
            assert ("Retry-After" in response["headers"]) == (status in ("429", "503"))
            if status >= "400":
                kind, schema = (
                    ("application/json", "OpenAIErrorBody") if openai else ("application/problem+json", "Problem")
                )
                assert response["content"] == {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    assert "HTTPValidationError" not in str(document)


def test_every_reference_leads_somewhere(document: dict):
    def references(value: object):
        if isinstance(value, dict):
            yield from [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                yield from references(item)

    found = set(references(document))
    assert found
    for reference in found:
        place = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_every_parameter_and_body_of_ours_has_an_example(document: dict):
    for path, method, one in operations(document):
        if path in OURS:
            for parameter in one.get("parameters", []):
                assert parameter.get("examples") or parameter["schema"].get("examples"), (path, method, parameter)
            for content in one.get("requestBody", {}).get("content", {}).values():
                assert content.get("examples") or content.get("example"), (path, method)


def test_the_examples_are_accepted(tmp_path):
    settings = Settings(_env_file=None, data_dir=tmp_path)
    app = create_app(FakePipeline(settings=settings, report=IngestReport(added=("a",))))
    api = TestClient(app, base_url=ADDRESS)
    for path, method, one in operations(app.openapi()):
        for content in one.get("requestBody", {}).get("content", {}).values():
            for example in content.get("examples", {}).values():
                response = api.request(method, path, json=example["value"])
                assert response.status_code in (200, 201), (path, response.text)
        if method == "get" and "{" not in path:
            given = {}
            for parameter in one.get("parameters", []):
                several = list(parameter.get("examples", {}).values())
                given[parameter["name"]] = several[0]["value"] if several else parameter["schema"]["examples"][0]
            assert api.get(path, params=given).status_code in (200, 503), path


def test_it_says_whether_a_key_is_needed(document: dict):
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert document["security"] == [{"key": []}]
    assert document["paths"]["/healthz"]["get"]["security"] == [{}, {"key": []}]
    assert create_app(FakePipeline()).openapi()["security"] == [{}, {"key": []}]
