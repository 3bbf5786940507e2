"""What a chat completion request may hold: the question and its limits, what has no effect here, what is refused.

Types are checked as OpenAI checks them: a number in quotation marks is no number. A parameter that neither OpenAI nor
this server knows is ignored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from rag.asking import Ask, CleanBody, Day, limits
from rag.errors import UsageError
from rag.footnotes import without_footnotes
from rag.question import MAX_CHARACTERS
from rag.types import Filters, Turn

MODEL = "crosscheck"

# Where somebody forgot the object that they belong into, the answer would be of all articles and nobody would know.
_LIMITS = ("outlets", "since", "until", "articles")


class _Strict(BaseModel):
    """A part of the body in which a value of another type is not made into the right one."""

    model_config = ConfigDict(strict=True)


class Part(_Strict):
    """A part of a message's content; there are parts of text alone."""

    type: Literal["text"]
    text: str


def _parts(content: object) -> object:
    if content is None or isinstance(content, str):
        return [{"type": "text", "text": content or ""}]
    if isinstance(content, list):
        return content
    raise ValueError("This is neither text nor a list of parts")


def _sequences(stop: object) -> object:
    if isinstance(stop, str):
        return [stop]
    if stop is None or isinstance(stop, list):
        return stop
    raise ValueError("This is neither a text nor a list of texts")


def _whole(number: object) -> object:
    """JSON has one kind of number, so that 3.0 is the whole number 3 (JSON Schema 2020-12, 6.1.1)."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


_Whole = Annotated[int, BeforeValidator(_whole)]
_Positive = Annotated[int, Field(ge=1), BeforeValidator(_whole)]
_FewTexts = Annotated[list[str], Field(max_length=4)]
_Content = Annotated[list[Part], BeforeValidator(_parts, json_schema_input_type=str | list[Part] | None)]
_Stop = Annotated[_FewTexts | None, BeforeValidator(_sequences, json_schema_input_type=str | _FewTexts | None)]


# For the OpenAPI document: there is a question, and it has a word.
_WORDS: JsonDict = {"type": "string", "minLength": 1, "maxLength": MAX_CHARACTERS, "pattern": r"[\p{L}\p{N}]"}
_PART: JsonDict = {"type": "array", "minItems": 1, "maxItems": 1, "items": {"properties": {"text": _WORDS}}}
_OF_A_USER: JsonDict = {"properties": {"role": {"const": "user"}}, "required": ["role"]}
_ASKING: JsonDict = {"properties": {"content": {"anyOf": [_WORDS, _PART]}}, "required": ["content"]}


class ChatMessage(_Strict):
    """A message of the conversation."""

    model_config = ConfigDict(json_schema_extra={"if": _OF_A_USER, "then": _ASKING})

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: _Content = []

    @property
    def text(self) -> str:
        """The words of all parts."""
        return "\n".join(part.text for part in self.content)


class Limits(_Strict):
    """What the evidence is limited to, as in `POST /ask`: a name that is not known here is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")

    outlets: list[str] | None = None
    since: Day | None = None
    until: Day | None = None
    articles: list[str] | None = None

    @model_validator(mode="after")
    def _possible(self) -> Limits:
        try:
            self.filters()
        except UsageError as error:
            raise ValueError(str(error)) from error
        return self

    def filters(self) -> Filters:
        """The same for the pipeline; raises UsageError where no day is within them."""
        return limits(outlets=self.outlets, since=self.since, until=self.until, articles=self.articles)


class StreamOptions(_Strict):
    """What the stream is to hold besides the answer."""

    include_usage: bool | None = None


class ResponseFormat(_Strict):
    """What the content is to look like; only `text` is understood."""

    type: str = Field("text", json_schema_extra={"const": "text"})


