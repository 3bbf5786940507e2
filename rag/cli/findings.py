"""What `doctor` found, as it is printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from rag.cli.screen import Screen, joined
from rag.doctor import Finding, Status

_COLOURS = {"ok": "green", "warning": "yellow", "wrong": "red"}
_INDENT = " " * len("  warning  ")


def finding_lines(findings: Iterable[Finding], screen: Screen) -> Iterator[str]:
    """Each finding once it is there, below the name of what it is about; beneath it what to do."""
    for number, (topic, own) in enumerate(groupby(findings, lambda one: one.topic)):
        yield ("\n" if number else "") + screen.strong(topic)
        for one in own:
            yield _finding(one, screen)


def summary(findings: Iterable[Finding], screen: Screen) -> str:
    """What it comes to, in a line."""
    statuses = [one.status for one in findings]
    wrong, warnings = statuses.count("wrong"), statuses.count("warning")
    noted = f"{warnings} warning{'' if warnings == 1 else 's'}" if warnings else ""
    if wrong:
        return joined(
            [
                [
                    "",
                    _painted("wrong", f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong", screen)
                    + (f", {noted}." if noted else "."),
                ]
            ]
        )
    return "\n" + (f"Nothing is wrong; {noted}." if noted else "All is well.")


def _finding(one: Finding, screen: Screen) -> str:
    head = f"  {one.status:<7}  "
    lines = screen.filled(one.says, first=head, indent=_INDENT).splitlines()
    lines[0] = f"  {_painted(one.status, f'{one.status:<7}', screen)}  {lines[0].removeprefix(head)}"
    if one.advice:
        lines.append(screen.filled(one.advice, first=f"{_INDENT}→ ", indent=f"{_INDENT}  "))
    return "\n".join(lines)


def _painted(status: Status, text: str, screen: Screen) -> str:
    return {"ok": screen.painted(text, "green"), "warning": screen.painted(text, "yellow")}.get(
        status, screen.painted(text, "red")
    )
