"""Where a model is, what opens the door, and how to speak of it without giving the key away."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from rag.errors import ModelError


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One model at one address; `timeout` is the seconds that a whole reply may take."""

    name: str
    base_url: str
    timeout: float
    key: str | None = field(repr=False)

    @property
    def place(self) -> str:
        """The address for people: without user, password or query."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/")

    @property
    def who(self) -> str:
        """The model and its address for people."""
        return f"{self.name} at {self.place}"

    def within(self, share: float) -> Access:
        """The same with that share of the time."""
        return replace(self, timeout=self.timeout * share)

    def late(self) -> ModelError:
        """What is said at the deadline."""
        limit = f"{self.timeout:g} seconds"
        return ModelError(f"{self.who} was not done in {limit}: raise MODEL_TIMEOUT or change OPENAI_MODEL.")

    def endless(self) -> ModelError:
        """What is said of a reply that is too long."""
        return ModelError(f"{self.who} answered far more than was asked for: choose another OPENAI_MODEL.")

    def spared(self, seconds: float) -> str:
        """What is said of a model that is left alone for so long."""
        return (
            f"{self.who} failed again and again, or asked for a pause, and is not asked for another "
            f"{max(1, math.ceil(seconds))} s: ask again then, or look at the server there."
        )

    def left_alone(self, seconds: float) -> ModelError:
        """The same as an error."""
        return ModelError(self.spared(seconds))


def is_address(url: str) -> bool:
    """Whether a model can be looked for there."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a bracket that is not closed, a port that is no number
        return False
