"""Who asks and what they may do: keys with scopes, sessions of people who signed in with one, and rates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rag.access.keys import LONG as LONG
from rag.access.keys import STRANGER as STRANGER
from rag.access.keys import UNGUARDED as UNGUARDED
from rag.access.keys import Access as Access
from rag.access.keys import Keys as Keys
from rag.access.rates import Failures as Failures
from rag.access.rates import Rates as Rates
from rag.access.sessions import SESSION_SECONDS as SESSION_SECONDS
from rag.access.sessions import Sessions as Sessions


def access_of(scope: Mapping[str, Any]) -> Access:
    """What the gate found out about who sent the request of an ASGI `scope`; past no gate, a stranger."""
    found = scope.get("state", {}).get("access", STRANGER)
    assert isinstance(found, Access)
    return found


def may_write(scope: Mapping[str, Any]) -> bool:
    """Whether who sent the request of an ASGI `scope` may change the library."""
    return "write" in access_of(scope).scopes
