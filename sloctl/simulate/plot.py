"""Draws results as SVG, by hand: three panels of lines and bars need no plotting library."""

from collections.abc import Mapping, Sequence
from typing import Final
from xml.etree import ElementTree as ET

from sloctl.simulate.frames import compliance_frame, incident_frame, quality_frame
from sloctl.simulate.runs import Run

_WIDTH: Final = 880
_MARGIN: Final = 60
_PANEL: Final = 170
_PITCH: Final = 240
_HEAD: Final = 80
_COLOURS: Final = ("#1a7f5a", "#c2571a", "#4a5fc1", "#8a3fa0")
_WITHIN: Final = "#1a7f5a"
_BEYOND: Final = "#b3261e"
_BAR: Final = 0.7
_LABELS: Final = 20
_WITHIN_MIN: Final = 120
_TICK_MIN: Final = 30


def plot(title: str, runs: Sequence[Run]) -> str:
    """
    Draw precision and recall, the time to detection, and the budget that each month spent.

    Args:
        title: What was simulated.
        runs: All of one SLO; the months are those of the first.

    Returns:
        SVG.
    """
    height = str(_HEAD + 3 * _PITCH)
    svg = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "width": str(_WIDTH), "height": height})
    svg.set("style", "font: 12px sans-serif; background: white")
    _text(svg, (_MARGIN, 24), title, size=16)
    policies = [policy.name for policy in runs[0].setting.policies]
    colours = dict(zip(policies, _COLOURS, strict=False))
    for number, (policy, colour) in enumerate(colours.items()):
        _text(svg, (_MARGIN + 120 * number, 44), f"\N{BLACK SQUARE} {policy}", colour=colour)
    _quality(_Panel(svg, 0, "Precision and recall", "100%"), runs, colours)
    _detection(_Panel(svg, 1, "Significant incidents paged, by minutes since they began", "100%"), runs, colours)
    _months(svg, runs[0])
    return ET.tostring(svg, encoding="unicode") + "\n"


class _Panel:
    """An area whose sides are 1 long."""

    def __init__(self, svg: ET.Element, number: int, title: str, full: str) -> None:
        self.svg, self.top = svg, _HEAD + number * _PITCH
        _text(svg, (_MARGIN, self.top - 10), title, size=14)
        for height, label in ((0, "0"), (1, full)):
            self.line([(0, height), (1, height)], "#bbb")
            _text(svg, (_MARGIN - 6, self.top + (1 - height) * _PANEL + 4), label, anchor="end")

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Give the place on the sheet."""
        return round(_MARGIN + x * (_WIDTH - 2 * _MARGIN), 1), round(self.top + (1 - y) * _PANEL, 1)

    def line(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        """Join points."""
        places = " ".join(f"{x},{y}" for x, y in (self.place(*point) for point in points))
        ET.SubElement(self.svg, "polyline", {"points": places, "fill": "none", "stroke": colour, "stroke-width": "1.5"})

    def bar(self, x: float, width: float, height: float, colour: str) -> None:
        """Draw a bar that stands on the lower side, its middle at *x*."""
        (left, top), (right, bottom) = self.place(x - width / 2, height), self.place(x + width / 2, 0)
        size = {"width": f"{right - left:.1f}", "height": f"{bottom - top:.1f}"}
        ET.SubElement(self.svg, "rect", {"x": str(left), "y": str(top), "fill": colour, **size})

    def label(self, x: float, *lines: str) -> None:
        """Write below the lower side."""
        place, bottom = self.place(x, 0)
        for number, line in enumerate(lines, start=1):
            _text(self.svg, (place, bottom + 15 * number), line, anchor="middle")


def _text(
    svg: ET.Element,
    place: tuple[float, float],
    text: str,
    *,
    size: int = 12,
    anchor: str = "start",
    colour: str = "#222",
) -> None:
    x, y = (f"{value:.1f}" for value in place)
    style = {"x": x, "y": y, "font-size": str(size), "text-anchor": anchor, "fill": colour}
    ET.SubElement(svg, "text", style).text = text


def _quality(panel: _Panel, runs: Sequence[Run], colours: Mapping[str, str]) -> None:
    quality = quality_frame(runs)
    bars = [
        (policy, tier, measure, float(value))
        for measure in ("precision", "recall")
        for (policy, tier), value in quality[measure].fillna(0).sort_index(level="tier").items()
    ]
    for number, (policy, tier, measure, value) in enumerate(bars):
        middle = (number + 0.5) / len(bars)
        panel.bar(middle, _BAR / len(bars), value, colours[policy])
        panel.label(middle, f"{tier} {measure}", f"{value:.0%}")


def _detection(panel: _Panel, runs: Sequence[Run], colours: Mapping[str, str]) -> None:
    incidents = incident_frame(runs)
    wanted = incidents[incidents.significant & (incidents.tier == "page")]
    for policy, seen in wanted.groupby("policy"):
        minutes = range(_WITHIN_MIN + 1)
        points = [(minute / _WITHIN_MIN, float((seen.detection_min <= minute).mean())) for minute in minutes]
        panel.line(points, colours[str(policy)])
    for minute in range(0, _WITHIN_MIN + 1, _TICK_MIN):
        panel.label(minute / _WITHIN_MIN, str(minute))


def _months(svg: ET.Element, run: Run) -> None:
    spent = compliance_frame([run]).budget_spent.fillna(0).tolist()
    full = max(1.0, *spent)
    panel = _Panel(svg, 2, "Budget spent by month; the line is all of it", f"{full:.0%}")
    apart = -(-len(spent) // _LABELS)
    for number, share in enumerate(spent):
        middle = (number + 0.5) / len(spent)
        panel.bar(middle, _BAR / len(spent), share / full, _WITHIN if share <= 1 else _BEYOND)
        if number % apart == 0:
            panel.label(middle, str(number + 1))
    panel.line([(0, 1 / full), (1, 1 / full)], "#222")
