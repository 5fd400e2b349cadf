"""
Brings panels of old shapes, as stock grafanalib writes them, to the shape that Grafana keeps today.

Each kind that has changed has a function that knows what became of its settings; all others only lose what Grafana does
not read. What has no counterpart today is refused, so that nothing goes unseen. Source: Grafana's own migrations of its
panels, and the shapes of the `@grafana/schema` package, version 13.
"""

from collections.abc import Callable, Mapping
from typing import Final

from sloctl.dashgen.fields import Json
from sloctl.dashgen.lift.fields import finish_field, finish_legend
from sloctl.dashgen.lift.graph import lift_graph
from sloctl.dashgen.lift.heatmap import lift_heatmap
from sloctl.dashgen.lift.lists import lift_alert_list, lift_dashboard_list, lift_news, lift_text
from sloctl.dashgen.lift.singles import lift_pie_chart, lift_single_stat
from sloctl.dashgen.lift.sizes import size
from sloctl.dashgen.lift.values import lift_bar_gauge, lift_gauge, lift_stat, lift_table

__all__ = ["DATALESS", "lift"]

DATALESS: Final = frozenset({"alertlist", "annolist", "dashlist", "news", "row", "text"})
"""Panels that show no data of a query."""

_LIFTS: Final[Mapping[str, Callable[[Json], None]]] = {
    "alertlist": lift_alert_list,
    "bargauge": lift_bar_gauge,
    "dashlist": lift_dashboard_list,
    "gauge": lift_gauge,
    "grafana-piechart-panel": lift_pie_chart,
    "graph": lift_graph,
    "heatmap": lift_heatmap,
    "news": lift_news,
    "singlestat": lift_single_stat,
    "stat": lift_stat,
    "table": lift_table,
    "text": lift_text,
}
_GONE: Final[Mapping[str, str]] = {
    "flant-statusmap-panel": "use 'status-history'",
    "grafana-worldmap-panel": "use 'geomap'",
    "marcuscalidus-svg-panel": "use 'canvas'",
    "natel-discrete-panel": "use 'state-timeline'",
    "table-old": "use 'table'",
}
"""Plugins for AngularJS, which went with Grafana 12, by what takes their place."""

_ROW_KEYS: Final = frozenset({"collapsed", "gridPos", "id", "panels", "repeat", "title", "type"})
_PANEL_KEYS: Final = frozenset({
    "cacheTimeout", "description", "gridPos", "hideTimeOverride", "id", "libraryPanel", "links", "maxPerRow", "options",
    "pluginVersion", "repeat", "repeatDirection", "timeFrom", "timeShift", "title", "transparent", "type",
})  # fmt: skip
_DATA_KEYS: Final = _PANEL_KEYS | {
    "datasource", "fieldConfig", "interval", "maxDataPoints", "queryCachingTTL", "targets", "timeCompare",
    "transformations",
}  # fmt: skip
"""What Grafana keeps of a panel; of old ones, all else has been read by then."""


def lift(panel: Json) -> None:
    """
    Bring a panel to the shape of today.

    Args:
        panel: Any panel, without nulls; it is changed.

    Raises:
        ValueError: Grafana does not draw it any more, or not with its settings; the message says what to use.

    >>> panel = {"type": "graph", "nullPointMode": "connected", "fieldConfig": {"defaults": {}}}
    >>> lift(panel)
    >>> panel["type"], panel["fieldConfig"]["defaults"]["custom"]["spanNulls"]
    ('timeseries', True)
    """
    if "gridPos" not in panel and (own_size := size(panel)):
        panel["gridPos"] = own_size
    kind = str(panel.get("type", ""))
    if not kind and "libraryPanel" not in panel:
        raise ValueError("it has no type")
    if kind == "row":
        panel |= {"collapsed": False, "panels": [], **panel}
    if instead := _GONE.get(kind):
        raise ValueError(f"'{kind}' has gone from Grafana; {instead}")
    if kind in _LIFTS:
        _LIFTS[kind](panel)
    kind = str(panel.get("type", ""))
    known = _ROW_KEYS if kind == "row" else _PANEL_KEYS if kind in DATALESS else _DATA_KEYS
    for key in panel.keys() - known:
        del panel[key]
    if "fieldConfig" in panel:
        finish_field(panel["fieldConfig"])
    legend = panel.get("options", {}).get("legend")
    if isinstance(legend, dict) and kind != "heatmap":
        finish_legend(legend)
