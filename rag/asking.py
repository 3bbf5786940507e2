"""What a program may ask, checked and made fit for the pipeline: shared by REST, OpenAI's shape and MCP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, WithJsonSchema, model_validator

from rag.errors import UsageError
from rag.question import MAX_CHARACTERS
from rag.types import Filters, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is asked: a question, the conversation before it, and what the evidence is limited to."""

    question: str
    history: tuple[Turn, ...] = ()
    filters: Filters = Filters()


def clean(value: object) -> object:
    """The value with every string in it, keys included, made into text that can be stored, searched and sent.

    JSON may spell half a character (a lone surrogate: it becomes U+FFFD) and NUL (a space), which neither SQLite nor
    UTF-8 takes as it is.
    """
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", " ")
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    return value


class CleanBody(BaseModel):
    """A JSON body whose strings are cleaned before they are looked at."""

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, body: object) -> object:
        return clean(body)


def day(value: str) -> str:
    """The ISO day that a text writes; raises ValueError where it is none."""
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueError("This is not a day; write it as 2024-12-01") from None


def question(value: str) -> str:
    """The text, where it can be a question or a topic; raises ValueError where it is empty or too long."""
    if len(value) > MAX_CHARACTERS:
        raise ValueError(f"This has {len(value):,} characters; ask it in {MAX_CHARACTERS:,} at most")
    if not any(character.isalnum() for character in value):
        raise ValueError("This is empty; ask with a word at least")
    return value


def topic(value: str) -> str:
    """The text, where it can be a topic, or empty for none; raises ValueError."""
    return question(value) if value.strip() else ""


_SOMETHING = r"[\p{L}\p{N}]"


def whole(value: object) -> object:
    """A number that JSON writes as 3.0 is whole too; raises ValueError for what is no number, as "3" and true."""
    if isinstance(value, bool | str):
        raise ValueError("This is no number; write it without quotation marks")
    return int(value) if isinstance(value, float) and value.is_integer() else value


CleanText = Annotated[str, BeforeValidator(clean)]
QuestionText = Annotated[
    CleanText,
    AfterValidator(question),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_CHARACTERS, "pattern": _SOMETHING}),
]
TopicText = Annotated[
    CleanText,
    AfterValidator(topic),
    WithJsonSchema({"type": "string", "maxLength": MAX_CHARACTERS, "pattern": rf"^\s*$|{_SOMETHING}"}),
]
Day = Annotated[str, AfterValidator(day), WithJsonSchema({"type": "string", "format": "date"})]


def limits(
    *,
    outlets: Sequence[str] | None = None,
    since: str | None = None,
    until: str | None = None,
    articles: Sequence[str] | None = None,
) -> Filters:
    """The filters; raises UsageError where no day lies between `since` and `until`, both ISO days."""
    if since and until and since > until:
        raise UsageError(f"since: {since} is after until, {until}; swap them.")
    return Filters(outlets=tuple(outlets or ()), since=since, until=until, articles=tuple(articles or ()))
