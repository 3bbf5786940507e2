"""Citation marks: the only place that knows how `[1]` is written by us, and in how many ways a model writes it.

What a model writes is hostile text in any dialect of Markdown and HTML. It comes out as plain sentences, each with the
numbers of the passages that it cites. Every pattern here is linear in the length of the text.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.text import Span, sentences
from rag.types import Statement

# What a model is told to reply when the passages do not answer. No sentence of a language looks like it.
ABSTENTION = "NOT_IN_PASSAGES"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence of a reply as plain text, and the numbers it cites, in order, each once and each shown."""

    text: str
    citations: tuple[int, ...]


class Mark(NamedTuple):
    """Where a rendered text cites: `text[start:end] == mark(number)`."""

    number: int
    start: int
    end: int


# --- writing ---------------------------------------------------------------------------------------------------------


def mark(number: int) -> str:
    """The mark that cites passage `number`, as it is shown to models and to people."""
    return f"[{number}]"


def render(statements: Iterable[tuple[str, Sequence[int]]]) -> str:
    """Texts with their numbers as one text: each text as it is, then its marks."""
    return "".join(piece for piece, _ in _pieces(statements))


def marked(statements: Iterable[Statement]) -> list[tuple[str, tuple[int, ...]]]:
    """What `render` and `spans` take of statements: who reads nothing but the text is told what the articles lack."""
    return [(_told(one), one.citations) for one in statements]


def _told(statement: Statement) -> str:
    """The words of a statement and how far they are supported; they cannot close the brackets that strike them."""
    if statement.support == "unsupported":
        return f"[unsupported: {statement.text.translate(_ROUNDED)}]"
    return f"{statement.text} (partly supported)" if statement.support == "partial" else statement.text


_ROUNDED = str.maketrans("[]【】［］〔〕", "()()()()")


def spans(statements: Iterable[tuple[str, Sequence[int]]]) -> list[Mark]:
    """Where the marks are in what `render` makes of the same statements; numbers in brackets inside a text are none."""
    found, at = [], 0
    for piece, number in _pieces(statements):
        if number is not None:
            found.append(Mark(number, at, at + len(piece)))
        at += len(piece)
    return found


def disarmed(text: str) -> str:
    """A text that is to be shown to a model beside marks: what reads as a mark in it is in round brackets instead."""

    def disarm(match: re.Match[str]) -> str:
        is_mark = _becomes_mark(match[1], 0, [])
        return f"({match[1]})" if is_mark else match[0]

    return _SQUARE.sub(disarm, _visible(text))


def _visible(text: str) -> str:
    """The text without what cannot be seen; its lines stay lines."""
    return "".join(c if c.isprintable() or c == "\n" else " " if c.isspace() else "" for c in text)


def _pieces(statements: Iterable[tuple[str, Sequence[int]]]) -> Iterator[tuple[str, int | None]]:
    between = ""
    for text, numbers in statements:
        yield f"{between}{text}{' ' if numbers else ''}", None
        yield from ((mark(number), number) for number in numbers)
        between = " "


# --- reading ---------------------------------------------------------------------------------------------------------


def parse(reply: str, shown: int) -> list[Sentence]:
    """The sentences of a model's reply; numbers outside 1..`shown` are left out, and no mark stays in a text.

    A mark belongs to the sentence it stands in or right after. Items of a list are sentences of their own. Lists of
    sources, a model's thoughts and the word for abstaining are left out: a reply that only abstains has no sentences.
    """
    text = _plain(reply)
    # A number in round brackets is a mark only in a reply that has no other marks.
    rounded = _ROUND.search(text) is not None and not any(_numbers(match[1], shown) for match in _SQUARE.finditer(text))
    found: list[Sentence] = []
    for block in _blocks(text):
        line = _rounded(block, shown) if rounded else block
        words, marks = _unmarked(_worded(line), shown)
        if words:
            found.extend(_cited(words, marks))
        elif marks and found:  # marks on a line of their own
            numbers = [number for _, cited in marks for number in cited]
            last = found.pop()
            found.append(Sentence(text=last.text, citations=_once([*last.citations, *numbers])))
    if any(_ABSTAINS.search(sentence.text) for sentence in found):  # what is not cited beside it only explains it
        return [sentence for sentence in found if sentence.citations and not _ABSTAINS.search(sentence.text)]
    return found


def abstains(reply: str) -> bool:
    """Whether a reply, its thoughts left out, holds the word for abstaining."""
    return _ABSTAINS.search(_plain(reply)) is not None


