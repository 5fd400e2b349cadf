"""Queries of a panel, by what the panel makes of them."""

from inspect import cleandoc

from grafanalib.core import TABLE_TARGET_FORMAT, Target


def series(expr: str, legend: str) -> Target:
    """
    Ask for values over the dashboard's time range.

    Args:
        expr: PromQL, which may hold Grafana's variables.
        legend: The name of each series; ``{{label}}`` stands for a label's value.
    """
    return Target(expr=cleandoc(expr), legendFormat=legend)


def now(expr: str, legend: str) -> Target:
    """Ask for one value at the end of the time range, so that a series that has ended shows nothing old."""
    return Target(expr=cleandoc(expr), legendFormat=legend, instant=True)


def cells(expr: str) -> Target:
    """Ask for the cells of a table column: one value per set of labels, at the end of the time range."""
    return Target(expr=cleandoc(expr), format=TABLE_TARGET_FORMAT, instant=True)


def buckets(expr: str) -> Target:
    """Ask for a histogram's buckets by `le`, over the dashboard's time range."""
    return Target(expr=cleandoc(expr), format="heatmap", legendFormat="{{le}}")
