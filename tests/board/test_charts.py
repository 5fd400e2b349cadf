"""Where lines and labels go."""

import re

import pytest

from sloctl.board.charts import chart
from sloctl.board.graphs import Graph, Line, Span, Unit

SPAN = Span(1_700_000_000, 1_700_000_600, 60)


def graph(*lines: Line, unit: Unit = "ratio", span: Span = SPAN) -> Graph:
    """Make a graph."""
    return Graph("g", "G", "", unit, span, "Nothing.", lines)


def every(step_s: int, *values: float) -> list[tuple[float, float]]:
    """Give values one step apart."""
    return [(SPAN.since_s + place * step_s, value) for place, value in enumerate(values)]


def places(path: str) -> list[tuple[float, float]]:
    """Give the corners of a path."""
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](\S+) ([\d.-]+)", path)]


def test_a_line_spans_its_plot() -> None:
    """Left is the beginning, right the end, top the most, and all of it is inside."""
    drawn = chart(graph(Line("a", every(60, *(0.1 * i for i in range(11))))))
    corners = places(drawn.strokes[0].path)

    assert (corners[0][0], corners[-1][0]) == (0, 1000)
    assert corners[0][1] > corners[-1][1]
    assert all(0 <= y <= 1000 for _, y in corners)


def test_what_is_missing_is_a_gap() -> None:
    """A line stops where a value is missing, and starts again; a value alone is a dot."""
    points = every(60, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
    del points[3]
    drawn = chart(graph(Line("a", points)))

    assert drawn.strokes[0].path.count("M") == 2


def test_limits_are_drawn_after_lines_and_are_no_data() -> None:
    """They are told from lines by their style, and the table leaves them out."""
    drawn = chart(graph(SPAN.level("objective", 0.99), Line("SLI", every(60, 0.98, 1.0))))

    assert [stroke.style for stroke in drawn.strokes] == ["line-0", "limit-0"]
    assert list(drawn.rows) == [(SPAN.since_s, [0.98]), (SPAN.since_s + 60, [1.0])]
    assert graph(SPAN.level("objective", 0.99)).is_empty


def test_lines_without_a_value_have_a_blank_in_the_table() -> None:
    """Every time of any line has a row."""
    drawn = chart(graph(Line("a", every(60, 1, 2)), Line("b", every(120, 3, 4)), unit="events"))

    assert [values for _, values in drawn.rows] == [[1, 3], [2, None], [None, 4]]


@pytest.mark.parametrize(
    ("unit", "values", "labels"),
    [
        ("ratio", [0.0, 1.0], ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]),
        ("ratio", [0.9985, 1.0], ["99.85 %", "99.90 %", "99.95 %", "100.00 %"]),
        ("ratio", [-7.0, 0.9], ["-600 %", "-400 %", "-200 %", "0 %"]),
        ("times", [0.2, 14.4], ["0x", "1x", "3x", "10x"]),
        ("times", [0.0, 0.1], ["0x", "1x"]),
        ("events", [0.0, 240.0], ["0", "50", "100", "150", "200", "250"]),
        ("ratio", [1.0, 1.0], ["99.90 %", "99.92 %", "99.94 %", "99.96 %", "99.98 %", "100.00 %"]),
        ("events", [0.0, 0.0], ["0", "1", "2", "3", "4", "5"]),
    ],
)
def test_labels_are_round(unit: Unit, values: list[float], labels: list[str]) -> None:
    """Each scale has a few labels in its unit, from bottom to top, inside of the plot."""
    ticks = chart(graph(Line("a", every(60, *values)), unit=unit)).values

    assert [tick.label for tick in ticks] == labels
    assert all(0 <= tick.at <= 1000 for tick in ticks)
    assert [tick.at for tick in ticks] == sorted((tick.at for tick in ticks), reverse=True)


@pytest.mark.parametrize("length_s", [30, 600, 3600, 86400, 30 * 86400, 365 * 86400])
def test_there_are_a_few_times_whatever_the_range(length_s: int) -> None:
    """Times are different from each other, and few enough for a narrow page."""
    span = Span(1_700_000_000 - length_s, 1_700_000_000, length_s / 240)
    labels = [tick.label for tick in chart(graph(span=span)).times]

    assert 2 <= len(labels) == len(set(labels)) <= 13


def test_the_summary_says_what_can_be_seen() -> None:
    """Who does not see a graph is told its last, its least and its most value, or why there is none."""
    assert chart(graph(Line("SLI", every(60, 0.98, 1.0, 0.99)))).summary == (
        "SLI: 99 % at the end, between 98 % and 100 %"
    )
    assert chart(graph()).summary == "Nothing."
