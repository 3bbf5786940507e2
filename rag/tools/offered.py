"""What a tool is, and the tools of one server: listed, called, their arguments checked and their failures told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar
from uuid import uuid4

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp.types import Tool as Listed
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from rag.access import may_write
from rag.asking import clean
from rag.errors import CrosscheckError
from rag.tools.threads import Threads

READING = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
_MAY_NOT = "This key may only read; changing the library takes one with the write scope."
_OFF = "This server only reads; whoever runs it can allow changes with MCP_CHANGES=true."
_NAMED = 100  # characters of a name that is repeated to whoever sent it

_log = logging.getLogger(__name__)


class Arguments(BaseModel):
    """What a tool is called with; a name that it does not know is refused, as a misspelt limit would else be none."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a tool gives: a dataclass for programs, and text for models that read nothing else."""

    value: Any
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool: `act` is called in a thread, with checked arguments and an event that is set once nobody waits.

    It gives a value of the dataclass `gives`, and raises CrosscheckError.
    """

    name: str
    title: str
    description: str
    arguments: type[Arguments]
    gives: type[Any]
    act: Callable[[Any, threading.Event], Given]
    annotations: ToolAnnotations = field(default_factory=lambda: READING)

    @property
    def changes(self) -> bool:
        """Whether it changes the library."""
        return not self.annotations.read_only_hint

    def listed(self) -> Listed:
        """The tool as a client is told of it."""
        return Listed(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=self.arguments.model_json_schema(),
            output_schema=TypeAdapter(self.gives).json_schema(mode="serialization"),
            annotations=self.annotations,
        )


class Tools:
    """The tools that a server offers; those that change the library only where `changes` allows it.

    Over HTTP they are offered, and run, only for a request that may write.
    """

    def __init__(self, tools: Iterable[Tool], *, threads: Threads, changes: bool) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._listed = {tool.name: tool.listed() for tool in self._tools.values()}
        self._threads = threads
        self._changes = changes

    async def list(self, context: ServerRequestContext[Any], _: PaginatedRequestParams | None) -> ListToolsResult:
        """What this client may call."""
        return ListToolsResult(
            tools=[self._listed[tool.name] for tool in self._tools.values() if not self._objection(tool, context)]
        )

    async def call(self, context: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
        """What the tool gives, or an error in a sentence for the model that called; MCPError for no tool of ours."""
        tool = self._tools.get(params.name)
        if tool is None:
            name = repr(clean(params.name[:_NAMED]))
            raise MCPError(INVALID_PARAMS, f"There is no tool {name}; tools/list has those that there are.")
        if objection := self._objection(tool, context):
            return _error(objection)
        try:
            arguments = tool.arguments.model_validate(params.arguments or {})
        except ValidationError as error:
            return _error(_wrong(error, tool.arguments))
        try:
            given = await self._threads.run(lambda left: tool.act(arguments, left), request=context.request)
        except CrosscheckError as error:
            return _error(str(error))
        except MCPError:  # nobody is there to be told
            raise
        except Exception:  # noqa: BLE001 - whatever it is, it is logged and told as ours
            return _error(unforeseen(context, f"tool {tool.name}"))
        return CallToolResult(
            content=[TextContent(type="text", text=given.text)], structured_content=asdict(given.value)
        )

    def _objection(self, tool: Tool, context: ServerRequestContext[Any]) -> str | None:
        """Why the tool is not for this client, in a sentence."""
        if not tool.changes:
            return None
        if not self._changes:
            return _OFF
        return None if context.request is None or may_write(context.request.scope) else _MAY_NOT


def unforeseen(context: ServerRequestContext[Any], what: str) -> str:
    """The sentence for the failure being handled, which is logged under the id that it names: the HTTP request's."""
    scope = {} if context.request is None else context.request.scope
    name = scope.get("state", {}).get("request_id") or uuid4().hex
    _log.exception("request %s: %s failed", name, what)
    return f"Something failed inside Crosscheck; look in the server's log for request {name}."


def _error(sentence: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=str(clean(sentence)))], is_error=True)


def _wrong(error: ValidationError, arguments: type[Arguments]) -> str:
    """What is wrong, as `name: what.`: a name that is none, else the first value; without it, as it may be huge."""
    found = error.errors(include_url=False, include_input=False)
    first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
    where = ".".join(str(part) for part in first["loc"])[:_NAMED]
    if first["type"] == "extra_forbidden":
        return f"{where}: There is no such argument; there are {', '.join(arguments.model_fields)}."
    if first["type"] == "missing":
        return f"{where}: This argument is required."
    what = first["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{where}: {what}." if where else f"{what}."
