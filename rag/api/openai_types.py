"""What goes out under `/v1`: OpenAI's objects as they stand on the wire, with one field of ours, `crosscheck`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from rag.types import Citation, Copies, Disagreement, Mode, Statement

# Only fields that were set are written: a delta without content has no `content`, not a null.


class Wire(BaseModel):
    """An object of the response."""

    model_config = ConfigDict(frozen=True)


class UrlCitation(Wire):
    """Where a mark stands in the content (`content[start_index:end_index]`, in code points), and what it cites."""

    url: str
    title: str
    start_index: int
    end_index: int


class Annotation(Wire):
    """A citation in OpenAI's shape."""

    type: Literal["url_citation"]
    url_citation: UrlCitation


class Evidence(Wire):
    """What the answer rests on, under the names that `POST /ask` uses."""

    standalone_question: str
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    disagreements: tuple[Disagreement, ...]
    copies: tuple[Copies, ...]
    abstained: bool
    reason: str | None
    nearest: tuple[Citation, ...]
    unanswered: tuple[str, ...]
    score: float | None
    notice: str | None
    as_of: str | None
    mode: Mode
    model: str | None


class CompletionUsage(Wire):
    """Tokens that the language model counted; zero without one."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class AssistantMessage(Wire):
    """The answer as a message."""

    role: Literal["assistant"]
    content: str
    refusal: None
    annotations: list[Annotation]


class Choice(Wire):
    """The one answer that there is."""

    index: int
    message: AssistantMessage
    finish_reason: Literal["stop"]
    logprobs: None


class ChatCompletion(Wire):
    """An answer in one piece."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: CompletionUsage
    crosscheck: Evidence


class Delta(Wire):
    """What was added to the message."""

    role: Literal["assistant"] | None = None
    content: str | None = None
    annotations: list[Annotation] | None = None


class ChunkChoice(Wire):
    """The one answer's growth."""

    index: int
    delta: Delta
    finish_reason: Literal["stop"] | None
    logprobs: None


class ChatCompletionChunk(Wire):
    """One event of a streamed answer."""

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: CompletionUsage | None = None
    crosscheck: Evidence | None = None


class MadeVectors(Wire):
    """What a model makes of a text; vectors of equal `fingerprint` may be compared, others not."""

    dimensions: int
    max_tokens: int
    fingerprint: str


class Model(Wire):
    """A model on offer; `crosscheck` is there for the one that makes embeddings."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    crosscheck: MadeVectors | None = None


class ModelList(Wire):
    """The models on offer."""

    object: Literal["list"]
    data: list[Model]
