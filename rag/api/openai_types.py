"""OpenAI's chat completions as they stand on the wire, with one field of ours, `crosscheck`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from rag.asking import CleanBody
from rag.types import Citation, Disagreement, Mode, Statement

MODEL = "crosscheck"

# What comes in. Other fields are ignored: an answer made of quotations has no use for a temperature.


class Part(BaseModel):
    """A part of a message's content; only those of type `text` are understood."""

    type: str
    text: str | None = None


class ChatMessage(BaseModel):
    """A message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None


class StreamOptions(BaseModel):
    """What the stream is to hold besides the answer."""

    include_usage: bool = False


class ResponseFormat(BaseModel):
    """What the content is to look like; only `text` is understood."""

    type: str = "text"


class ChatRequest(CleanBody):
    """The body of a chat completion request."""

    model: str = MODEL
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = None
    tools: list[object] | None = None
    functions: list[object] | None = None
    modalities: list[str] | None = None
    audio: object = None
    response_format: ResponseFormat | None = None


# What goes out. Only fields that were set are written: a delta without content has no `content`, not a null.


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


class Model(Wire):
    """A model on offer."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelList(Wire):
    """The models on offer."""

    object: Literal["list"]
    data: list[Model]
