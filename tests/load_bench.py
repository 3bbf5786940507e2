"""How the API holds under many programs at once: `load_bench.py [URL] [--seconds S] [--clients N] [--fresh]`.

Without a URL the application is started over the shipped articles, or over `--library DIR`. Each client sends its next
request when the last is answered, without a pause, and comes again when it is told to where the server has no place for
it: searches, questions, then both in turn, then both while others read slowly or leave at once. The bars: no error, a
search within 150 ms and an answer within 1.5 s for 95 of 100, memory flat.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import ssl
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from served import ROOT, percentile, served

CLIENTS, SECONDS = 32, 60.0
SLOW, LEAVING = 16, 8  # readers who take a byte at a time, and who leave as soon as an answer has begun
UNUSED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # making one for each client takes longer than many a request
QUESTIONS = ROOT / "evals/data/aleppo.jsonl"
ROUNDS = (["search"], ["ask"], ["search", "ask"], ["search", "ask", "others"])


@dataclass(slots=True)
class Load:
    """What the clients of one round met: milliseconds by kind of request, errors, memory in MB by second."""

    ends: float
    taken: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    told_to_come_again: int = 0
    memory: list[float] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return time.perf_counter() >= self.ends


async def client(load: Load, address: str, kinds: Sequence[str], questions: Iterator[str]) -> None:
    """Ask again and again until the round is over; each client has a connection of its own."""
    async with httpx.AsyncClient(base_url=address, timeout=60, verify=UNUSED) as http:
        for kind, question in zip(itertools.cycle(kinds), questions, strict=False):
            if load.over:
                return
            began = time.perf_counter()
            try:
                if kind == "search":
                    reply = await http.get("/search", params={"query": question})
                else:
                    reply = await http.post("/ask", json={"question": question})
                if reply.status_code == 503 and reply.headers.get("Retry-After", "").isdecimal():
                    load.told_to_come_again += 1
                    await asyncio.sleep(int(reply.headers["Retry-After"]))
                    continue
                if reply.status_code != 200:
                    load.errors.append(f"{kind}: {reply.status_code}")
            except httpx.HTTPError as error:
                load.errors.append(f"{kind}: {type(error).__name__}")
            load.taken.setdefault(kind, []).append(1000 * (time.perf_counter() - began))


async def slow(load: Load, address: str, question: str) -> None:
    """Send half a request, later the rest, and read its answer a byte at a time."""
    url = httpx.URL(address)
    body = json.dumps({"question": question}).encode()
    while not load.over:
        reader, writer = await asyncio.open_connection(url.host, url.port)
        head = f"POST /ask HTTP/1.1\r\nHost: {url.host}:{url.port}\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:5])
        await asyncio.sleep(1)
        writer.write(body[5:])
        while not load.over and await reader.read(1):
            await asyncio.sleep(0.2)
        writer.close()


async def leaving(load: Load, address: str, questions: Sequence[str]) -> None:
    """Ask for a growing answer and leave at its first words."""
    accept = {"Accept": "text/event-stream"}
    async with httpx.AsyncClient(base_url=address, timeout=60, headers=accept, verify=UNUSED) as http:
        for question in itertools.cycle(questions):
            if load.over:
                return
            with suppress(httpx.HTTPError):
                async with http.stream("POST", "/ask", json={"question": question}) as reply:
                    async for _ in reply.aiter_raw():
                        break
            await asyncio.sleep(0.5)


async def watch(load: Load, process: int | None) -> None:
    """Note once a second what the server holds in memory."""
    while process is not None and not load.over:
        pages = int(Path(f"/proc/{process}/statm").read_text("utf-8").split()[1])
        load.memory.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
        await asyncio.sleep(1)


async def round_of(address: str, process: int | None, kinds: Sequence[str], options: argparse.Namespace) -> Load:
    """One round of all clients; with the slow and the leaving where `kinds` ends with `others`."""
    load = Load(ends=time.perf_counter() + options.seconds)
    known = [json.loads(line)["question"] for line in options.questions.read_text("utf-8").splitlines()]
    questions = itertools.cycle(known)
    if options.fresh:
        questions = (f"{question} {number}" for number, question in enumerate(questions, start=100_000))
    asked = [kind for kind in kinds if kind != "others"]
    work = [client(load, address, asked, questions) for _ in range(options.clients)]
    if "others" in kinds:
        work += [slow(load, address, known[0]) for _ in range(SLOW)]
        work += [leaving(load, address, known) for _ in range(LEAVING)]
    await asyncio.gather(watch(load, process), *work)
    return load


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(prog="python tests/load_bench.py", description=__doc__)
    parser.add_argument("url", nargs="?", help="of a server that is there already")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each round (default: 60)")
    parser.add_argument("--clients", type=int, default=CLIENTS, help="at once (default: 32)")
    parser.add_argument("--fresh", action="store_true", help="no question twice: each ends with a number of its own")
    parser.add_argument("--library", type=Path, help="a library that is there already, as of tests.large")
    parser.add_argument("--questions", type=Path, default=QUESTIONS, help="JSON lines with `question`")
    parser.add_argument("--rounds", type=int, nargs="+", default=[1, 2, 3, 4], choices=[1, 2, 3, 4], help="which (all)")
    options = parser.parse_args()
    print(f"{'milliseconds':34} {'n':>6} {'median':>8} {'p95':>8} {'p99':>8} {'most':>8}")
    with served(options.url, library=options.library) as server:
        httpx.post(f"{server.address}/ask", json={"question": "Who?"}, timeout=60).raise_for_status()  # it is warm then
        for kinds in (ROUNDS[number - 1] for number in options.rounds):
            load = asyncio.run(round_of(server.address, server.process, kinds, options))
            for kind, taken in load.taken.items():
                figures = (statistics.median(taken), percentile(taken, 0.95), percentile(taken, 0.99), max(taken))
                name = f"{kind} ({' + '.join(kinds)})"
                print(f"{name:34} {len(taken):6} " + " ".join(f"{one:8.0f}" for one in figures), flush=True)
            errors = f"{len(load.errors)} errors {sorted(set(load.errors))[:5]}"
            print(f"  {remembered(load.memory)}{load.told_to_come_again} told to come again, {errors}", flush=True)


def remembered(memory: Sequence[float]) -> str:
    """What the server held at the start, and at the median of the second and of the last fifth of the time."""
    if len(memory) < 10:
        return ""
    fifth = len(memory) // 5
    second, last = statistics.median(memory[fifth : 2 * fifth]), statistics.median(memory[-fifth:])
    return f"memory {memory[0]:.0f}, {second:.0f}, {last:.0f} MB ({100 * (last / second - 1):+.1f} %), "


if __name__ == "__main__":
    main()
