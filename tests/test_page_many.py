"""Twenty readers at once over Gradio's own protocol: each gets an answer of their own, whole, and leaving ends it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from made_views import settings
from serving import serving

from rag import intake
from rag.api import create_app
from rag.embedding import Embedder
from rag.pipeline import Pipeline
from rag.types import Answer, Article
from rag.ui import mount

pytestmark = pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)")  # Gradio's own

READERS = 20
PATIENCE = 60
TOWNS = """Arnby Bellholm Corvik Dalsund Elmhaven Fossby Garmouth Hestvik Iverness Jarlsby Kelmoor Lysand Marholt Norvik
Orsund Pellham Quarrow Rosvik Saltby Tornholm""".split()
NAMES = """Adda Britt Carla Dorte Edith Frida Gerda Hanna Ilse Jette Karin Lotte Marta Nora Olga Petra Quilla Runa Signe
Tilda""".split()


class Gated(Pipeline):
    """Answers go on only once as many have begun as `begun` waits for; says whose were told to end."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.all_begun = threading.Event()
        self.begun = threading.Barrier(READERS, action=self.all_begun.set)
        self.gate = threading.Event()
        self.ended: list[str] = []
        self.told = threading.Event()

    def stream(self, question: str, *, stop: threading.Event, **limits: Any) -> Iterator[Answer]:
        answers = super().stream(question, stop=stop, **limits)
        yield next(answers)
        self.begun.wait(PATIENCE)
        while not self.gate.wait(0.02):
            if stop.is_set():
                self.ended.append(question)
                self.told.set()
                return
        yield from answers


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Gated]:
    with Gated(settings(tmp_path_factory.mktemp("library")), embedder=embedder) as pipeline:
        with pipeline.store.writing() as writer:
            for town, name in zip(TOWNS, NAMES, strict=True):
                text = (
                    f"The mayor of {town} is {name} Holm. Her deputy in {town} is the baker Jon {name}sen.\n\n"
                    f"{name} Holm has been the mayor of {town} for nine years."
                )
                made = Article(
                    id=town.casefold(),
                    revision="r1",
                    text=text,
                    source=f"file:/{town}.txt",
                    ingested_at="2025-01-01T00:00:00+00:00",
                    title=f"Who runs {town}",
                    outlet=f"{town} Post",
                )
                passages = intake.passages(made, embedder)
                writer.put(made, passages, intake.embed(passages, embedder))
        yield pipeline


@pytest.fixture(scope="module")
def address(pipeline: Gated) -> Iterator[str]:
    with serving(mount(create_app(pipeline), pipeline)) as url:
        yield url


@dataclass
class Reader:
    """A browser's side of the page's protocol: a session, and all that it is sent."""

    client: httpx.AsyncClient
    session: str
    asking: int  # the number of the function that asks
    fields: int  # that it takes
    sent: list[dict[str, Any]] = field(default_factory=list)
    answering: asyncio.Event = field(default_factory=asyncio.Event)  # its first words have come
    answered: asyncio.Event = field(default_factory=asyncio.Event)  # all of it has come

    async def ask(self, question: str) -> None:
        """Ask, and take what is sent until the end of the answer."""
        data = [question, None, [], "", "", None][: self.fields]
        joined = {"data": data, "fn_index": self.asking, "session_hash": self.session}
        reply = await self.client.post("/gradio_api/queue/join", json=joined)
        assert reply.status_code == 200, reply.text
        async with self.client.stream("GET", f"/gradio_api/queue/data?session_hash={self.session}") as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data:"):
                    self.sent.append(json.loads(line[5:]))
                    if 'class=\\"answer' in line:
                        self.answering.set()
                    if "&quot;exchange&quot;" in line:  # what a browser keeps of it comes with its last words
                        self.answered.set()
                    if self.sent[-1]["msg"] == "close_stream":
                        return

    def shown(self) -> str:
        """All that this reader was sent, as it was sent."""
        return json.dumps(self.sent, ensure_ascii=False)

    @property
    def steps(self) -> int:
        return sum(message["msg"] == "process_generating" for message in self.sent)

    @property
    def whole(self) -> bool:
        return any(message["msg"] == "process_completed" and message["success"] for message in self.sent)


@asynccontextmanager
async def readers(address: str, number: int) -> AsyncIterator[list[Reader]]:
    """So many readers who have the page open: the server hears of it when one goes."""
    async with httpx.AsyncClient(
        base_url=address, timeout=PATIENCE, limits=httpx.Limits(max_connections=200)
    ) as client:
        config = (await client.get("/config")).json()
        box = next(one["id"] for one in config["components"] if one["props"].get("elem_id") == "question")
        asks = next(one for one in config["dependencies"] if [box, "submit"] in one["targets"])
        yield [Reader(client, f"reader{at}", asks["id"], len(asks["inputs"])) for at in range(number)]


@asynccontextmanager
async def present(reader: Reader) -> AsyncIterator[None]:
    """Hold the page open for the length of the block."""
    async with reader.client.stream("GET", f"/gradio_api/heartbeat/{reader.session}") as beat:
        beats = asyncio.create_task(_drained(beat))
        try:
            yield
        finally:
            beats.cancel()


async def _drained(beat: httpx.Response) -> None:
    async for _ in beat.aiter_raw():
        pass


def question(town: str) -> str:
    return f"Who is the mayor of {town}?"


def test_twenty_readers_at_once_get_their_own_answers_whole(address: str, pipeline: Gated):
    pipeline.gate.set()

    async def all_ask() -> list[Reader]:
        async with readers(address, READERS) as everyone:
            asking = [one.ask(question(town)) for one, town in zip(everyone, TOWNS, strict=True)]
            await asyncio.wait_for(asyncio.gather(*asking), PATIENCE)
            return everyone

    everyone = asyncio.run(all_ask())  # the barrier has let them through: all twenty were answered at one time
    for reader, town, name in zip(everyone, TOWNS, NAMES, strict=True):
        told = reader.shown()
        assert reader.whole and reader.steps >= 2
        assert f"The mayor of {town} is {name} Holm." in told and question(town) in told
        others = [other for other in TOWNS if other != town]
        assert not [other for other in others if question(other) in told]


def test_a_reader_who_leaves_ends_their_answer_and_nobody_elses(address: str, pipeline: Gated):
    pipeline.gate.clear()
    pipeline.begun.reset()
    pipeline.all_begun.clear()

    async def one_leaves() -> list[Reader]:
        async with readers(address, READERS) as everyone:
            *others, leaver = everyone
            asking = [asyncio.create_task(one.ask(question(town))) for one, town in zip(others, TOWNS, strict=False)]
            async with present(leaver):
                left = asyncio.create_task(leaver.ask(question(TOWNS[-1])))
                await asyncio.wait_for(leaver.answering.wait(), PATIENCE)
                assert await asyncio.to_thread(pipeline.all_begun.wait, PATIENCE)
                left.cancel()
            assert await asyncio.to_thread(pipeline.told.wait, PATIENCE)
            pipeline.gate.set()
            await asyncio.wait_for(asyncio.gather(*asking), PATIENCE)
            return others

    others = asyncio.run(one_leaves())
    assert pipeline.ended == [question(TOWNS[-1])]
    assert all(reader.whole for reader in others)