def complete(reply: str) -> str:
    """The part of a reply in the making that ends with a whole sentence and its marks; empty while there is none.

    A sentence counts as whole once another has begun behind its marks: until then more marks may follow.
    """
    for span in reversed(sentences(reply)[1:]):
        end = _after_marks(reply, span)
        if end == span.end:  # nothing but marks of the sentence before
            continue
        before = reply[max(0, span.start - 200) : span.start]
        if _BEGINS.match(reply, end) and not _continues(before, reply[end]):
            return reply[: span.start if "\n" in before[len(before.rstrip()) :] else end]
    return ""


def _after_marks(text: str, span: Span) -> int:
    """Where the marks end that a sentence of the raw reply begins with."""
    at = span.start
    while at < span.end and (match := _SQUARE.match(text, at, span.end)) and _numbers(match[1], 0) is not None:
        at = match.end()
        while at < span.end and text[at].isspace():
            at += 1
    return at


def _once(numbers: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(numbers))


# --- from Markdown and HTML to lines of plain words ------------------------------------------------------------------

_ABSTAINS = re.compile(r"\b(?i:NOT_IN_(?:THE_)?PASSAGES)\b|\bNOT[ -]IN[ -](?:THE[ -])?PASSAGES\b")
_THOUGHT = re.compile(r"\s*<(think|thinking|thought|reasoning)>", re.I)
_THOUGHT_OVER = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.I)
_COMMENT = re.compile(r"<!--[^<>]{0,2000}-->")
_SUPERSCRIPT = re.compile(r"<sup>\s?\[?(\d{1,3}(?:\s?,\s?\d{1,3}){0,9})\]?\s?</sup>", re.I)
_ITEM_TAG = re.compile(r"<li\b[^<>]{0,300}>", re.I)
_LINE_TAG = re.compile(r"</?(?:p|br|div|tr|li|ul|ol|h[1-6]|blockquote|table|pre)\b[^<>]{0,300}>", re.I)
_CELL_TAG = re.compile(r"</?t[dh]\b[^<>]{0,300}>", re.I)
_TAG = re.compile(r"</?[a-z][^<>]{0,1000}>", re.I)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_FENCE = re.compile(r"\s{0,20}(?:```|~~~)")
_RULE = re.compile(r"[\s|:=*_~-]+$")
_HEADING = re.compile(r"\s*#{1,6}\s+")
_ITEM = re.compile(r"\s*(?:>|[-*+•·‣◦▪–—](?=\s)|\d{1,3}[.)](?=\s)|\[[ xX]\](?=\s))\s*")
_DEFINITION = re.compile(r"\s*\[\^?[^\[\]]{1,100}\]:")
_SOURCES = re.compile(r"[\s#*_]*(?:sources?|references?|citations?|footnotes?|bibliography|notes?)[\s:*_]*$", re.I)
_BEGINS = re.compile(r"[\s*_#>+•~`-]{0,20}(?!\(\d)[“\"‘'(«]?\w\S*\s")
_SOURCE = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)]|[\[【［(]\^?\d)")
_FINAL = ".!?…:;。！？"


def _plain(reply: str) -> str:
    """The reply without thoughts, tags, entities and what cannot be seen; its lines as Markdown."""
    if over := list(_THOUGHT_OVER.finditer(reply)):
        reply = reply[over[-1].end() :]
    elif _THOUGHT.match(reply):
        return ""
    text = _visible(html.unescape(reply))
    text = _SUPERSCRIPT.sub(r"[\1]", _COMMENT.sub("", text))
    text = _CELL_TAG.sub(" ", _LINE_TAG.sub("\n", _ITEM_TAG.sub("\n- ", text)))
    return _ESCAPED.sub(r"\1", _TAG.sub("", text))


def _blocks(text: str) -> Iterator[str]:
    """Paragraphs, items, headings and rows, each on one line without what marks it as such; no fences, no sources."""
    block: list[str] = []
    listed = False
    for line in text.split("\n"):
        if _SOURCES.match(line):
            listed = True
            continue
        if listed and (not line.strip() or _SOURCE.match(line)):
            continue
        listed = False
        if _FENCE.match(line) or _DEFINITION.match(line):
            continue
        bare, begins = _without_prefix(line)
        if block and not begins and _continues(block[-1], bare[0]):
            block.append(bare)
            continue
        if block:
            yield " ".join(block)
        block = [bare] if bare else []
    if block:
        yield " ".join(block)


def _without_prefix(line: str) -> tuple[str, bool]:
    """What a line says, and whether it begins something: a heading, an item, a row of a table, nothing at all."""
    if _RULE.match(line):
        return "", True
    at = 0
    while match := _HEADING.match(line, at) or _ITEM.match(line, at):
        at = match.end()
    bare = line[at:].strip()
    if bare.startswith("|"):
        cells = [cell.strip() for cell in bare.strip("|").split("|")]
        return ", ".join(cell for cell in cells if cell), True
    return bare, at > 0 or not bare


def _continues(before: str, first: str) -> bool:
    """Whether a line that starts with `first` goes on with the sentence that the line before left open."""
    open_end = before.rstrip()
    return bool(open_end) and first.islower() and open_end[-1] not in _FINAL and not _closes_mark(open_end)


def _closes_mark(text: str) -> bool:
    return text[-1] in "]】］"


# --- from a line of Markdown to words --------------------------------------------------------------------------------

_EMPHASIS = re.compile(
    r"\*{2,}|_{2,}|~~+|`+"
    r"|(?<![^\s(\[“\"'])[*_](?=[^\s*_])"  # opens
    r"|(?<=[^\s*_])[*_](?![^\s.,;:!?)\]”\"'\[【［])"  # closes
)
_SCHEME = re.compile(r"(?:https?|ftp)://(?:www\.)?|\bwww\.(?=\w)", re.I)
_SPACES = re.compile(r"\s+")


def _worded(line: str) -> str:
    return _SPACES.sub(" ", _SCHEME.sub("", _EMPHASIS.sub("", line))).strip()


# --- marks -----------------------------------------------------------------------------------------------------------

_LONGEST_MARK = 80
_OPENING, _CLOSING = frozenset("[【［〔"), frozenset("]】］〕")
_BRACKET = re.compile(r"([\[\]【】［］〔〕])")
_SQUARE = re.compile(r"[\[【［〔]([^\[\]【】［］〔〕]{0,80})[\]】］〕]")
_ROUND = re.compile(r"\(\d{1,3}[ ,;)–-]")
_ROUND_LIST = r"\((\d{1,3}(?: ?[,;–-] ?\d{1,3}){0,9})\)"
_ROUND_AT_END = re.compile(rf"(?<=[.!?…”\"]) ?{_ROUND_LIST}(?= |$)| ?{_ROUND_LIST}(?=[.!?…]|$)")
_ROUND_NAMED = re.compile(
    r"\((?:see )?((?:passage|source|ref|reference|citation)s?\.? #?\d{1,3}(?:(?: ?[,;&–-] ?| and )#?\d{1,3}){0,9})\)",
    re.I,
)
_DIGITS = re.compile(r"\d+")
_TOKEN = re.compile(r"\d+|[^\W\d_]+|\S")
_NAMES = frozenset(
    """passage passages source sources ref refs reference references citation citations cite cites cited see also cf
    id ids no nos doc docs document documents hit hits chunk chunks and or""".split()
)
_SIGNS = frozenset("^#,;&|")
_DASHES = frozenset(["-", "–", "—", "−", "‒", "‑", "to"])
_ANNOTATED = re.compile(r"((?:[a-z]{1,12}[.:]? ?)?[#^]?\d{1,3}) ?(?:[,:;|]| [–—-] ) ?[^\W\d]", re.I)
_LINK = re.compile(r"\( ?<?[^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*>?(?: [\"'][^\"']{0,300}[\"'])? ?\)")
_HERE = "\ue000"  # stands where a mark was; not printable, so that no reply brings one along
_FILLER = r"(?:see|also|cf\.?|from|per|in|and|sources?|passages?|refs?|references?|citations?|citing)[ :,]{0,3}"
_MARKS_ALONE = re.compile(rf" ?\( ?(?:{_FILLER}){{0,6}}({_HERE}[{_HERE} ,;&]*)\.? ?\)", re.I)
_MARKS_LISTED = re.compile(rf"(?<={_HERE}) ?(?:[,;&]|,? ?\b(?:and|or)\b)? ?(?={_HERE})")
# What would be read as a tag, a link or an image once more.
_TAG_BEGINS = re.compile(rf"<(?=(?: *{_HERE}[ {_HERE}]*)?[a-z/!?])", re.I)
_LINK_BEGINS = re.compile(r"\](?=\()|!(?=\[)")


def _rounded(line: str, shown: int) -> str:
    """The line with square brackets around the numbers that end a sentence in round ones, where all were shown."""

    def squared(match: re.Match[str]) -> str:
        inside = match[1] or match[2]
        return f" [{inside}]" if all(1 <= int(number) <= shown for number in _DIGITS.findall(inside)) else match[0]

    return _ROUND_AT_END.sub(squared, line)


def _numbers(inside: str, shown: int) -> list[int] | None:
    """The shown numbers that a mark with this between its brackets cites; None where it is no mark but words."""
    inside, _, note = inside.strip().partition("†")  # "【1†source】"
    runs = _runs(inside, noted=bool(note))
    if runs is None and (match := _ANNOTATED.match(inside)):  # "[1: Reuters]"
        runs = _runs(match[1], noted=True)
    shown_runs = [run for run in runs or [] if all(1 <= number <= shown for number in run) and len(run) <= 2]
    return [number for run in shown_runs for number in range(min(run), max(run) + 1)] if runs else None


def _runs(inside: str, *, noted: bool) -> list[list[int]] | None:
    """The numbers of a mark, those that a dash joins in one list; None where there is more than numbers and signs."""
    runs: list[list[int]] = []
    before = ""
    for token in _TOKEN.findall(inside):
        if token.isdecimal():
            if len(token) == 4 and token[0] in "12":  # a year
                return None
            if before in _DASHES and runs:
                runs[-1].append(int(token))
            else:
                runs.append([int(token)])
        elif not (
            token in _SIGNS
            or token in _DASHES
            or token.casefold() in _NAMES
            or (token in ".:" and (noted or before.casefold() in _NAMES))
        ):
            return None
        before = token
    return runs


def _unmarked(line: str, shown: int) -> tuple[str, list[tuple[int, list[int]]]]:
    """The words of a line without marks and links, and behind which character of them which numbers were cited."""
    text, cited = _lifted(_ROUND_NAMED.sub(r"[\1]", line), shown)
    text = _LINK_BEGINS.sub(r"\g<0> ", _TAG_BEGINS.sub("‹", _MARKS_LISTED.sub("", _MARKS_ALONE.sub(r" \1", text))))
    first, *others = text.split(_HERE)
    parts = [first.strip()]
    length = len(parts[0])
    marks: list[tuple[int, list[int]]] = []
    for numbers, after in zip(cited, others, strict=True):
        marks.append((length, numbers))
        rest = after.strip()
        if not length:
            rest = rest.lstrip(":;,.–—- ")
        elif rest and not (rest[0] in ".,;:!?…)”’" or (rest[0] in "\"'" and after.startswith(rest[0]))):
            rest = f" {rest}"
        parts.append(rest)
        length += len(rest)
    return "".join(parts), marks


def _lifted(line: str, shown: int) -> tuple[str, list[list[int]]]:
    """The line with `_HERE` for each mark and without what makes links of words, and the numbers of each mark."""
    cited: list[list[int]] = []
    out: list[str] = []
    length = 0  # of `out`, marks not counted
    opened: list[tuple[int, int]] = []  # where in `out`, behind how many characters
    pieces = [piece for piece in _BRACKET.split(line) if piece]
    for index, piece in enumerate(pieces):
        if piece in _OPENING:
            opened.append((len(out), length))
        elif piece in _CLOSING and opened:
            at, start = opened.pop()
            link = _LINK.match(pieces[index + 1]) if index + 1 < len(pieces) else None
            if link:
                pieces[index + 1] = pieces[index + 1][link.end() :]
            if length - start <= _LONGEST_MARK and _becomes_mark("".join(out[at + 1 :]), shown, cited):
                out[at:] = [_HERE]
                length = start
                continue
            if link:
                out[at] = ""
                if at and out[at - 1].endswith("!"):  # an image
                    out[at - 1] = out[at - 1][:-1]
                continue
        out.append(piece)
        length += len(piece)
    return "".join(out), cited


def _becomes_mark(inside: str, shown: int, cited: list[list[int]]) -> bool:
    """Whether brackets with this between them are a mark, of their own or around others; then `cited` says of what."""
    inner = inside.count(_HERE)
    rest = inside.replace(_HERE, "").strip(" ,;&")
    numbers = _numbers(rest, shown) if rest else []
    if numbers is None:
        return False
    around = [number for each in cited[len(cited) - inner :] for number in each]
    cited[len(cited) - inner :] = [list(_once([*around, *numbers]))]
    return True


def _cited(words: str, marks: Sequence[tuple[int, list[int]]]) -> list[Sentence]:
    """The sentences of a line; a mark belongs to the one whose characters it stands behind."""
    cut = [span for span in sentences(words) if any(map(str.isalnum, words[span.start : span.end]))]
    numbers: list[list[int]] = [[] for _ in cut]
    starts = [span.start for span in cut]
    for behind, cited in marks:
        if cut:
            numbers[max(0, bisect_right(starts, behind - 1) - 1)].extend(cited)
    return [
        Sentence(text=words[span.start : span.end], citations=_once(each))
        for span, each in zip(cut, numbers, strict=True)
    ]
