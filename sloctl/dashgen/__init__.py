"""
Grafana dashboards: panels and queries as grafanalib objects, written as the JSON that Grafana keeps today.

A `*.dashboard.py` file is written with [`dashboards`][sloctl.dashgen.dashboards], [`panels`][sloctl.dashgen.panels]
and [`queries`][sloctl.dashgen.queries]; [`render`][sloctl.dashgen.render.render] turns any grafanalib dashboard into
text. Nothing here reads or writes a file.
"""

from sloctl.dashgen.dashboards import DATASOURCE, annotation, choice, prometheus_dashboard, row, same_tag_links
from sloctl.dashgen.fields import Colour, Steps, above, states, steps, style
from sloctl.dashgen.panels import heatmap, stat, state_timeline, table, timeseries
from sloctl.dashgen.queries import buckets, cells, now, series
from sloctl.dashgen.render import render

__all__ = [
    "DATASOURCE",
    "Colour",
    "Steps",
    "above",
    "annotation",
    "buckets",
    "cells",
    "choice",
    "heatmap",
    "now",
    "prometheus_dashboard",
    "render",
    "row",
    "same_tag_links",
    "series",
    "stat",
    "state_timeline",
    "states",
    "steps",
    "style",
    "table",
    "timeseries",
]
