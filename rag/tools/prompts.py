"""What a person may pick in a client to begin with."""

from __future__ import annotations

from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    PaginatedRequestParams,
    Prompt,
    PromptArgument,
    PromptMessage,
    TextContent,
)

from rag.question import MAX_CHARACTERS

_PROMPT = Prompt(
    name="press_review",
    title="What do outlets say about …?",
    description="A short review of how the archive's outlets report on a topic, with citations.",
    arguments=[PromptArgument(name="topic", description="A phrase or a question.", required=True)],
)
_WORDS = (
    "Write a short press review on this topic: {topic}\n\n"
    "Call compare_outlets, and timeline_news if order matters. Say what each outlet reports, where they disagree and "
    "who is silent. Cite outlet, title and date for each statement, quote only words that the tools gave you, say what "
    "the archive does not answer, and call nobody right."
)


async def listed(_: ServerRequestContext[Any], __: PaginatedRequestParams | None) -> ListPromptsResult:
    """The prompts that there are."""
    return ListPromptsResult(prompts=[_PROMPT])


async def given(_: ServerRequestContext[Any], params: GetPromptRequestParams) -> GetPromptResult:
    """The prompt on a topic."""
    if params.name != _PROMPT.name:
        raise MCPError(INVALID_PARAMS, f"There is no such prompt; there is {_PROMPT.name}.")
    topic = (params.arguments or {}).get("topic", "").strip()
    if not topic or len(topic) > MAX_CHARACTERS:
        raise MCPError(INVALID_PARAMS, f"topic: Give a phrase or a question of at most {MAX_CHARACTERS:,} characters.")
    content = TextContent(type="text", text=_WORDS.format(topic=topic))
    return GetPromptResult(description=_PROMPT.description, messages=[PromptMessage(role="user", content=content)])
