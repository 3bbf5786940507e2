"""Where text is printed: how wide it is, whether it shows colours, and what it must never be told by an article."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import fill
from typing import Literal, TextIO, TypeAlias

from rag.config import wants_no_colour

Colour: TypeAlias = Literal["auto", "always", "never"]
COLOURS: tuple[Colour, ...] = ("auto", "always", "never")
NARROWEST, WIDEST = 40, 100  # columns: longer lines are hard to read, however wide the terminal

_CODES = {"bold": "1", "faint": "2", "red": "1;31", "green": "32", "yellow": "33"}
# What a terminal takes for a command, breaks a line, or turns the order of the letters round.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Columns of text, and whether it may be coloured."""

    columns: int = WIDEST
    coloured: bool = False

    @classmethod
    def of(cls, stream: TextIO, *, colour: Colour = "auto") -> Screen:
        """The screen behind a stream: coloured, unless told otherwise, where that is a terminal that has colours."""
        terminal = stream.isatty()
        columns = shutil.get_terminal_size(fallback=(WIDEST, 24)).columns if terminal else WIDEST
        return cls(
            columns=min(max(columns, NARROWEST), WIDEST),
            coloured=colour == "always" or (colour == "auto" and terminal and not wants_no_colour()),
        )

    def strong(self, text: str) -> str:
        """The text in bold."""
        return self.painted(text, "bold")

    def painted(self, text: str, style: Literal["bold", "faint", "red", "green", "yellow"]) -> str:
        """The text in a colour or weight, where the screen shows them."""
        return f"\033[{_CODES[style]}m{text}\033[0m" if self.coloured and text else text

    def filled(self, text: str, *, first: str | None = None, indent: str = "") -> str:
        """The text in lines of the screen's width, each behind `indent`, the first behind `first` in its place."""
        begin = indent if first is None else first
        return fill(
            visible(text),
            self.columns,
            initial_indent=begin,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )

    def listed(self, entries: Iterable[str]) -> list[str]:
        """Each entry behind a dash."""
        return [self.filled(entry, first="  - ", indent="    ") for entry in entries]

    def heading(self, text: str) -> str:
        """The text as the head of what follows, in bold."""
        return "\n".join(self.strong(line) for line in self.filled(text).splitlines())


def visible(text: str) -> str:
    """The text on one line, without what a terminal would take for a command."""
    return _CONTROLS.sub(" ", text)


def joined(parts: Iterable[list[str]]) -> str:
    """Parts of lines as one text, a blank line between them; empty parts are left out."""
    return "\n\n".join("\n".join(part) for part in parts if part)
