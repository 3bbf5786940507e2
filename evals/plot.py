"""Curves of a threshold as one SVG, a panel for each, readable on light and dark; equal curves make equal files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as Xml

from evals.curve import GRID, Curve, Point
from evals.report import number

WIDTH, HEIGHT = 300, 180  # of the drawing in a panel
LEFT, TOP, RIGHT, BOTTOM = 52, 58, 18, 44  # round it
HEAD = 34  # above all panels, for the key
COLUMNS = 2
KEY = 160  # for each entry of the key
TITLE = "Abstention by threshold on the score of the evidence"
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #444 }
.name { font-weight: 600 }
@media (prefers-color-scheme: dark) { text { fill: #ccc } }
"""


@dataclass(frozen=True, slots=True)
class _Line:
    """What is drawn: its name in the key, the share, a colour that is seen on light and dark, dashes."""

    name: str
    share: Callable[[Point], float | None]
    colour: str
    dashes: str


LINES = (
    _Line("wrongly answered", lambda point: point.wrongly_answered, "#d1495b", "none"),
    _Line("wrongly refused", lambda point: point.wrongly_refused, "#2f7ed8", "7 4"),
    _Line("balanced accuracy", lambda point: point.balanced, "#3a9d5d", "2 3"),
)


def plot(curves: Sequence[Curve], *, at: float | None = None) -> str:
    """Return the curves as an SVG, a panel each; `at` is the threshold to mark in all of them."""
    columns = min(COLUMNS, len(curves))
    width = max(columns * (LEFT + WIDTH + RIGHT), LEFT + KEY * (len(LINES) + 1))
    height = HEAD + -(-len(curves) // columns) * (TOP + HEIGHT + BOTTOM)
    root = Xml.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {width} {height}",
            "width": str(width),
            "height": str(height),
            "role": "img",
            "aria-labelledby": "title desc",
        },
    )
    Xml.SubElement(root, "title", id="title").text = TITLE
    Xml.SubElement(root, "desc", id="desc").text = " ".join(map(_described, curves))
    Xml.SubElement(root, "style").text = STYLE
    _key(root, at=at)
    for place, curve in enumerate(curves):
        row, column = divmod(place, columns)
        x, y = column * (LEFT + WIDTH + RIGHT) + LEFT, HEAD + row * (TOP + HEIGHT + BOTTOM) + TOP
        _panel(Xml.SubElement(root, "g", transform=f"translate({x} {y})"), curve, at=at)
    Xml.indent(root)
    return f"{Xml.tostring(root, encoding='unicode')}\n"


def _described(curve: Curve) -> str:
    best = "" if curve.best is None else f", best balanced accuracy at {curve.best:.2f}"
    return f"{curve.name}: {len(curve.samples)} questions, {curve.answerable} of them answerable{best}."


def _key(root: Xml.Element, *, at: float | None) -> None:
    if at is not None:
        _text(root, f"upright: threshold {at:.2f}", x=LEFT + KEY * len(LINES), y=26)
    for place, line in enumerate(LINES):
        x = LEFT + KEY * place
        _stroke(root, "line", line, x1=f"{x}", x2=f"{x + 28}", y1="22", y2="22")
        _text(root, line.name, x=x + 34, y=26)


def _panel(panel: Xml.Element, curve: Curve, *, at: float | None) -> None:
    auroc = curve.auroc
    _text(panel, curve.name, x=0, y=-28, kind="name")
    told = "" if auroc.value is None else f", AUROC {number(auroc.value, '')}"
    _text(panel, f"{curve.answerable} of {len(curve.samples)} answerable{told}", x=0, y=-12)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        _rule(panel, x1=0, x2=WIDTH, y1=_down(share), y2=_down(share))
        _text(panel, f"{share * 100:.0f} %", x=-8, y=_down(share) + 4, anchor="end")
        _text(panel, f"{share:.2f}", x=share * WIDTH, y=HEIGHT + 18, anchor="middle")
    _text(panel, "threshold", x=WIDTH / 2, y=HEIGHT + 34, anchor="middle")
    if at is not None:
        _rule(panel, x1=at * WIDTH, x2=at * WIDTH, y1=0, y2=HEIGHT, opacity="1")
    points = [curve.at(threshold) for threshold in GRID]
    for line in LINES:
        drawn = [(point.threshold, height) for point in points if (height := line.share(point)) is not None]
        if drawn:
            places = " ".join(f"{x * WIDTH:.1f},{_down(height):.1f}" for x, height in drawn)
            _stroke(panel, "polyline", line, points=places)


def _down(share: float) -> float:
    return (1 - share) * HEIGHT


def _stroke(parent: Xml.Element, tag: str, line: _Line, **places: str) -> None:
    Xml.SubElement(
        parent,
        tag,
        {"fill": "none", "stroke": line.colour, "stroke-width": "2", "stroke-dasharray": line.dashes, **places},
    )


def _rule(parent: Xml.Element, *, opacity: str = "0.3", **places: float) -> None:
    ends = {name: f"{place:.1f}" for name, place in places.items()}
    Xml.SubElement(parent, "line", {"stroke": "#888", "stroke-opacity": opacity, **ends})


def _text(parent: Xml.Element, words: str, *, x: float, y: float, anchor: str = "start", kind: str = "") -> None:
    named = {"class": kind} if kind else {}
    Xml.SubElement(parent, "text", {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, **named}).text = words
