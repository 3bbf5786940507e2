"""The library inside LlamaIndex: `Retriever` finds passages as nodes, `QueryEngine` answers from them.

    engine = QueryEngine(library)
    tool = QueryEngineTool.from_defaults(engine, name="news", description="Answers from a news archive.")

A node is a passage under the library's own id: equal passages are equal nodes, whoever gives them, and
`article.text[node.start_char_idx:node.end_char_idx] == node.text`. Importing this module loads llama-index.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, TypedDict

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.response.schema import AsyncStreamingResponse, Response, StreamingResponse
from llama_index.core.callbacks import CallbackManager, CBEventType, EventPayload
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode

from rag.footnotes import address_of, footnoted, sentences
from rag.library import HITS, Library
from rag.types import Answer, Byline, Citation, Hit

# What is for programs: a model that is shown a node reads outlet, title and date, and not these.
_FOR_PROGRAMS = ["article_id", "revision", "url", "citations"]
# Put before an answer that is not the continuation of what was already given, which cannot be taken back.
CORRECTION = "\n\nOn a second look at the articles, the answer is this instead:\n\n"


class Limits(TypedDict):
    """What the evidence is limited to, as the library's methods name it."""

    outlets: Sequence[str]
    since: date | str | None
    until: date | str | None
    articles: Sequence[str]


