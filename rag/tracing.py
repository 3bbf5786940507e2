"""Stages of work: each is timed where a clock runs, and a span of OpenTelemetry where traces are on. Its door.

OpenTelemetry is optional (`pip install .[otel]`) and is not imported before `exporting`. Its provider is our own and
never the global one, so that no library finds one and begins to trace by itself. No span holds a question or an
article's words, not even in an error's message, unless `texts` are allowed.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from rag.errors import SettingsError

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span as Recorded
    from opentelemetry.trace import Tracer

Value: TypeAlias = str | bool | int | float
Step = TypeVar("Step")

_MISSING = "TRACING needs OpenTelemetry: install it with `pip install .[otel]`, or set TRACING=false."
_NAMESPACE = "crosscheck."  # before names of attributes that have none, as OpenTelemetry's conventions want


class Clock:
    """Milliseconds by stage since it was made; a stage that failed is not in it, one that came again is summed."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._stages: dict[str, float] = {}

    def add(self, stage: str, seconds: float) -> None:
        """Count these seconds for a stage."""
        self._stages[stage] = self._stages.get(stage, 0.0) + seconds

    def timings(self) -> dict[str, float]:
        """The stages so far in the order in which they ended, and `total`; a stage within another is in both."""
        times = self._stages | {"total": time.perf_counter() - self._began}
        return {stage: round(seconds * 1_000, 1) for stage, seconds in times.items()}


class Span:
    """A stage that is open; where traces are off, what is noted of it goes nowhere."""

    __slots__ = ("_recorded", "_texts")

    def __init__(self, recorded: Recorded | None = None, *, texts: bool = False) -> None:
        self._recorded, self._texts = recorded, texts

    def rename(self, name: str) -> None:
        """Give it another name, where the right one is known late."""
        if self._recorded is not None:
            self._recorded.update_name(name)

    def note(self, **attributes: Value) -> None:
        """Note counts, names, kinds: never words of a question, an article or a reply."""
        if self._recorded is not None:
            self._recorded.set_attributes(_named(attributes))

    def note_texts(self, **attributes: str) -> None:
        """Note such words after all, where they are allowed."""
        if self._texts:
            self.note(**attributes)

    def fail(self, error: Exception) -> None:
        """Note that it failed, by the error's kind; by its message and traceback too where texts are allowed."""
        if self._recorded is None:
            return
        from opentelemetry.trace import Status, StatusCode

        kind = type(error).__qualname__
        if self._texts:
            self._recorded.record_exception(error)
        else:
            self._recorded.add_event("exception", {"exception.type": kind})
        self._recorded.set_attribute("error.type", kind)
        self._recorded.set_status(Status(StatusCode.ERROR, kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Traces:
    tracer: Tracer
    texts: bool


_OFF = nullcontext(Span())
_clock: ContextVar[Clock | None] = ContextVar("clock", default=None)
_traces: _Traces | None = None  # of the process, as its log is; None: off


@contextmanager
def span(name: str, **attributes: Value) -> Iterator[Span]:
    """A stage of the work under way: timed by the innermost `clock`, and a child of the innermost span."""
    began = time.perf_counter()
    with _OFF if _traces is None else _recorded(_traces, name, attributes) as opened:
        yield opened
    running = _clock.get()
    if running is not None:
        running.add(name, time.perf_counter() - began)


@contextmanager
def clock() -> Iterator[Clock]:
    """A clock for the stages inside."""
    made = Clock()
    token = _clock.set(made)
    try:
        yield made
    finally:
        _clock.reset(token)


@contextmanager
def request(name: str, headers: Mapping[str, str], **attributes: Value) -> Iterator[Span]:
    """The span of a request from outside, within the trace that its `traceparent` header names, if it does."""
    if _traces is None:
        yield Span()
        return
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carried = {name: headers[name] for name in ("traceparent", "tracestate") if name in headers}
    parent = TraceContextTextMapPropagator().extract(carried)
    with _recorded(_traces, name, attributes, parent=parent, served=True) as opened:
        yield opened


def apart(steps: Generator[Step, None, None]) -> Generator[Step, None, None]:
    """The same steps, taken in a copy of the context of this call, so that stages may stay open between two of them.

    A generator has no context of its own: what it opened would else be open for whoever takes its steps, and a step
    taken in another thread could not close it.
    """
    context = copy_context()

    def taken() -> Generator[Step, None, None]:
        try:
            while True:
                try:
                    step = context.run(next, steps)
                except StopIteration:
                    return
                yield step
        finally:
            context.run(steps.close)

    return taken()


def each(name: str, steps: Iterator[Step]) -> Iterator[Step]:
    """The same steps, with a span around the making of each."""
    while True:
        with span(name):
            try:
                step = next(steps)
            except StopIteration:
                return
        yield step


@contextmanager
def exporting(exporter: SpanExporter | None = None, *, texts: bool = False) -> Iterator[None]:
    """Trace until the end of the block, for the whole process; what is left then is sent.

    Without an `exporter` spans go out by OTLP over HTTP; where to and how is told by OpenTelemetry's own variables
    (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER ...). `texts` allows questions in spans. Raises
    SettingsError where OpenTelemetry is not installed.
    """
    global _traces
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
    except ImportError as error:
        raise SettingsError(_MISSING) from error

    named = Resource.create().merge(Resource({"service.name": "crosscheck"})).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=named)
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter()) if exporter is None else SimpleSpanProcessor(exporter)
    )
    before, _traces = _traces, _Traces(tracer=provider.get_tracer("crosscheck"), texts=texts)
    try:
        yield
    finally:
        _traces = before
        provider.shutdown()


@contextmanager
def _recorded(
    traces: _Traces, name: str, attributes: Mapping[str, Value], *, parent: Context | None = None, served: bool = False
) -> Iterator[Span]:
    """A span of OpenTelemetry that is the current one; its errors are ours to note, without their messages."""
    from opentelemetry.trace import SpanKind

    with traces.tracer.start_as_current_span(
        name,
        context=parent,
        kind=SpanKind.SERVER if served else SpanKind.INTERNAL,
        attributes=_named(attributes),
        record_exception=False,
        set_status_on_exception=False,
    ) as recorded:
        opened = Span(recorded, texts=traces.texts)
        try:
            yield opened
        except Exception as error:
            opened.fail(error)
            raise


def _named(attributes: Mapping[str, Value]) -> dict[str, Value]:
    return {name if "." in name else _NAMESPACE + name: value for name, value in attributes.items()}
