"""Measures that suites share."""

from __future__ import annotations

from evals.types import Measure

WORDS = Measure(
    name="words", label="words per answer", score="words", how="mean", unit="words", better="lower", by_kind=True
)
LATENCY_P50 = Measure(name="latency_p50", label="latency p50", score="latency", how="p50", unit="ms", better="lower")
LATENCY = (
    LATENCY_P50,
    Measure(name="latency_p95", label="latency p95", score="latency", how="p95", unit="ms", better="lower"),
)
