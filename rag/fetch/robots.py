"""What a site's robots.txt lets us fetch, and how often (RFC 9309). Pure but for its cache. protego's door."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protego import Protego

    from rag.fetch.addresses import Address

MOST_BYTES = 500 * 1024  # of a file that are read
LONGEST_DELAY = 30.0  # seconds between two pages, whatever a site asks for

_MANY = 1_000_000  # larger numbers of a site are no numbers that a fraction is made of
_AGENT = re.compile(r"user(?:-|\s+)?agent(?:\s*:|\s)(.*)", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one host asks of the robot named `token`; `size` is of the text that they were read from, in characters."""

    token: str
    parsed: Protego | None = None  # None: nothing is asked
    size: int = 0

    def allow(self, address: Address) -> bool:
        """Whether an address of the host may be fetched."""
        return self.parsed is None or self.parsed.can_fetch(str(address), self.token)

    def delay(self) -> float:
        """Seconds that are to be between two requests; 0 where nothing is said of it."""
        if self.parsed is None:
            return 0.0
        delay = self.parsed.crawl_delay(self.token) or 0.0
        rate = self.parsed.request_rate(self.token)
        if rate:
            delay = max(delay, min(rate.seconds, _MANY) / min(rate.requests, _MANY))
        return min(delay, LONGEST_DELAY)


def parse(content: bytes, *, token: str, whole: bool = True) -> Rules:
    """The rules for a robot in a robots.txt, whatever its bytes are; of one that is not whole the last line is left."""
    from protego import Protego  # slow to load

    text = content.decode("utf-8-sig", "replace")
    lines = text.splitlines()
    ours = "\n".join(_ours(line, token) for line in (lines if whole else lines[:-1]))
    return Rules(token=token, parsed=Protego.parse(ours), size=len(text))


def _ours(line: str, token: str) -> str:
    """A line that begins a group for others named `?`, so that one name stands for them all.

    The parser keeps each name's rules apart: thousands of names before thousands of rules would fill the memory. It
    also takes the beginning of our name for ours.
    """
    found = _AGENT.match(line.partition("#")[0].strip())
    if not found:
        return line
    name = found[1].strip()
    if not name or name == "*":
        return f"User-agent: {name}"
    begun = _TOKEN.match(name)
    return f"User-agent: {token if begun and begun[0].lower() == token.lower() else '?'}"
