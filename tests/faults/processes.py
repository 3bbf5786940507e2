"""Processes of a harness: they start at once from a fork server, speak by a pipe, and end one at a time."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, ForkServerProcess

PATIENCE = 300.0  # seconds for what must end

# The fork server says once how a process ended, and whoever starts one asks for the ends of all others: of two threads
# that ask at the same time one would be told nothing, which multiprocessing takes for a status of 255.
ENDS = threading.Lock()


def processes() -> ForkServerContext:
    """Processes that start at once: what is slow to import is imported in a server that they are forked from."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["chromadb", "ingest", "rag.pipeline", "llama_index.core.node_parser", "tests.faults.world"]
    )
    return context


@contextmanager
def started(
    context: ForkServerContext, act: Callable[..., None], *values: object
) -> Iterator[tuple[ForkServerProcess, Connection]]:
    """A process that acts, and the pipe by which it speaks; killed at the end of the block if it is not done."""
    ear, mouth = context.Pipe(duplex=False)
    process = context.Process(target=act, args=(*values, mouth))
    with ENDS:
        process.start()
    mouth.close()
    with closing(ear):
        try:
            yield process, ear
        finally:
            process.kill()
            ended(process)


def ended(process: ForkServerProcess, *, within: float | None = PATIENCE) -> int | None:
    """The status that a process ended with; None where it goes on after so many seconds."""
    wait([process.sentinel], within)
    with ENDS:
        return process.exitcode


def heard(ear: Connection, *, patience: float | None = PATIENCE) -> str:
    """The next thing that a process says; nothing once it has ended, or for so many seconds."""
    try:
        return ear.recv_bytes().decode() if ear.poll(patience) else ""
    except EOFError:
        return ""
