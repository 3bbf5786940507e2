"""The process that files are read in, but with a reader that does what a text tells it: what hostile files would do.

Started in place of the real one by tests; all but the reader is the product's own.
"""

import ctypes
import json
import os
import resource
import signal
import socket
import sys
import time
from pathlib import Path

from rag import articles
from rag.articles import Draft, Task
from rag.confined import wire, worker

held: list[bytearray] = []


def made(task: Task) -> Draft:
    """What the text says, and then an article of it."""
    told = task.data.decode()
    word, _, rest = told.partition(" ")
    match word:
        case "loop":
            while True:
                pass
        case "sleep":
            time.sleep(600)
        case "memory":
            while True:
                held.append(bytearray(b"x" * 10_000_000))
        case "crash":
            ctypes.string_at(0)
        case "crash-later":  # what it has done to the process shows at the next item
            articles.made = lambda _: os._exit(9)  # type: ignore[assignment]
        case "exit":
            os._exit(7)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "raise":
            raise KeyError(rest)
        case "garble":
            socket.socket(fileno=os.dup(0)).sendall(b"HTTP/1.1 200 OK\r\n\r\n" * 9)
        case "flood":
            socket.socket(fileno=os.dup(0)).sendall((0xFFFFFFFF).to_bytes(4, "big") * 2)
        case "answer":  # anything at all, in place of an article
            socket.socket(fileno=os.dup(0)).sendall(b"".join(wire.packed(json.loads(rest))))
            time.sleep(600)
        case "tell":
            return Draft(text=json.dumps(_told()))
    return Draft(text=f"{told} was read by {os.getpid()}")


def _told() -> dict[str, object]:
    """What this process may do."""
    try:
        socket.create_connection(("127.0.0.1", int(os.environ.get("PORT", "9"))), 1)
        network = "connected"
    except OSError as error:
        network = type(error).__name__
    try:
        with Path("written").open("w") as file:
            file.write("x")
            file.flush()
        written = "written"
    except OSError as error:
        written = type(error).__name__
    Path("written").unlink(missing_ok=True)
    limits = {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[0] for name in ("AS", "CORE", "NOFILE")}
    interfaces = [name for _, name in socket.if_nameindex()]
    return {
        "network": network,
        "interfaces": interfaces,
        "written": written,
        "environment": sorted(os.environ),
        "limits": limits,
        "nice": os.nice(0),
        "open": len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0,
    }


def main(seconds: int, memory_mb: int) -> None:
    """Serve, with the faulty reader."""
    articles.made = made
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    worker.main(seconds, memory_mb)