class _WithoutEffect(CleanBody):
    """Parameters of OpenAI's that are checked and change nothing: an answer is made of articles, and given whole.

    `max_tokens` and `stop` do not cut it, as half an answer may say the opposite of the whole; nothing is stored.
    """

    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, ge=0, le=1)
    presence_penalty: float | None = Field(None, ge=-2, le=2)
    frequency_penalty: float | None = Field(None, ge=-2, le=2)
    max_tokens: _Positive | None = None
    max_completion_tokens: _Positive | None = None
    stop: _Stop = None
    seed: _Whole | None = None
    user: str | None = None
    store: bool | None = None
    metadata: dict[str, str] | None = None
    logit_bias: dict[str, float] | None = None
    reasoning_effort: str | None = None
    verbosity: str | None = None
    service_tier: str | None = None
    parallel_tool_calls: bool | None = None


class ChatRequest(_WithoutEffect):
    """The body of a chat completion request; `crosscheck` is this server's own parameter."""

    model_config = ConfigDict(
        strict=True, extra="allow", json_schema_extra={"propertyNames": {"not": {"enum": list(_LIMITS)}}}
    )

    model: str = MODEL
    messages: list[ChatMessage] = Field(min_length=1, json_schema_extra={"contains": _OF_A_USER})
    crosscheck: Limits | None = None
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    # For these the OpenAPI document has what is taken; for anything else the answer is a sentence on what to do.
    n: _Whole | None = Field(None, json_schema_extra={"minimum": 1, "maximum": 1})
    tools: list[object] | None = Field(None, json_schema_extra={"maxItems": 0})
    functions: list[object] | None = Field(None, json_schema_extra={"maxItems": 0})
    modalities: list[Literal["text"]] | None = None
    audio: object = Field(None, json_schema_extra={"type": "null"})
    response_format: ResponseFormat | None = None
    logprobs: bool | None = Field(None, json_schema_extra={"not": {"const": True}})
    top_logprobs: Annotated[int, Field(ge=0), BeforeValidator(_whole)] | None = Field(
        None, json_schema_extra={"maximum": 0}
    )

    def refused(self) -> tuple[str, str] | None:
        """The first parameter that asks for what cannot be given, and the sentence that says so."""
        return next(((name, f"{name}: {why}") for name, asked, why in self._demands() if asked), None)

    def _demands(self) -> Iterator[tuple[str, bool, str]]:
        """Each parameter that may ask for what cannot be given, whether it does, and what to do then."""
        yield "n", self.n not in (None, 1), "There is one answer to a question; leave this out or set it to 1."
        for name, called in (("tools", self.tools), ("functions", self.functions)):
            yield name, bool(called), "Answers are made of articles and call nothing; leave this out."
        shape = self.response_format.type if self.response_format else "text"
        yield "response_format", shape != "text", "Answers are text; for JSON, use POST /ask."
        yield "audio", self.audio is not None, "Answers are text; leave this out."
        for name, wanted in (("logprobs", self.logprobs), ("top_logprobs", self.top_logprobs)):
            yield name, bool(wanted), "The words of articles have no probabilities; leave this out."
        for name in _LIMITS:
            yield name, name in (self.model_extra or {}), f'Put this into "crosscheck": {{"{name}": ...}}.'

    def ask(self) -> Ask:
        """The last user message, with the conversation before it; raises UsageError where no user message is."""
        places = [number for number, message in enumerate(self.messages) if message.role == "user"]
        if not places:
            raise UsageError("messages: There is no user message, and so no question; add one.")
        history = tuple(turn for message in self.messages[: places[-1]] if (turn := _turn(message)))
        filters = self.crosscheck.filters() if self.crosscheck else Filters()
        return Ask(question=self.messages[places[-1]].text, history=history, filters=filters)


def _turn(message: ChatMessage) -> Turn | None:
    """The message as a turn of the conversation; None for one that is of neither side, or empty."""
    if message.role == "user" and message.text:
        return Turn(role="user", content=message.text)
    if message.role == "assistant" and message.text:
        return Turn(role="assistant", content=without_footnotes(message.text))
    return None
