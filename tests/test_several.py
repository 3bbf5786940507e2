"""Three servers that only read one library, behind a real proxy; one of them is killed under load."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from served import ROOT, started
from test_page_many import present, readers

from rag.articles import Text
from rag.config import Settings
from rag.embedding import Embedder
from rag.pipeline import Pipeline

STORM = "The storm sank 12 boats at Osterby on Monday. It broke the old quay. Greta Holm promised new boats."
QUESTION = {"question": "How many boats sank at Osterby?"}
READERS = 4

needs_haproxy = pytest.mark.skipif(shutil.which("haproxy") is None, reason="needs haproxy")


@pytest.fixture
def library(tmp_path: Path, embedder: Embedder) -> Path:
    with Pipeline(Settings(_env_file=None, data_dir=tmp_path / "data"), embedder=embedder) as pipeline:
        pipeline.ingest(
            [Text(text=STORM, title="Storm over Osterby", outlet="Harbour Post", published_at="2021-05-03")]
        )
    return tmp_path / "data"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@contextmanager
def proxied(addresses: list[str]) -> Iterator[str]:
    """The address of a haproxy before three servers, by the very file that is shipped."""
    bound = f"127.0.0.1:{free_port()}"
    servers = dict(
        zip(("ONE", "TWO", "THREE"), (address.removeprefix("http://") for address in addresses), strict=True)
    )
    command = ["haproxy", "-db", "-f", str(ROOT / "docs" / "haproxy.cfg")]
    process = subprocess.Popen(command, env=os.environ | servers | {"BIND": bound}, stderr=subprocess.DEVNULL)
    try:
        while True:
            assert process.poll() is None, "haproxy ended"
            try:
                if httpx.get(f"http://{bound}/readyz", timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                pass
        yield f"http://{bound}"
    finally:
        process.terminate()
        process.wait()


def page_at(proxy: str, server: str) -> str:
    """Ask twice on a page whose browser was given to this server; the one that it is given to now."""

    async def asked() -> str:
        async with readers(proxy, 1) as (reader,):
            cookies = reader.client.cookies
            cookies.clear()
            cookies.set("server", server)
            async with present(reader):
                for _ in range(2):
                    reader.sent.clear()
                    await reader.ask(QUESTION["question"])
                    assert reader.whole and "12 boats" in reader.shown()
            given: list[str] = [one.value for one in cookies.jar if one.domain]  # by the proxy
            return given[-1] if given else server

    return asyncio.run(asked())


@needs_haproxy
@pytest.mark.timeout(300)
def test_one_of_three_is_killed_under_load_and_no_request_fails(library: Path):
    with ExitStack() as servers:
        three = [
            servers.enter_context(started("--read-only", folder=library.parent, LOG_LEVEL="error")) for _ in range(3)
        ]
        addresses = [address for _, address in three]
        alone = [httpx.post(f"{address}/ask", json=QUESTION, timeout=60).json() for address in addresses]
        assert all("12 boats" in one["text"] for one in alone)
        proxy = servers.enter_context(proxied(addresses))
        assert page_at(proxy, "two") == "two"  # it stays where its questions are known
        failed: list[str] = []
        answered: list[str] = []
        killed, enough = threading.Event(), threading.Event()

        def read() -> None:
            while not enough.is_set():
                try:  # a connection of its own each time, as of another reader
                    reply = httpx.post(f"{proxy}/ask", json=QUESTION, timeout=60)
                    found = httpx.get(f"{proxy}/search", params={"query": "boats"}, timeout=60)
                    if {reply.status_code, found.status_code} != {200}:
                        failed.append(f"{reply.status_code} {found.status_code} {reply.text[:200]}")
                    elif killed.is_set():
                        answered.append(reply.json()["text"])
                except httpx.TransportError as error:
                    failed.append(repr(error))
                if len(answered) >= 12 * READERS or failed:
                    enough.set()

        readers = [threading.Thread(target=read) for _ in range(READERS)]
        for reader in readers:
            reader.start()
        three[1][0].kill()
        killed.set()
        for reader in readers:
            reader.join(120)
        assert failed == []
        assert set(answered) == {alone[0]["text"]}
        assert page_at(proxy, "two") in {"one", "three"}
