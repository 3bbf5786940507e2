"""Stages: timed by a clock, traced by OpenTelemetry's own in-memory exporter."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_server import Behaviour, ModelServer, fails, says
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from rag import tracing
from rag.config import Settings
from rag.errors import UsageError
from rag.pipeline import Pipeline
from rag.types import Answer

ROOT = Path(__file__).parent.parent
BRIEFS = ROOT / "corpus"
KILLED = "How many people have been killed in the fighting?"


def settings(folder: Path, **changes: object) -> Settings:
    quiet = Settings(_env_file=None, openai_api_key=None, openai_base_url=None)
    return quiet.model_copy(update={"data_dir": folder, "cache_dir": quiet.cache_dir.expanduser(), **changes})


@pytest.fixture
def memory() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    with tracing.exporting(exporter):
        yield exporter


@pytest.fixture(scope="module")
def briefs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with Pipeline(settings(tmp_path_factory.mktemp("library"))) as pipeline:
        pipeline.ingest([BRIEFS])
        yield pipeline


def asked_of(model: Behaviour, folder: Path) -> Answer:
    """The answer of a new library with this model."""
    with ModelServer(model) as server, Pipeline(settings(folder, openai_base_url=server.base_url)) as pipeline:
        pipeline.ingest([BRIEFS])
        return pipeline.answer(KILLED)


def by_name(memory: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in memory.get_finished_spans()}


def parent(spans: dict[str, ReadableSpan], name: str) -> str | None:
    above = spans[name].parent
    return next((one.name for one in spans.values() if above and one.context.span_id == above.span_id), None)


def everything(memory: InMemorySpanExporter) -> str:
    return " ".join(span.to_json() for span in memory.get_finished_spans())


# --- stages


def test_a_clock_sums_what_comes_again_and_leaves_out_what_failed():
    with tracing.clock() as clock:
        for _ in range(2):
            with tracing.span("again"):
                pass
        with pytest.raises(ValueError, match="no"), tracing.span("failed"):
            raise ValueError("no")
        timings = clock.timings()
    assert list(timings) == ["again", "total"]
    assert 0 <= timings["again"] <= timings["total"]


def test_a_stage_is_counted_by_the_innermost_clock_alone():
    with tracing.clock() as outer:
        with tracing.span("ask"), tracing.clock() as inner, tracing.span("search"):
            pass
        with tracing.span("late"):
            pass
    assert set(inner.timings()) == {"search", "total"} and set(outer.timings()) == {"ask", "late", "total"}


def test_without_traces_a_span_takes_what_is_noted_and_keeps_nothing():
    with tracing.span("any", number=1) as span:
        span.note(more=2)
        span.note_texts(question="what?")
        span.rename("other")
        span.fail(ValueError("secret"))
        assert not trace.get_current_span().is_recording()


def test_spans_inside_spans_are_their_children(memory: InMemorySpanExporter):
    with tracing.span("outer", kind="test"), tracing.span("inner") as inner:
        inner.note(hits=3, **{"gen_ai.request.model": "small"})
    spans = by_name(memory)
    assert parent(spans, "inner") == "outer" and parent(spans, "outer") is None
    assert spans["outer"].attributes == {"crosscheck.kind": "test"}
    assert spans["inner"].attributes == {"crosscheck.hits": 3, "gen_ai.request.model": "small"}
    assert spans["outer"].resource.attributes["service.name"] == "crosscheck"


def test_traces_end_with_their_block():
    exporter = InMemorySpanExporter()
    with tracing.exporting(exporter), tracing.span("inside"):
        pass
    with tracing.span("outside"):
        pass
    assert set(by_name(exporter)) == {"inside"}


def test_an_error_is_noted_by_its_kind_without_its_message(memory: InMemorySpanExporter):
    with pytest.raises(ValueError, match="canary"), tracing.span("outer"), tracing.span("broken"):
        raise ValueError("canary in the mine")
    broken = by_name(memory)["broken"]
    assert not broken.status.is_ok and broken.status.description == "ValueError"
    assert broken.attributes == {"error.type": "ValueError"}
    assert [event.attributes for event in broken.events] == [{"exception.type": "ValueError"}]
    assert "canary" not in everything(memory)


def test_texts_are_noted_where_they_are_allowed():
    exporter = InMemorySpanExporter()
    with tracing.exporting(exporter, texts=True), tracing.span("broken") as span:
        span.note_texts(question="who sings?")
        span.fail(ValueError("canary in the mine"))
    (broken,) = exporter.get_finished_spans()
    assert broken.attributes["crosscheck.question"] == "who sings?"
    assert broken.events[0].attributes["exception.message"] == "canary in the mine"


# --- generators


def steps() -> Iterator[int]:
    with tracing.span("steps"):
        for number in range(3):
            yield number
            with tracing.span(f"step {number}"):
                pass


def test_a_stage_that_stays_open_between_steps_is_not_the_callers(memory: InMemorySpanExporter):
    with tracing.span("caller"):
        for number in tracing.apart(steps()):
            with tracing.span(f"meanwhile {number}"):
                pass
    spans = by_name(memory)
    assert {parent(spans, f"meanwhile {number}") for number in range(3)} == {"caller"}
    assert {parent(spans, f"step {number}") for number in range(3)} == {"steps"} and parent(spans, "steps") == "caller"


def test_steps_taken_in_other_threads_stay_in_one_trace(memory: InMemorySpanExporter, caplog):
    with tracing.span("caller"):
        taken = tracing.apart(steps())
    found = []
    for _ in range(3):
        thread = threading.Thread(target=lambda: found.append(next(taken)))
        thread.start()
        thread.join()
    taken.close()
    spans = by_name(memory)
    assert found == [0, 1, 2] and parent(spans, "step 0") == "steps" and parent(spans, "steps") == "caller"
    assert not caplog.records  # OpenTelemetry tells of a context that was left elsewhere than entered


def test_steps_that_are_given_up_end_their_stages(memory: InMemorySpanExporter):
    taken = tracing.apart(steps())
    next(taken)
    taken.close()
    span = by_name(memory)["steps"]
    assert span.status.is_unset


def test_a_step_that_fails_is_raised_where_it_was_asked_for():
    def failing() -> Iterator[int]:
        yield 1
        raise UsageError("no more")

    taken = tracing.apart(failing())
    assert next(taken) == 1
    with pytest.raises(UsageError, match="no more"):
        next(taken)


def test_the_making_of_each_step_is_a_stage():
    with tracing.clock() as clock:
        assert list(tracing.each("read", iter("ab"))) == ["a", "b"]
        assert list(clock.timings()) == ["read", "total"]


# --- requests


PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_request_goes_on_with_the_trace_that_its_header_names(memory: InMemorySpanExporter):
    with tracing.request("request", {"traceparent": PARENT}), tracing.span("ask"):
        pass
    spans = by_name(memory)
    assert format(spans["request"].context.trace_id, "032x") == "0af7651916cd43dd8448eb211c80319c"
    assert format(spans["request"].parent.span_id, "016x") == "b7ad6b7169203331"
    assert spans["request"].kind is SpanKind.SERVER and parent(spans, "ask") == "request"


@pytest.mark.parametrize("header", ["", "00-zz-01", "00-" + "0" * 32 + "-b7ad6b7169203331-01", "x" * 10_000])
def test_a_header_that_names_no_trace_begins_one(memory: InMemorySpanExporter, header: str):
    with tracing.request("request", {"traceparent": header}):
        pass
    assert by_name(memory)["request"].parent is None


# --- the product


def test_every_stage_of_an_answer_is_a_span_and_a_time(briefs: Pipeline, memory: InMemorySpanExporter):
    answer = briefs.answer(KILLED)
    spans = by_name(memory)
    assert set(spans) == {"ask", "understand", "wait", "search", "embed", "extract"}
    assert {parent(spans, name) for name in ("understand", "wait", "search", "extract")} == {"ask"}
    assert parent(spans, "embed") == "search"
    assert set(answer.timings) == set(spans) - {"ask"} | {"total"}
    assert spans["ask"].attributes["crosscheck.outcome"] == "answered"
    assert "killed" not in everything(memory)


def test_a_search_and_the_views_have_spans(briefs: Pipeline, memory: InMemorySpanExporter):
    briefs.search("Assad")
    briefs.coverage("Assad")
    briefs.timeline("Assad")
    assert {"understand", "search", "embed", "compare", "timeline"} <= set(by_name(memory))


def test_a_models_answer_is_verified_inside_and_after_its_reply(tmp_path: Path, memory: InMemorySpanExporter):
    answer = asked_of(
        says("At least 412 people have been killed [1]. ", "Of them", " nothing else is told [1]."), tmp_path
    )
    spans = by_name(memory)
    assert parent(spans, "model") == "ask" and {"model", "verify"} <= set(answer.timings)
    above = [one.parent.span_id for one in memory.get_finished_spans() if one.name == "verify"]
    assert set(above) == {spans["model"].context.span_id, spans["ask"].context.span_id}
    assert answer.model and spans["model"].attributes == {
        "gen_ai.request.model": answer.model,
        "gen_ai.usage.input_tokens": 11,
        "gen_ai.usage.output_tokens": 7,
    }
    assert "killed" not in everything(memory)
    assert parent(spans, "read") == parent(spans, "index") == "ingest"


def test_a_model_that_fails_leaves_a_span_that_says_so_and_no_time(tmp_path: Path, memory: InMemorySpanExporter):
    answer = asked_of(fails(400, "I will not speak of killed people"), tmp_path)
    assert answer.mode == "offline" and "model" not in answer.timings
    assert by_name(memory)["model"].attributes["error.type"] == "DeclinedError"
    assert by_name(memory)["ask"].status.is_unset and "killed" not in everything(memory)


# --- what is not installed, and what others do


def test_nothing_of_opentelemetry_is_loaded_while_traces_are_off():
    program = (
        "import sys; from rag import tracing\n"
        "with tracing.span('any') as span: span.note(number=1)\n"
        "with tracing.request('request', {'traceparent': ''}): pass\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_without_opentelemetry_the_wish_for_traces_is_answered_in_a_sentence():
    program = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from rag import tracing; from rag.errors import SettingsError\n"
        "with tracing.clock() as clock, tracing.span('any'): pass\n"
        "try:\n    with tracing.exporting(): pass\n"
        "except SettingsError as error: print(error)"
    )
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout == "TRACING needs OpenTelemetry: install it with `pip install .[otel]`, or set TRACING=false.\n"


def test_no_other_library_finds_a_provider_to_trace_by(memory: InMemorySpanExporter):
    with trace.get_tracer("some library").start_as_current_span("theirs") as theirs:
        assert not theirs.is_recording()
    assert "theirs" not in by_name(memory)


def test_libraries_that_could_trace_by_themselves_are_told_not_to(tmp_path: Path):
    program = (
        "from rag.config import load_settings; load_settings()\n"
        "import chromadb.config, fastapi\n"
        "print(chromadb.config.Settings().chroma_otel_granularity, fastapi.FastAPI()._telemetry['auto_configure'])"
    )
    loud = {
        "CHROMA_OTEL_GRANULARITY": "all",
        "FASTAPI_OTEL_AUTO_CONFIGURE": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
    }
    command, environment = [sys.executable, "-c", program], os.environ | loud | {"PYTHONPATH": str(ROOT)}
    found = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["none", "False"]
