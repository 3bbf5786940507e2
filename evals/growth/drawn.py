"""What was measured by size, as one SVG of four panels, both axes logarithmic; equal figures make equal files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as Xml

WIDTH, HEIGHT = 260, 170  # of the drawing in a panel
LEFT, TOP, RIGHT, BOTTOM = 60, 40, 20, 34  # round it
COLUMNS = 2
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #444 }
.name { font-weight: 600 }
@media (prefers-color-scheme: dark) { text { fill: #ccc } }
"""
TITLE = "What a library costs by its passages"
# A panel's title and its lines: what is drawn, and in which colour.
PANELS = (
    ("search, ms (p50, p99; dashed: one outlet)",
     (("search_p50_ms", "#2f7ed8", ""), ("search_p99_ms", "#d1495b", ""), ("outlet_p50_ms", "#2f7ed8", "5 4"))),
    ("taken in, passages a second", (("put_per_s", "#3a9d5d", ""),)),
    ("memory, MB", (("memory_mb", "#2f7ed8", ""),)),
    ("disk, bytes a passage", (("disk_bytes", "#2f7ed8", ""),)),
)  # fmt: skip


def drawing(rows: Sequence[Mapping[str, float]]) -> str:
    """The figures of each size as an SVG."""
    width, height = COLUMNS * (LEFT + WIDTH + RIGHT), -(-len(PANELS) // COLUMNS) * (TOP + HEIGHT + BOTTOM)
    root = Xml.Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width} {height}", "role": "img"},
    )
    Xml.SubElement(root, "title").text = TITLE
    Xml.SubElement(root, "style").text = STYLE
    for place, (title, lines) in enumerate(PANELS):
        left = LEFT + place % COLUMNS * (LEFT + WIDTH + RIGHT)
        top = TOP + place // COLUMNS * (TOP + HEIGHT + BOTTOM)
        _panel(Xml.SubElement(root, "g", transform=f"translate({left} {top})"), title, lines, rows)
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode") + "\n"


def _panel(
    into: Xml.Element, title: str, lines: Sequence[tuple[str, str, str]], rows: Sequence[Mapping[str, float]]
) -> None:
    Xml.SubElement(into, "text", {"x": "0", "y": "-14", "class": "name"}).text = title
    values = [row[name] for name, _, _ in lines for row in rows if row.get(name)]
    across, up = _scale([row["passages"] for row in rows], WIDTH), _scale(values, HEIGHT)
    for power in range(across[0], across[1] + 1):
        x = across[2] * (power - across[0])
        Xml.SubElement(into, "path", d=f"M{x:.1f} 0V{HEIGHT}", stroke="#8884")
        Xml.SubElement(
            into, "text", {"x": f"{x:.1f}", "y": f"{HEIGHT + 18}", "text-anchor": "middle"}
        ).text = f"{10**power:,}"
    for power in range(up[0], up[1] + 1):
        y = HEIGHT - up[2] * (power - up[0])
        Xml.SubElement(into, "path", d=f"M0 {y:.1f}H{WIDTH}", stroke="#8884")
        Xml.SubElement(into, "text", {"x": "-6", "y": f"{y + 4:.1f}", "text-anchor": "end"}).text = f"{10.0**power:g}"
    for name, colour, dashes in lines:
        points = [
            (across[2] * (math.log10(row["passages"]) - across[0]), HEIGHT - up[2] * (math.log10(row[name]) - up[0]))
            for row in rows
            if row.get(name)
        ]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        if points:
            Xml.SubElement(
                into, "path", {"d": path, "fill": "none", "stroke": colour, "stroke-dasharray": dashes or "none"}
            )
        for x, y in points:
            Xml.SubElement(into, "circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="2.5", fill=colour)


def _scale(values: Sequence[float], length: int) -> tuple[int, int, float]:
    """The powers of ten at both ends, and how long one is."""
    low = math.floor(math.log10(min(values, default=1.0)))
    high = max(low + 1, math.ceil(math.log10(max(values, default=1.0))))
    return low, high, length / (high - low)