class Retriever(BaseRetriever):
    """At most `limit` passages for a query, best first, the very ones that an answer is made of.

    `outlets`, `since`, `until` and `articles` limit them as `Library` says. Retrieving raises as `Library.search` does.
    """

    def __init__(
        self,
        library: Library,
        *,
        limit: int = HITS,
        outlets: Sequence[str] = (),
        since: date | str | None = None,
        until: date | str | None = None,
        articles: Sequence[str] = (),
        callback_manager: CallbackManager | None = None,
    ) -> None:
        super().__init__(callback_manager=callback_manager)
        self._library = library
        self._limit = limit
        self._limits = Limits(outlets=outlets, since=since, until=until, articles=articles)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._library.search(query_bundle.query_str, limit=self._limit, **self._limits)
        return [_of_hit(hit) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


class QueryEngine(BaseQueryEngine):
    """Answers whose every statement is cited, for a router, an agent, an evaluator.

    The response's text is the answer with its footnotes, as an agent reads nothing else: what outlets say differently,
    as of when, the sources. It is inert Markdown; the articles' exact words are in `metadata`, which holds all of the
    Answer but its hits, as plain values: `text`, `statements`, `citations`, `disagreements`, `abstained`, `reason`,
    `nearest`, `unanswered`, `score`, `as_of` and the rest. `source_nodes` are the passages that are cited, each with
    its `citations` (number, quote, offsets, speaker) in the node's metadata; of an abstention there are none.

    With `streaming` the text comes as it grows, and source nodes and metadata are there once it was read to its end.
    Limits and errors are those of `Library.ask`.
    """

    def __init__(
        self,
        library: Library,
        *,
        outlets: Sequence[str] = (),
        since: date | str | None = None,
        until: date | str | None = None,
        articles: Sequence[str] = (),
        streaming: bool = False,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        super().__init__(callback_manager=callback_manager)
        self._library = library
        self._limits = Limits(outlets=outlets, since=since, until=until, articles=articles)
        self._streaming = streaming

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}

    def _query(self, query_bundle: QueryBundle) -> Response | StreamingResponse:
        question = query_bundle.query_str
        with self.callback_manager.event(CBEventType.QUERY, payload={EventPayload.QUERY_STR: question}) as event:
            response: Response | StreamingResponse
            if self._streaming:
                growing = _Growing(question)
                pieces = self._pieces(growing)
                response = StreamingResponse(pieces, source_nodes=growing.nodes, metadata=growing.metadata)
            else:
                response = self._whole(question)
            event.on_end(payload={EventPayload.RESPONSE: response})
        return response

    async def _aquery(self, query_bundle: QueryBundle) -> Response | AsyncStreamingResponse:
        question = query_bundle.query_str
        with self.callback_manager.event(CBEventType.QUERY, payload={EventPayload.QUERY_STR: question}) as event:
            response: Response | AsyncStreamingResponse
            if self._streaming:
                growing = _Growing(question)
                pieces = _stepped(self._pieces(growing), growing)
                response = AsyncStreamingResponse(pieces, source_nodes=growing.nodes, metadata=growing.metadata)
            else:
                response = await asyncio.to_thread(self._whole, question)
            event.on_end(payload={EventPayload.RESPONSE: response})
        return response

    def _whole(self, question: str) -> Response:
        answer = self._library.ask(question, **self._limits)
        return Response(_text(answer), source_nodes=source_nodes(answer), metadata=_metadata(answer))

    def _pieces(self, growing: _Growing) -> Generator[str, None, None]:
        """The text of the answer as it grows; to close this ends a model's work."""
        sent = ""
        try:
            for answer in self._library.stream(growing.question, stop=growing.stop, **self._limits):
                if answer.finished:
                    growing.end(answer)
                    whole = _text(answer)
                    yield whole.removeprefix(sent) if whole.startswith(sent) else CORRECTION + whole
                elif (text := sentences(answer).rstrip()).startswith(sent) and text != sent:
                    yield text.removeprefix(sent)
                    sent = text
        finally:
            growing.stop.set()


class _Growing:
    """What a streamed response holds beside its text, filled when the answer is finished.

    Until then the metadata is not empty, for which LlamaIndex's router would put another dictionary.
    """

    def __init__(self, question: str) -> None:
        self.question = question
        self.stop = threading.Event()
        self.nodes: list[NodeWithScore] = []
        self.metadata: dict[str, Any] = {"question": question, "finished": False}

    def end(self, answer: Answer) -> None:
        self.nodes.extend(source_nodes(answer))
        self.metadata.update(_metadata(answer))


async def _stepped(pieces: Generator[str, None, None], growing: _Growing) -> AsyncGenerator[str, None]:
    """The pieces for an event loop, each waited for in a thread."""
    try:
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            yield piece
    finally:
        growing.stop.set()  # the thread may be in the midst of a step, where the pieces cannot be closed


def source_nodes(answer: Answer) -> list[NodeWithScore]:
    """The passages that an answer cites, in the order of its citations; one for each quotation that is in none."""
    cited: dict[str, tuple[NodeWithScore, list[Citation]]] = {}
    for citation in answer.citations:
        node = next((_of_hit(hit) for hit in answer.hits if _holds(hit, citation)), None) or _of_quote(citation)
        cited.setdefault(node.node.node_id, (node, []))[1].append(citation)
    for node, own in cited.values():
        node.node.metadata["citations"] = [_cited(citation) for citation in own]
    return [node for node, _ in cited.values()]


def _holds(hit: Hit, citation: Citation) -> bool:
    passage = hit.passage
    return (passage.article_id, passage.revision) == (citation.article_id, citation.revision) and (
        passage.start <= citation.start and citation.end <= passage.end
    )


def _cited(citation: Citation) -> dict[str, Any]:
    """What a citation says beyond its article: `start` and `end` are offsets into the article's text."""
    return {
        "number": citation.number,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "speaker": citation.speaker,
        "event_date": citation.event_date,
    }


def _of_hit(hit: Hit) -> NodeWithScore:
    passage = hit.passage
    return NodeWithScore(
        node=_node(passage.id, passage.text, start=passage.start, end=passage.end, source=hit.byline), score=hit.score
    )


def _of_quote(citation: Citation) -> NodeWithScore:
    name = f"{citation.article_id}:{citation.revision[:12]}:{citation.start}-{citation.end}"
    return NodeWithScore(
        node=_node(name, citation.quote, start=citation.start, end=citation.end, source=citation), score=None
    )


def _node(name: str, text: str, *, start: int, end: int, source: Byline | Citation) -> TextNode:
    return TextNode(
        id_=name,
        text=text,
        start_char_idx=start,
        end_char_idx=end,
        metadata={
            "outlet": source.outlet,
            "title": source.title,
            "published_at": source.published_at,
            "article_id": source.article_id,
            "revision": source.revision,
            "url": source.url,
        },
        excluded_llm_metadata_keys=_FOR_PROGRAMS,
        excluded_embed_metadata_keys=_FOR_PROGRAMS,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=source.article_id)},
    )


def _text(answer: Answer) -> str:
    return footnoted(answer, address=lambda one: address_of(one, otherwise=f"article {one.article_id}"))


def _metadata(answer: Answer) -> dict[str, Any]:
    found = asdict(answer)
    del found["hits"]
    return found
