"""What went wrong with a reply: whether another attempt may help, whether the server is to blame, and a sentence."""

from __future__ import annotations

import math
import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from rag.errors import ModelError

if TYPE_CHECKING:
    import httpx2
    import openai

    from rag.models.access import Access

LONGEST_PAUSE = 10.0  # seconds that a server may ask us to wait before another attempt
BACKOFF = 0.25  # seconds before the second attempt, where the server asks for none; before the third twice as long
PASSING = frozenset({408, 409, 429, 500, 502, 503, 504, 529})  # statuses worth another attempt
BUSY = frozenset({429, 503, 529})  # statuses whose Retry-After is for everybody who asks
UNCONNECTED = frozenset({"ConnectError", "ConnectTimeout"})  # which another attempt at once does not change
# Statuses below 500 that say nothing of one question: of the key, the money, the address, or the load.
GENERAL = frozenset({401, 402, 403, 404, 405, 407, 408, 409, 429})


class DeclinedError(ModelError):
    """The server works, but gave nothing of use for these messages."""


class PauseError(ModelError):
    """The server sent us away for so many seconds."""

    def __init__(self, sentence: str, *, seconds: float) -> None:
        super().__init__(sentence)
        self.seconds = seconds


def pause(error: openai.APIError, attempt: int, extras: set[str]) -> float | None:
    """Seconds before another attempt, None where it would go the same way; takes out of `extras` what was refused."""
    import openai

    if isinstance(error, openai.APIStatusError):
        refused = {extra for extra in extras if extra in error.message} if error.status_code in {400, 422} else None
        if refused:
            extras -= refused
            return 0.0
        if error.status_code not in PASSING or error.code == "insufficient_quota":
            return None
        asked = _asked(error.response)
        if asked is not None:
            return asked if asked <= LONGEST_PAUSE else None
    elif not isinstance(error, openai.APIConnectionError) or type(error.__cause__).__name__ in UNCONNECTED:
        return None
    return BACKOFF * attempt


def _asked(response: httpx2.Response) -> float | None:
    """The seconds that `Retry-After` asks for, as a number or a date; None where it is neither, or in the past."""
    said = str(response.headers.get("retry-after", "")).strip()
    seconds = math.nan
    try:
        seconds = float(said)
    except ValueError:
        with suppress(ValueError, TypeError, OverflowError):
            seconds = parsedate_to_datetime(said).timestamp() - time.time()
    return seconds if seconds >= 0 else None


def stated(error: Exception, access: Access) -> ModelError:
    """The failure that is raised for what openai raised, whose words never hold the key."""
    import openai

    sentence, failure = _explain(error, access), ModelError
    if isinstance(error, openai.APIStatusError):
        asked = _asked(error.response) if error.status_code in BUSY else None
        if asked is not None and asked > LONGEST_PAUSE:
            return _caused(PauseError(sentence, seconds=asked), error, access)
        if 400 <= error.status_code < 500 and error.status_code not in GENERAL:
            failure = DeclinedError
    return _caused(failure(sentence), error, access)


def _caused(failure: ModelError, error: Exception, access: Access) -> ModelError:
    # "from", for the thread that will raise it; but not where a server has repeated the key
    failure.__cause__ = None if access.key and access.key in str(error) else error
    return failure


def _explain(error: Exception, access: Access) -> str:
    """One sentence on what went wrong and what to do about it."""
    import openai

    if isinstance(error, openai.APIStatusError):
        return _explain_status(error, access)
    if isinstance(error, openai.APIConnectionError):
        if type(error.__cause__).__name__ in UNCONNECTED:
            return f"Nothing answers at {access.place}: check OPENAI_BASE_URL, and that the server there runs."
        if isinstance(error, openai.APITimeoutError):
            return str(access.late())
        return f"The connection to {access.who} broke: ask again, and look at the server if it breaks again."
    if isinstance(error, openai.APIError):
        words = quoted(error.body or error.message, access)
        return f"{access.who} failed{words}: ask again, or look at the server's log."
    return f"{access.who} answered what cannot be read ({type(error).__name__}): check OPENAI_BASE_URL."


def _explain_status(error: openai.APIStatusError, access: Access) -> str:
    status, words = error.status_code, quoted(error.body, access)
    if status in {401, 403}:
        # The server's own words stay out of this one: they like to repeat parts of the key.
        said = "refused the key: check OPENAI_API_KEY" if access.key else "wants a key: set OPENAI_API_KEY"
        return f"{access.place} {said} (HTTP {status})."
    if status == 404 and (error.code == "model_not_found" or "model" in words.casefold()):
        return f"{access.place} knows no model {access.name}: check OPENAI_MODEL."
    if status == 404 or 300 <= status < 400:
        return f"There is no chat model at {access.place} (HTTP {status}): check OPENAI_BASE_URL (most end in /v1)."
    if error.code == "insufficient_quota":
        return f"The account of OPENAI_API_KEY at {access.place} has nothing left to spend: check its plan and billing."
    if status == 429:
        return f"{access.who} has too many requests (HTTP 429): ask again in a minute."
    if status >= 500:
        return f"{access.who} failed (HTTP {status}){words}: ask again, or look at the server's log."
    return f"{access.who} did not take the question (HTTP {status}){words}: check OPENAI_MODEL."


def quoted(body: object, access: Access) -> str:
    """A server's own words about a failure, to put into a sentence; empty when there are none or they hold the key."""
    if isinstance(body, dict):
        error = body.get("error", body)
        body = (error.get("message") or error.get("detail")) if isinstance(error, dict) else error
    if not isinstance(body, str) or "<" in body:
        return ""
    words = " ".join("".join(c if c.isprintable() else " " for c in body[:10_000]).split())
    if not words or (access.key and access.key in words):
        return ""
    return f" (“{words[:200].rstrip(' .')}”)"
