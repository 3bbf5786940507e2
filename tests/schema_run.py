"""schemathesis over an application that is served: `schema_run.py URL KEY [SEED [EXAMPLES [CASES]]]` tells what.

It runs by itself because what it makes up takes after the constants of every module that its process has loaded: so it
is the same from run to run.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

# schemathesis's own words for a run: all checks, all phases, always the same requests.
CONFIG = """
seed = {seed}
workers = 1
continue-on-failure = true
request-timeout = 60.0
headers = {{ Authorization = "Bearer {key}" }}

[checks]
enabled = true
max_response_time = 30.0

# What is a text for JSON may be no article for a reader: too short, or of nothing but what stands around articles.
[[operations]]
include-operation-id = "add_article"
checks.positive_data_acceptance.enabled = false

# Bytes under a name that says nothing are a file for OpenAPI and no article. An article may be named "file", so this
# path can be read and deleted as well: `Allow` tells the truth about it, and more than its entry in the document.
[[operations]]
include-operation-id = "add_files"
checks.positive_data_acceptance.enabled = false
checks.allow_header_conformance.enabled = false
{strings}
[generation]
max-examples = {examples}
deterministic = true
database = "none"

[phases.stateful]
max-steps = 4
generation.max-examples = 10
"""

# In an address every value is a text: `outlet=false` names an outlet, though JSON's false would be none. Only thousands
# of cases come upon it.
STRINGS = """
[[operations]]
include-path = ["/search", "/compare", "/timeline"]
checks.negative_data_rejection.enabled = false
"""
MANY = 100  # examples


def amend(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Do what no JSON schema can ask for: of two days the first comes first, and a file has a name that says its kind.

    A file that comes alone is sent under such a name, several as schemathesis sends them.
    """
    for values in (case.query, case.body, case.body.get("crosscheck") if isinstance(case.body, dict) else None):
        if isinstance(values, dict) and all(isinstance(values.get(name), str) for name in ("since", "until")):
            values["since"], values["until"] = sorted((values["since"], values["until"]))
    if case.path == "/articles/file" and isinstance(case.body, dict):
        match case.body.get("files"):
            case [str() | bytes() as content]:
                kwargs["files"] = [("files", ("article.txt", content))]


def findings(address: str, key: str, *, seed: int, examples: int) -> dict[str, Any]:
    """What is wrong, by operation and check; cases by phase; operations, and those that were ever answered well."""
    strings = STRINGS if examples >= MANY else ""
    config = CONFIG.format(seed=seed, key=key, examples=examples, strings=strings)
    schema = schemathesis.openapi.from_url(
        f"{address}/openapi.json",
        headers={"Authorization": f"Bearer {key}"},
        config=SchemathesisConfig.from_str(config),
    )
    found: dict[str, str] = {}
    answered: set[str] = set()
    tried: dict[str, int] = defaultdict(int)
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            tried[event.phase.value] += len(event.recorder.cases)
            for name, exchange in event.recorder.interactions.items():
                if exchange.response is not None and exchange.response.status_code < 300:
                    answered.add(event.recorder.cases[name].value.operation.label)
            for name, checks in event.recorder.checks.items():
                for check in checks:
                    if check.failure_info is not None:
                        failure, exchange = check.failure_info.failure, event.recorder.interactions.get(name)
                        told = exchange.response.content[:500] if exchange and exchange.response else b"no answer"
                        sample = f"{failure.message}\n{told!r}\n{check.failure_info.code_sample}"
                        found[f"{event.label}: {failure.title}"] = sample
        elif isinstance(event, events.NonFatalError | events.FatalError):
            error = event.value if isinstance(event, events.NonFatalError) else event.exception
            found[f"{getattr(event, 'label', '')}: {type(error).__name__}"] = str(error)
    operations = {operation.ok().label for operation in schema.get_all_operations()}
    return {"found": found, "tried": tried, "operations": sorted(operations), "answered": sorted(answered)}


def until(cases: int, address: str, key: str, *, seed: int, examples: int) -> dict[str, Any]:
    """The findings of run after run, each with the next seed, until there were so many cases or something is wrong."""
    told = findings(address, key, seed=seed, examples=examples)
    while sum(told["tried"].values()) < cases and not told["found"]:
        seed += 1
        more = findings(address, key, seed=seed, examples=examples)
        told["found"] = more["found"]
        told["answered"] = sorted({*told["answered"], *more["answered"]})
        told["tried"] = dict(Counter(told["tried"]) + Counter(more["tried"]))
    return told


if __name__ == "__main__":
    schemathesis.hook("before_call")(amend)
    at, bearer, *rest = sys.argv[1:]
    seeded, most, least = [*map(int, rest), *(20241201, 10, 0)[len(rest) :]]
    print(json.dumps(until(least, at, bearer, seed=seeded, examples=most)))
