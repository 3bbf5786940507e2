"""Our retriever and query engine inside LlamaIndex itself: its evaluator, router, agent, sub-questions, callbacks."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import fake_pipeline
import made_gale
import pytest
from fake_pipeline import FakePipeline
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.base_selector import BaseSelector, SelectorResult, SingleSelection
from llama_index.core.base.llms.types import ChatMessage, ToolCallBlock
from llama_index.core.base.response.schema import AsyncStreamingResponse, Response, StreamingResponse
from llama_index.core.callbacks import CallbackManager, CBEventType, EventPayload, LlamaDebugHandler
from llama_index.core.evaluation import RetrieverEvaluator
from llama_index.core.indices.prompt_helper import PromptHelper
from llama_index.core.llms import MockLLM
from llama_index.core.llms.mock import MockFunctionCallingLLM
from llama_index.core.query_engine import RetrieverQueryEngine, RouterQueryEngine, SubQuestionQueryEngine
from llama_index.core.question_gen.types import BaseQuestionGenerator, SubQuestion
from llama_index.core.response_synthesizers import CompactAndRefine, ResponseMode, get_response_synthesizer
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import MetadataMode, QueryBundle
from llama_index.core.tools import QueryEngineTool, ToolMetadata

from rag.articles import Text
from rag.config import Settings
from rag.embedding import Embedder
from rag.errors import UsageError
from rag.library import Library
from rag.llamaindex import CORRECTION, QueryEngine, Retriever, source_nodes
from rag.pipeline import Pipeline
from rag.types import Answer

GIVEN = (
    Text(text=made_gale.GALE, title="Gale", outlet="Harbour Post", published_at="2021-05-04"),
    Text(text=made_gale.PILOTS, title="Warned", outlet="Quay Post", published_at="2021-05-06"),
    Text(text=made_gale.BREAD, title="Bread", outlet="Quay Post", published_at="2021-06-01"),
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Library]:
    """A library of three made-up articles: two on one gale, one on bread."""
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("library"))
    with Library.over(Pipeline(settings, embedder=embedder)) as opened:
        assert len(opened.add(*GIVEN).added) == len(GIVEN)
        yield opened


def article_id(library: Library, title: str) -> str:
    (found,) = (one.article_id for one in library.articles() if one.title == title)
    return found


def faked(**given: Any) -> tuple[Library, FakePipeline]:
    pipeline = FakePipeline(**given)
    return Library.over(pipeline), pipeline


# --- the retriever ---------------------------------------------------------------------------------------------------


def test_a_node_is_a_passage_with_its_place_and_its_byline(library: Library):
    found = Retriever(library).retrieve("How many fishing boats sank in Osterby?")
    assert [node.score for node in found] == [
        hit.score for hit in library.search("How many fishing boats sank in Osterby?")
    ]
    best = found[0].node
    article = library.article(best.metadata["article_id"])
    assert article.text[best.start_char_idx : best.end_char_idx] == best.text == found[0].text
    assert best.ref_doc_id == article.id
    assert best.metadata == {
        "outlet": article.outlet,
        "title": article.title,
        "published_at": article.published_at,
        "article_id": article.id,
        "revision": article.revision,
        "url": None,
    }
    assert best.get_content(metadata_mode=MetadataMode.LLM).splitlines()[:2] == [
        f"outlet: {article.outlet}",
        f"title: {article.title}",
    ]
    assert article.revision not in best.get_content(metadata_mode=MetadataMode.LLM)


def test_the_same_passages_are_found_in_an_event_loop(library: Library):
    query = "What does rye bread cost?"
    whole = [node.node_id for node in Retriever(library).retrieve(query)]
    assert [node.node_id for node in asyncio.run(Retriever(library).aretrieve(query))] == whole


def test_limits_hold_for_every_query():
    library, pipeline = faked()
    limited = {"outlets": ("Quay Post",), "since": date(2024, 11, 1), "until": "2024-12-01", "articles": ("a",)}
    Retriever(library, limit=2, **limited).retrieve("Bridge?")
    QueryEngine(library, **limited).query("Bridge?")
    for _, _, filters in pipeline.asked:
        assert (filters.outlets, filters.since, filters.until, filters.articles) == (
            ("Quay Post",),
            "2024-11-01",
            "2024-12-01",
            ("a",),
        )
    assert len(pipeline.asked) == 2


def test_what_is_outside_the_limits_is_not_found(library: Library):
    found = Retriever(library, until="2021-05-05").retrieve("Osterby gale")
    assert {node.metadata["title"] for node in found} == {"Gale"}


@pytest.mark.parametrize("mode", ["evaluate", "aevaluate"])
def test_llamaindexs_evaluator_measures_the_retriever(library: Library, mode: str):
    evaluator = RetrieverEvaluator.from_metric_names(["hit_rate", "mrr"], retriever=Retriever(library, limit=2))
    wanted = [hit.passage.id for hit in library.search("rye bread", articles=[article_id(library, "Bread")])]
    measure = getattr(evaluator, mode)
    good, bad = (
        measure(query, expected_ids=wanted) for query in ("Who raises the price of rye bread?", "fishing boats")
    )
    if mode == "aevaluate":
        good, bad = asyncio.run(good), asyncio.run(bad)
    assert good.metric_vals_dict == {"hit_rate": 1.0, "mrr": 1.0}
    assert bad.metric_vals_dict["mrr"] < 1.0


def test_the_retriever_serves_llamaindexs_own_engine_and_fusion(library: Library):
    """Nodes go through other retrievers and synthesizers as theirs do."""
    retriever = Retriever(library, limit=2)
    fused = QueryFusionRetriever(
        [retriever, Retriever(library, limit=2)], llm=MockLLM(), num_queries=1, use_async=False
    )
    assert {one.node_id for one in fused.retrieve("Osterby gale")} == {
        one.node_id for one in retriever.retrieve("Osterby gale")
    }
    synthesizer = get_response_synthesizer(llm=MockLLM(), response_mode=ResponseMode.COMPACT)
    response = RetrieverQueryEngine(retriever, response_synthesizer=synthesizer).query("Osterby gale")
    assert "twelve fishing boats" in str(response)


# --- the query engine ------------------------------------------------------------------------------------------------


def test_a_response_is_the_answer_with_its_footnotes_and_its_sources(library: Library):
    response = QueryEngine(library).query("Whom did the mayor of Osterby blame?")
    answer = library.ask("Whom did the mayor of Osterby blame?")
    assert isinstance(response, Response)
    assert response.response.startswith(answer.text)
    assert "\n\nSources:\n[1] Harbour Post" in response.response
    assert response.metadata["text"] == answer.text
    assert response.metadata["abstained"] is False
    assert json.loads(json.dumps(response.metadata))["statements"][0]["support"] == "supported"
    (source,) = response.source_nodes
    (cited,) = source.metadata["citations"]
    assert (cited["number"], cited["quote"]) == (1, answer.citations[0].quote)
    article = library.article(source.metadata["article_id"])
    assert article.text[cited["start"] : cited["end"]] == cited["quote"]
    assert article.text[source.node.start_char_idx : source.node.end_char_idx] == source.text
    assert source.node_id in {node.node_id for node in Retriever(library).retrieve("Whom did the mayor blame?")}


def test_what_is_not_answered_has_no_sources_and_says_why(library: Library):
    response = QueryEngine(library).query("What is the boiling point of mercury at sea level?")
    assert response.source_nodes == []
    assert response.metadata["abstained"] is True
    assert response.metadata["reason"]
    assert response.metadata["text"] in response.response


def test_disagreements_and_unsupported_sentences_reach_who_reads_only_the_text():
    whole = fake_pipeline.answer("How long?")
    wrong = replace(whole.statements[0], support="unsupported", reason="No source says so.")
    library, _ = faked(steps=[replace(whole, statements=(wrong, *whole.statements[1:]))])
    response = QueryEngine(library).query("How long?")
    assert "Not supported by the articles: " in response.response
    assert "Sources disagree on what it is: how long the bridge is shut\n- 14 months" in response.response
    assert response.metadata["disagreements"][0]["positions"][1]["claim"] == "20 months"


def test_every_cited_passage_is_a_source_once_and_a_quotation_in_none_is_one_by_itself():
    whole = fake_pipeline.answer("How long?")
    first, second = whole.citations
    further = replace(first, number=3, start=0, end=36, quote="The Oskar Bridge reopened on Friday.")
    answer = replace(whole, citations=(first, second, further), hits=whole.hits[:1])
    passage, alone = source_nodes(answer)
    assert passage.node_id == whole.hits[0].passage.id
    assert [cited["number"] for cited in passage.metadata["citations"]] == [1, 3]
    assert (alone.text, alone.node.start_char_idx, alone.score) == (second.quote, second.start, None)
    assert [cited["number"] for cited in alone.metadata["citations"]] == [2]
    changed = replace(answer, citations=(replace(first, revision="r2"),))
    assert source_nodes(changed)[0].text == first.quote


def test_a_question_that_makes_no_sense_raises_as_the_library_does(library: Library):
    with pytest.raises(UsageError):
        QueryEngine(library).query("  ")
    with pytest.raises(UsageError):
        asyncio.run(QueryEngine(library).aquery("  "))
    with pytest.raises(UsageError):
        Retriever(library).retrieve("")
    with pytest.raises(UsageError):
        str(QueryEngine(library, streaming=True).query("  "))


def test_a_streamed_response_comes_as_it_grows_and_holds_the_rest_at_its_end():
    library, _ = faked()
    whole = str(QueryEngine(library).query("How long is the bridge shut?"))
    response = QueryEngine(library, streaming=True).query("How long is the bridge shut?")
    assert isinstance(response, StreamingResponse)
    assert (response.source_nodes, response.metadata["finished"]) == ([], False)
    pieces = list(response.response_gen)
    assert len(pieces) == 3
    assert "".join(pieces) == whole
    assert [node.node_id for node in response.source_nodes] == ["bridge-reopens:r1:0", "bridge-still-shut:r1:0"]
    assert response.metadata["finished"] is True
    assert len(response.metadata["citations"]) == 2


def test_a_streamed_response_comes_in_an_event_loop_too():
    library, _ = faked()
    whole = str(QueryEngine(library).query("How long is the bridge shut?"))

    async def read() -> tuple[str, AsyncStreamingResponse]:
        response = await QueryEngine(library, streaming=True).aquery("How long is the bridge shut?")
        assert isinstance(response, AsyncStreamingResponse)
        return "".join([piece async for piece in response.async_response_gen()]), response

    text, response = asyncio.run(read())
    assert text == whole
    assert len(response.source_nodes) == 2
    assert response.metadata["finished"] is True


def test_what_was_streamed_and_does_not_stand_is_corrected():
    whole = fake_pipeline.answer("How long?")
    draft = replace(whole, statements=(replace(whole.statements[0], text="It fell."),), finished=False)
    library, _ = faked(steps=[draft, whole])
    text = str(QueryEngine(library, streaming=True).query("How long?"))
    assert text.startswith(f"It fell. [1]{CORRECTION}“It had been shut for 14 months")


def test_a_stream_that_nobody_reads_on_ends_the_work():
    stops: list[threading.Event] = []

    class Watched(FakePipeline):
        def stream(self, question: str, *, stop: threading.Event | None = None, **given: Any) -> Iterator[Answer]:
            assert stop is not None
            stops.append(stop)
            return super().stream(question, **given)

    pipeline = Watched()
    response = QueryEngine(Library.over(pipeline), streaming=True).query("How long?")
    next(response.response_gen)
    response.response_gen.close()
    assert stops[0].is_set()
    assert pipeline.ended.is_set()

    async def leave() -> None:
        answer = await QueryEngine(Library.over(Watched()), streaming=True).aquery("How long?")
        pieces = answer.async_response_gen()
        await anext(pieces)
        await pieces.aclose()
        await answer.response_gen.aclose()

    asyncio.run(leave())
    # the event of the second one belongs to another pipeline, whose reader is gone
    assert len(stops) == 2
    assert stops[1].is_set()


# --- in the company of LlamaIndex's own ------------------------------------------------------------------------------


class Worded(BaseSelector):
    """Chooses the tool whose description shares a word with the question, as a model would."""

    def _select(self, choices: Sequence[ToolMetadata], query: QueryBundle) -> SelectorResult:
        asked = set(query.query_str.lower().split())
        index = max(range(len(choices)), key=lambda at: len(asked & set(choices[at].description.lower().split())))
        return SelectorResult(selections=[SingleSelection(index=index, reason="words")])

    async def _aselect(self, choices: Sequence[ToolMetadata], query: QueryBundle) -> SelectorResult:
        return self._select(choices, query)

    def _get_prompts(self) -> dict[str, Any]:
        return {}

    def _update_prompts(self, prompts: Any) -> None:
        pass


def tools(library: Library) -> list[QueryEngineTool]:
    return [
        QueryEngineTool.from_defaults(
            QueryEngine(library, articles=article_id(library, title)), name=title.lower(), description=description
        )
        for title, description in (("Gale", "harbour gale boats"), ("Bread", "bakers bread price"))
    ]


@pytest.mark.parametrize("streaming", [False, True])
def test_a_router_sends_each_question_to_its_engine(library: Library, streaming: bool):
    chosen = tools(library)
    for tool in chosen:
        tool.query_engine._streaming = streaming
    router = RouterQueryEngine(Worded(), chosen, llm=MockLLM())
    for question, title in (("How many boats sank?", "Gale"), ("By how much does bread rise in price?", "Bread")):
        response = router.query(question)
        assert str(response)
        assert response.metadata["abstained"] is False
        assert {node.metadata["title"] for node in response.source_nodes} == {title}
        assert response.metadata["selector_result"].ind == ("Gale", "Bread").index(title)
    response = asyncio.run(_awaited(router, "How many boats sank?"))
    assert {node.metadata["title"] for node in response.source_nodes} == {"Gale"}


async def _awaited(engine: RouterQueryEngine, question: str) -> Any:
    response = await engine.aquery(question)
    return await response.get_response() if isinstance(response, AsyncStreamingResponse) else response


class Parted(BaseQuestionGenerator):
    """One sub-question for each tool."""

    def generate(self, tools: Sequence[ToolMetadata], query: QueryBundle) -> list[SubQuestion]:
        asked = {"gale": "How many fishing boats sank?", "bread": "Who raises the price of rye bread?"}
        return [SubQuestion(sub_question=asked[tool.name], tool_name=tool.name) for tool in tools]

    async def agenerate(self, tools: Sequence[ToolMetadata], query: QueryBundle) -> list[SubQuestion]:
        return self.generate(tools, query)

    def _get_prompts(self) -> dict[str, Any]:
        return {}

    def _update_prompts(self, prompts: Any) -> None:
        pass


@pytest.mark.parametrize("use_async", [False, True])
def test_sub_questions_are_answered_one_by_one(library: Library, use_async: bool):
    synthesizer = CompactAndRefine(llm=MockLLM(), prompt_helper=PromptHelper(context_window=8_000))
    engine = SubQuestionQueryEngine(Parted(), synthesizer, tools(library), verbose=False, use_async=use_async)
    response = engine.query("What do gale and harvest cost?")
    assert "sank twelve fishing boats" in str(response)
    assert "raise the price of rye bread" in str(response)
    titles = {node.metadata.get("title") for node in response.source_nodes}
    assert {"Gale", "Bread"} <= titles


@pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning")  # LlamaIndex's own agents
def test_an_agent_calls_the_engine_as_a_tool_and_reads_what_it_cites(library: Library):
    read: list[str] = []

    def scripted(messages: Sequence[ChatMessage], **_: Any) -> ChatMessage:
        last = messages[-1]
        if last.role == "tool":
            read.append(last.content)
            return ChatMessage(role="assistant", content="Twelve.")
        call = ToolCallBlock(tool_call_id="1", tool_name="gale", tool_kwargs={"input": "How many fishing boats sank?"})
        return ChatMessage(role="assistant", blocks=[call])

    llm = MockFunctionCallingLLM(response_generator=scripted)
    agent = FunctionAgent(tools=tools(library), llm=llm, streaming=False)

    async def ask() -> Any:
        return await agent.run("How many boats were lost?")

    output = asyncio.run(ask())
    assert str(output) == "Twelve."
    assert len(read) == 1
    assert "twelve fishing boats" in read[0] and "[1] Harbour Post" in read[0]
    response = output.tool_calls[0].tool_output.raw_output
    assert response.source_nodes[0].metadata["citations"][0]["number"] == 1


def test_callbacks_hear_of_queries_and_retrievals(library: Library):
    heard = LlamaDebugHandler(print_trace_on_end=False)
    manager = CallbackManager([heard])
    Retriever(library, callback_manager=manager).retrieve("Osterby gale")
    QueryEngine(library, callback_manager=manager).query("How many fishing boats sank?")
    ((_, retrieved),) = heard.get_event_pairs(CBEventType.RETRIEVE)
    assert retrieved.payload[EventPayload.NODES]
    ((begun, ended),) = heard.get_event_pairs(CBEventType.QUERY)
    assert begun.payload[EventPayload.QUERY_STR] == "How many fishing boats sank?"
    assert ended.payload[EventPayload.RESPONSE].source_nodes
