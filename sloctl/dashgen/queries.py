"""Queries of a panel, by what the panel makes of them."""

from inspect import cleandoc

from grafanalib.core import TABLE_TARGET_FORMAT, Target

from sloctl.dashgen.exposed import RANGE
from sloctl.dashgen.fields import Json


class _WithExemplars(Target):  # type: ignore[misc] # grafanalib publishes no types
    def to_json_data(self) -> Json:
        """Give what grafanalib's encoder asks for, and what it has no word for."""
        return {**super().to_json_data(), "exemplar": True}


def series(expr: str, legend: str, *, exemplars: bool = False, every: str = "") -> Target:
    """
    Ask for values over the dashboard's time range.

    Args:
        expr: PromQL, which may hold Grafana's variables.
        legend: The name of each series; ``{{label}}`` stands for a label's value.
        exemplars: Whether to mark single observations that were recorded with a trace.
        every: The shortest step between two values, for example ``1h``; empty for as many as there are pixels.
    """
    kind = _WithExemplars if exemplars else Target
    return kind(expr=cleandoc(expr), legendFormat=legend, interval=every)


def highest(expr: str, most: int = 10) -> str:
    """
    Ask for the series that get highest within the time shown, each whole.

    `topk` alone chooses anew at each point of a line: many more series appear, all of them with gaps.

    >>> highest("burn", 3)
    '(burn) and topk(3, max_over_time((burn)[$__range:$__interval] @ end()))'
    """
    return _whole(expr, f"topk({most}, max_over_time")


def lowest(expr: str, most: int = 10) -> str:
    """Ask for the series that get lowest within the time shown, each whole."""
    return _whole(expr, f"bottomk({most}, min_over_time")


def _whole(expr: str, chosen: str) -> str:
    return f"({expr}) and {chosen}(({expr})[{RANGE}:$__interval] @ end()))"


def now(expr: str, legend: str) -> Target:
    """Ask for one value at the end of the time range, so that a series that has ended shows nothing old."""
    return Target(expr=cleandoc(expr), legendFormat=legend, instant=True)


def cells(expr: str) -> Target:
    """Ask for the cells of a table column: one value per set of labels, at the end of the time range."""
    return Target(expr=cleandoc(expr), format=TABLE_TARGET_FORMAT, instant=True)


def buckets(expr: str) -> Target:
    """Ask for a histogram's buckets by `le`, with exemplars, over the dashboard's time range."""
    return _WithExemplars(expr=cleandoc(expr), format="heatmap", legendFormat="{{le}}")


def lines(expr: str, source: str) -> Target:
    """
    Ask for lines of a log.

    Args:
        expr: LogQL.
        source: The variable by which the viewer chooses among Lokis.
    """
    return Target(expr=cleandoc(expr), datasource={"type": "loki", "uid": f"${{{source}}}"})
