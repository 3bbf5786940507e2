"""Pages from the web, the one way out: public hosts alone, by a deadline, of a size, of a kind that can be read.

`Client` is for all that a library takes in: it obeys robots.txt, takes turns and asks only for what is new. `fetch` is
one call that does none of these.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from rag.fetch.addresses import parse
from rag.fetch.client import Client as Client
from rag.fetch.exchange import follow, guarded
from rag.fetch.exchange import user_agent as user_agent
from rag.fetch.kinds import KINDS as KINDS
from rag.fetch.values import LIMITS
from rag.fetch.values import Fetched as Fetched
from rag.fetch.values import Get as Get
from rag.fetch.values import Limits as Limits
from rag.fetch.values import NotModified as NotModified
from rag.fetch.values import Validators as Validators

if TYPE_CHECKING:
    from rag.fetch.wire import Connect, Resolve


def fetch(
    url: str,
    *,
    limits: Limits = LIMITS,
    allow_private: bool = False,
    stop: threading.Event | None = None,
    resolve: Resolve | None = None,
    connect: Connect | None = None,
) -> Fetched:
    """The page at an http or https address of a public host; raises FetchError, whose sentence does not name the page.

    Each host's addresses are checked as they are connected to, also after a redirect. `allow_private`, `resolve` and
    `connect` are for tests: hosts and ports of any kind, another way to look up a name, another way to connect.
    """
    from rag.fetch import wire  # slow to load

    found = follow(
        parse(url, allow_private=allow_private),
        guard=guarded(
            wire.Deadline(limits.seconds, stop), allow_private=allow_private, resolve=resolve, connect=connect
        ),
        limits=limits,
        agent=user_agent(),
        allow_private=allow_private,
    )
    assert isinstance(found, Fetched)  # nothing was known
    return found
