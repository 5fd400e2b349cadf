"""A dashboard of the metrics that an operator declares, each drawn by its kind."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from grafanalib.core import Dashboard, Panel

from sloctl.dashgen.dashboards import prometheus_dashboard, row, same_tag_links, target_choices
from sloctl.dashgen.metrics.counters import counter_panels
from sloctl.dashgen.metrics.gauges import gauge_panels, info_panels, state_panels
from sloctl.dashgen.metrics.histograms import histogram_panels
from sloctl.dashgen.metrics.words import INFO
from sloctl.dashgen.operators.marks import marks
from sloctl.model.catalogue import Declaration

_ROWS: Final[Mapping[str, tuple[str, Callable[[Declaration], list[Panel]]]]] = {
    "counter": ("Events", counter_panels),
    "gauge": ("Levels", gauge_panels),
    "stateset": ("States", state_panels),
    "histogram": ("Distributions", histogram_panels),
    "info": ("Facts", info_panels),
}
"""By kind: the heading, and what draws a metric."""
_COMMON: Final = re.compile(
    "(certwatcher|controller_runtime|informer|leader_election|process|python|rest_client|sloctl|workqueue)_.*"
)
"""What every operator exposes."""
_COLUMNS: Final = 24
_A_LINE: Final = 3
"""Panels that stand side by side."""
_UID_LENGTH: Final = 40


def catalogue_dashboard(name: str, metrics: Iterable[Declaration]) -> Dashboard:
    """
    Draw what an operator declares.

    Args:
        name: The operator's.
        metrics: All that it declares, in any order. What every operator exposes goes into a folded row.

    Raises:
        ValueError: There is none, or a state set has no states.

    >>> catalogue_dashboard("shop-operator", [Declaration("shops", "gauge", "Shops.")]).uid
    'metrics-shop-operator'
    """
    known = sorted(metrics, key=lambda metric: metric.name)
    if not known:
        raise ValueError(f"{name} declares no metrics")
    common = [metric for metric in known if _COMMON.fullmatch(metric.name)]
    own = [metric for metric in known if metric not in common]
    panels: list[Panel] = []
    for kind, (title, draw) in _ROWS.items():
        if drawn := _aligned([draw(metric) for metric in own if _kind(metric) == kind]):
            panels += [row(title), *drawn]
    if common:
        folded = [_ROWS[_kind(metric)][1](metric) for metric in common]
        panels.append(row("What every operator exposes", *_aligned(folded)))
    return prometheus_dashboard(
        f"Metrics / {name}",
        panels,
        uid=re.sub(r"[^a-zA-Z0-9_-]", "-", f"metrics-{name}")[:_UID_LENGTH],
        description=f"All metrics that {name} declares in its code, each by its kind.",
        variables=target_choices(_marker(own or common)),
        tags=["sloctl", "metrics"],
        links=[same_tag_links("sloctl dashboards", "sloctl")],
        annotations=marks(),
    )


def _kind(metric: Declaration) -> str:
    return "info" if metric.kind == "gauge" and metric.name.endswith(INFO) else metric.kind


def _marker(metrics: Sequence[Declaration]) -> str:
    """Give a series by which instances are known: one that is there before anything happens, if there is such."""
    from_the_start = (metric for metric in metrics if _is_there_at_once(metric))
    metric = next(from_the_start, metrics[0])
    return f"{metric.name}_count" if metric.kind == "histogram" else metric.name


def _is_there_at_once(metric: Declaration) -> bool:
    is_set_later = metric.kind == "stateset" or metric.intent in {"ratio", "timestamp"} or metric.drop_after_s
    return not is_set_later and all(label.kind == "enum" for label in metric.labels)


def _aligned(drawn: Iterable[list[Panel]]) -> list[Panel]:
    """Make panels as wide as it takes to fill each line, those of one metric on one line."""
    lines: list[list[Panel]] = []
    for panels in drawn:
        if lines and len(lines[-1]) + len(panels) <= _A_LINE:
            lines[-1] += panels
        else:
            lines.append(list(panels))
    for line in lines:
        for panel in line:
            panel.gridPos.w = _COLUMNS // len(line)
    return [panel for line in lines for panel in line]
