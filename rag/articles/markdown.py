"""Articles out of Markdown: the byline of its front matter, and its text without marks."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping

import yaml
from frontmatter.default_handlers import YAMLHandler

from rag.articles.drafts import Draft, draft
from rag.articles.hidden import without_hidden
from rag.articles.prose import clean, decode
from rag.errors import ArticleError

_LONGEST_FRONT_MATTER = 16_000  # characters
_DEEPEST_LIST = 20  # brackets that are open at once

_UNDERLINE = re.compile(r"\s{0,3}=+$")
_RULE = re.compile(r"\s{0,3}(?:=+|-+|(?:[-*_][ \t]*){3,})$")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_HEADING = re.compile(r"\s{0,3}(#{1,6})\s++(.*)$")
_ITEM = re.compile(r"\s*(?:[-*+]|(\d{1,9}[.)]))\s+")
_QUOTED = re.compile(r"\s{0,3}(?:>[ \t]?)+")
_REFERENCE = re.compile(r"\s{0,3}\[[^\[\]]{1,300}\]:\s")
_TARGET = r"(?:\([^()\n]{0,1000}(?:\([^()\n]{0,200}\)[^()\n]{0,500})?\)|\[[^\[\]\n]{0,300}\])"
_INLINE = (
    (re.compile(rf"!\[[^\[\]\n]{{0,500}}\]{_TARGET}"), ""),
    (re.compile(r"\[\^[^\[\]\n]{1,100}\]"), ""),
    (re.compile(rf"\[([^\[\]\n]{{0,1000}})\]{_TARGET}"), r"\1"),
    (re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,1000})>"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>]{0,1000}>"), ""),
    (re.compile(r"(`{1,3})([^`\n]{1,1000})\1"), r"\2"),
    (re.compile(r"~~([^~\n]{1,1000})~~"), r"\1"),
    (re.compile(r"(?<![\\*])(\*{1,3})(?=[^\s*])([^*\n]{1,1000})(?<=[^\s\\])\1(?!\*)"), r"\2"),
    (re.compile(r"(?<![\\\w])(_{1,3})(?=[^\s_])([^_\n]{1,1000})(?<=[^\s\\])\1(?!\w)"), r"\2"),
    (re.compile(r"(?<!\\)(\*{2})(?=[^\s*])([^\n*]{1,1000})\1"), r"\2"),  # bold around what was italic
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])"), r"\1"),
)


class _Loader(yaml.BaseLoader):
    """Every value as the text that it is: nothing is built, no date is guessed, no alias is spread out.

    For each token it looks at every open bracket again, so there may not be many.
    """

    def fetch_flow_collection_start(self, token_class: type[yaml.Token]) -> None:
        if self.flow_level >= _DEEPEST_LIST:
            problem = f"more than {_DEEPEST_LIST} lists in lists"
            raise yaml.scanner.ScannerError(None, None, problem, self.get_mark())
        super().fetch_flow_collection_start(token_class)


def from_markdown(data: bytes) -> Draft:
    """The article of a Markdown text with YAML front matter; a first heading is the title where that gives none."""
    fields, body = _front_matter(clean(decode(data)))
    heading, text = without_markdown(body)
    named = draft(fields, text=f"{heading}\n\n{text}" if heading else text)
    return named if named.title or not heading else draft({**fields, "title": heading}, text=text)


def _front_matter(text: str) -> tuple[Mapping[str, object], str]:
    handler = YAMLHandler()
    if not handler.detect(text):
        return {}, text
    try:
        matter, body = handler.split(text)
    except ValueError as error:
        if re.match(r"-{3,}\s*\n\w+[ \t]*:", text):
            raise ArticleError("The front matter is not closed; end it with a line of three dashes.") from error
        return {}, text  # a rule drawn above the text
    if len(matter) > _LONGEST_FRONT_MATTER:
        raise ArticleError(f"The front matter is longer than {_LONGEST_FRONT_MATTER:,} characters; shorten it.")
    try:
        fields = handler.load(matter, Loader=_Loader) or {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ArticleError(f"The front matter is not valid YAML{_yaml_place(error)}; correct it.") from error
    if not isinstance(fields, Mapping):
        raise ArticleError("The front matter is no list of names with values; write lines as `title: ...`.")
    return fields, body


def _yaml_place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f" (line {mark.line + 1}: {getattr(error, 'problem', None)})" if mark else ""


def without_markdown(text: str) -> tuple[str | None, str]:
    """The heading that a text begins with, if any, and the rest as prose: a block a line, no marks, no images."""
    blocks = list(_blocks(without_hidden(_outside(text, "<!--", "-->"))))
    heading = _inline(blocks.pop(0)[1]) if blocks and blocks[0][0] == "title" else ""
    prose: list[str] = []
    before = ""
    for kind, block in blocks:
        prose += ["\n" if kind == before == "item" else "\n\n", _inline(block)]
        before = kind
    return heading or None, "".join(prose).strip()


def _outside(text: str, opening: str, closing: str) -> str:
    """Text without what stands from each `opening` to the next `closing`."""
    kept: list[str] = []
    position = 0
    while (start := text.find(opening, position)) >= 0 and (end := text.find(closing, start)) >= 0:
        kept.append(text[position:start])
        position = end + len(closing)
    return "".join([*kept, text[position:]])


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Each block's kind ("title" for a heading of the first level, "item" in a list, else "") and its one line."""
    lines: list[str] = []
    kind = ""
    fenced = False
    for line in [*text.split("\n"), ""]:
        fence = _FENCE.match(line)
        bare = "" if fence else line[quoted.end() :] if (quoted := _QUOTED.match(line)) else line
        heading, item = _HEADING.match(bare), _ITEM.match(bare)
        is_row = bare.count("|") > 1 and not fenced
        is_mark = bool(_RULE.match(bare) or _REFERENCE.match(bare) or not bare.strip(" \t|:-"))
        if lines and (fence or heading or item or is_row or is_mark):
            yield "title" if _UNDERLINE.match(bare) else kind, " ".join(lines)
            lines, kind = [], ""
        if fence:
            fenced = not fenced
        elif fenced:
            yield "", line
        elif is_mark:
            continue
        elif heading:
            yield "title" if len(heading[1]) == 1 else "", heading[2].rstrip(" #")
        elif is_row:
            yield "", ", ".join(cell.strip() for cell in bare.strip(" \t|").split("|"))
        else:
            if item:
                kind, bare = "item", f"{item[1] or '-'} {bare[item.end() :]}"
            lines.append(bare.strip().removesuffix("\\"))


def _inline(block: str) -> str:
    for pattern, replacement in _INLINE:
        block = pattern.sub(replacement, block)
    return html.unescape(block).strip()
