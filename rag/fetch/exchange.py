"""From an address to what is there, over every redirect, each one checked as the first was."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rag.errors import FetchError
from rag.fetch import replies
from rag.fetch.addresses import Address, is_public
from rag.fetch.values import NOTHING_KNOWN, Fetched, Limits, NotModified, Validators

if TYPE_CHECKING:
    from rag.fetch.wire import Connect, Deadline, Guard, Resolve

NAME = "Crosscheck"  # what a robots.txt calls us
VERSION = "0.1.0"  # of the program, as pyproject.toml has it


def user_agent(contact: str | None = None) -> str:
    """The name that sites are told: the program, its version, what it does, and whom to write to where that is set."""
    return f"{NAME}/{VERSION} (news archive; fetches what a person named{f'; +{contact}' if contact else ''})"


def guarded(
    deadline: Deadline, *, allow_private: bool, resolve: Resolve | None = None, connect: Connect | None = None
) -> Guard:
    """The way to connect to public hosts alone, and never back to this machine, unless `allow_private`."""
    from rag.fetch import wire  # slow to load

    def allowed(number: str) -> bool:
        return allow_private or (is_public(number) and not wire.is_own(number))

    return wire.Guard(deadline, allowed, resolve or wire.resolved, connect or wire.connected)


def follow(
    address: Address,
    *,
    guard: Guard,
    limits: Limits,
    agent: str,
    allow_private: bool,
    known: Validators = NOTHING_KNOWN,
    enter: Callable[[Address], None] = lambda address: None,
) -> Fetched | NotModified:
    """What is at an address; raises FetchError. `enter` is called with each address before it is asked for."""
    from rag.fetch import wire  # slow to load

    asker = known.url or str(address)
    for _ in range(limits.redirects + 1):
        enter(address)
        conditional = known if str(address) == asker else NOTHING_KNOWN
        headers = [("User-Agent", agent), *replies.conditions(conditional)]
        with wire.opened(address, guard, headers) as reply:
            if reply.status not in replies.MOVED:
                return replies.read(address, reply, known=conditional, most=limits.max_bytes)
            location = reply.headers.get("location", "")
            address = replies.next_address(address, location, allow_private=allow_private)
    raise FetchError(f"The page redirects more than {limits.redirects} times; give the address that it ends at.")
