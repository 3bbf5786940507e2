"""Keys: each says that whoever has it may read, or also write. They are kept as hashes, and shown nowhere."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from rag.errors import SettingsError

SHORTEST = 8  # characters of a key
LONG = 20  # characters that nobody finds by trying, however often

_READ = frozenset({"read"})
_WRITE = frozenset({"read", "write"})
_ENTRY = re.compile(r"([A-Za-z0-9._~+/-]+=*)(?::(read|write))?")  # token68 (RFC 6750), which has no colon
_NAME_CHARACTERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """`who` is a short name of the key for logs, never the key; `scopes` holds "read", "write", both or neither.

    `session` tells one person from another who signed in with the same key on the page for that, and whose browser
    keeps a session; it is no secret, and empty for a program.
    """

    who: str
    scopes: frozenset[str]
    session: str = ""

    @property
    def signed_in(self) -> bool:
        """Whether a person signed in."""
        return bool(self.session)


STRANGER = Access(who="stranger", scopes=frozenset())  # gave no key, at one of the few paths that need none
UNGUARDED = Access(who="anyone", scopes=_WRITE)  # no keys are configured: loopback alone


class Keys:
    """The keys of a setting: entries `KEY`, `KEY:read` or `KEY:write`, separated by commas or white space.

    A key reads; with `:write` it reads and writes. Raises SettingsError, which names no key.
    """

    def __init__(self, setting: str) -> None:
        self._known: list[tuple[bytes, Access]] = []
        entries = [entry for entry in re.split(r"[\s,]+", setting) if entry]
        if setting.strip() and not entries:
            raise SettingsError("API_KEYS has separators and no key; give a key, or leave it empty.")
        for number, entry in enumerate(entries, start=1):
            match = _ENTRY.fullmatch(entry)
            if match is None:
                raise SettingsError(
                    f"API_KEYS: entry {number} is not a key, KEY:read or KEY:write; a key has letters, digits "
                    "and -._~+/ alone, with = at its end."
                )
            if len(match[1]) < SHORTEST:
                raise SettingsError(f"API_KEYS: the key of entry {number} is shorter than {SHORTEST} characters.")
            digest = _digest(match[1])
            if any(digest == other for other, _ in self._known):
                raise SettingsError(f"API_KEYS: the key of entry {number} is given twice.")
            scopes = _WRITE if match[2] == "write" else _READ
            self._known.append((digest, Access(who=digest.hex()[:_NAME_CHARACTERS], scopes=scopes)))

    def __bool__(self) -> bool:
        """Whether there is any, so that one must be given."""
        return bool(self._known)

    def access(self, key: str) -> Access | None:
        """What a key gives access to; None where it is none of these. It takes as long whichever it is."""
        digest, found = _digest(key), None
        for known, access in self._known:
            if hmac.compare_digest(known, digest):
                found = access
        return found


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()
