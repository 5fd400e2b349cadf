"""
Grafana dashboards: panels and queries as grafanalib objects, written as the JSON that Grafana keeps today.

A `*.dashboard.py` file is written with [`dashboards`][sloctl.dashgen.dashboards], [`panels`][sloctl.dashgen.panels]
and [`queries`][sloctl.dashgen.queries]; [`render`][sloctl.dashgen.render.render] turns any grafanalib dashboard into
text. Nothing here reads or writes a file.
"""

from sloctl.dashgen import slos
from sloctl.dashgen.context import Context
from sloctl.dashgen.dashboards import (
    CHOSEN_CLUSTERS,
    CHOSEN_TARGETS,
    DATASOURCE,
    annotation,
    choice,
    cluster_choice,
    prometheus_dashboard,
    row,
    same_tag_links,
    source_choice,
    target_choices,
)
from sloctl.dashgen.fields import Colour, Steps, above, link, states, steps, style
from sloctl.dashgen.metrics import catalogue_dashboard
from sloctl.dashgen.panels import bar_gauge, heatmap, logs, matrix, stat, state_timeline, table, timeseries
from sloctl.dashgen.queries import buckets, cells, highest, lines, lowest, now, series
from sloctl.dashgen.render import render

__all__ = [
    "CHOSEN_CLUSTERS",
    "CHOSEN_TARGETS",
    "DATASOURCE",
    "Colour",
    "Context",
    "Steps",
    "above",
    "annotation",
    "bar_gauge",
    "buckets",
    "catalogue_dashboard",
    "cells",
    "choice",
    "cluster_choice",
    "heatmap",
    "highest",
    "lines",
    "link",
    "logs",
    "lowest",
    "matrix",
    "now",
    "prometheus_dashboard",
    "render",
    "row",
    "same_tag_links",
    "series",
    "slos",
    "source_choice",
    "stat",
    "state_timeline",
    "states",
    "steps",
    "style",
    "table",
    "target_choices",
    "timeseries",
]
