"""What is counted of the process for whoever watches it, in Prometheus's format. The door of prometheus_client.

Labels take few values, whoever asks and whatever for: routes by their template, statuses by their class, stages and
reasons by our own words for them. No label holds a path, a name, a key or a text.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from rag.errors import CrosscheckError
from rag.types import BY_WORDS_ALONE, Answer

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})  # any other is counted as "other"
UNROUTED = "none"  # the route of a request that no route took
# Seconds: as fine as what is promised of searches (0.15) and answers (1.5), as wide as a model's time.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0, 60.0)
STAGE_BUCKETS = (0.001, 0.0025, *BUCKETS)

# A time of birth beside each count would double what is read, and Prometheus makes little of it.
disable_created_metrics()  # type: ignore[no-untyped-call]
_log = logging.getLogger(__name__)


class Held(Protocol):
    """How much is in the library."""

    @property
    def articles(self) -> int: ...  # noqa: D102

    @property
    def passages(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Questions that are being answered at a moment, and how many of them wait for their turn.

    `spared` is whether the language model is left alone, as it failed again and again; None without one.
    """

    in_progress: int
    waiting: int
    spared: bool | None = None


class Metrics:
    """The counts of one application, `held` and `load` being asked at each reading; any thread may count."""

    def __init__(self, *, held: Callable[[], Held], load: Callable[[], Load]) -> None:
        self._registry = CollectorRegistry()
        self._requests = self._counter(
            "http_requests", "Requests answered, those refused included.", "route", "method", "status"
        )
        self._refused = self._counter(
            "http_requests_refused", "Requests refused before any route: host, origin, size, key or rate.", "status"
        )
        self._durations = self._histogram(
            "http_request_duration_seconds", "Time to the end of the response, streams included.", BUCKETS, "route"
        )
        self._answers = self._counter(
            "answers",
            "Finished answers: by quotations or a model, answered or abstained, and the reason for that.",
            "mode",
            "outcome",
            "reason",
        )
        self._answering = self._histogram(
            "answer_duration_seconds", "Time from a question to its finished answer.", BUCKETS, "mode"
        )
        self._stages = self._histogram(
            "answer_stage_duration_seconds",
            "Time of each stage of an answer: embed and rerank are parts of search, verify of model but for its last.",
            STAGE_BUCKETS,
            "stage",
        )
        self._replaced = self._counter(
            "model_replies_replaced",
            "Answers by quotations because the model failed, was late or wrote nothing of use.",
        )
        self._tokens = self._counter("model_tokens", "Tokens that the model counted.", "kind")
        self._unsupported = self._counter(
            "unsupported_statements", "Sentences of the model that the articles do not support."
        )
        self._disagreements = self._counter("disagreements", "Disagreements shown in answers.", "kind")
        for kind in ("prompt", "completion"):  # from zero on, so that the first of each is seen as an increase
            self._tokens.labels(kind)
        self._registry.register(_Current(held, load))
        ProcessCollector(registry=self._registry)

    def count_request(self, *, route: str, method: str, status: int, seconds: float, refused: bool) -> None:
        """Count a request: `route` is a template and of a known few, `refused` where the gate answered it."""
        method = method if method in METHODS else "other"
        self._requests.labels(route, method, f"{status // 100}xx").inc()
        self._durations.labels(route).observe(seconds)
        if refused:
            self._refused.labels(str(status)).inc()

    def count_answer(self, answer: Answer) -> None:
        """Count a finished answer."""
        outcome = "abstained" if answer.abstained else "answered"
        self._answers.labels(answer.mode, outcome, answer.reason or "").inc()
        for stage, milliseconds in answer.timings.items():
            seconds = milliseconds / 1_000
            if stage == "total":
                self._answering.labels(answer.mode).observe(seconds)
            else:
                self._stages.labels(stage).observe(seconds)
        if answer.mode == "offline" and answer.notice and answer.notice != BY_WORDS_ALONE:
            self._replaced.inc()
        self._tokens.labels("prompt").inc(answer.usage.prompt_tokens)
        self._tokens.labels("completion").inc(answer.usage.completion_tokens)
        self._unsupported.inc(answer.unsupported)
        for disagreement in answer.disagreements:
            self._disagreements.labels(disagreement.kind).inc()

    def read(self, accept: str = "") -> tuple[bytes, str]:
        """All counts, and the media type that `accept` asks for: Prometheus's text, or OpenMetrics."""
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, labels, namespace="crosscheck", registry=self._registry)

    def _histogram(self, name: str, about: str, buckets: Iterable[float], *labels: str) -> Histogram:
        return Histogram(name, about, labels, namespace="crosscheck", registry=self._registry, buckets=tuple(buckets))


class _Current(Collector):
    """What is so at the moment of reading; a library that cannot be read has no size, and the rest is told."""

    def __init__(self, held: Callable[[], Held], load: Callable[[], Load]) -> None:
        self._held, self._load = held, load

    def collect(self) -> Iterator[Metric]:
        """Give a gauge for each number."""
        load = self._load()
        yield _gauge("questions_in_progress", "Questions being answered, those included that wait.", load.in_progress)
        yield _gauge("questions_waiting", "Questions that wait for their turn.", load.waiting)
        if load.spared is not None:
            yield _gauge(
                "model_circuit_open",
                "1 while the language model is left alone, as it failed again and again; else 0.",
                int(load.spared),
            )
        try:
            held = self._held()
        except CrosscheckError as error:
            _log.error("The size of the library cannot be read for the metrics: %s", error)
            return
        yield _gauge("library_articles", "Articles in the library.", held.articles)
        yield _gauge("library_passages", "Passages in the library.", held.passages)


def _gauge(name: str, about: str, value: int) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"crosscheck_{name}", about, value)
