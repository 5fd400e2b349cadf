"""Panels that ask no data source: texts, and lists of alerts, dashboards and news."""

from collections.abc import Mapping
from typing import Any, Final

from sloctl.dashgen.fields import Json
from sloctl.dashgen.lift.fields import parts

_ALERT_STATES: Final[Mapping[str, str]] = {
    "alerting": "firing",
    "execution_error": "error",
    "no_data": "noData",
    "ok": "normal",
    "pending": "pending",
}
_DASHBOARD_OPTIONS: Final[Mapping[str, str]] = {
    "headings": "showHeadings",
    "limit": "maxItems",
    "query": "query",
    "recent": "showRecentlyViewed",
    "search": "showSearch",
    "starred": "showStarred",
    "tags": "tags",
}


def lift_text(panel: Json) -> None:
    """Show text that is no markup as it is, which is what code is shown as."""
    options, _ = parts(panel)
    if options.get("mode") == "text":
        code = {"language": "plaintext", "showLineNumbers": False, "showMiniMap": False}
        options |= {"mode": "code", "code": code}


def lift_alert_list(panel: Json) -> None:
    """
    List the alerts of today's alerting.

    Raises:
        ValueError: It chooses by what alerts of today do not have.
    """
    options, _ = parts(panel)
    if "sortOrder" not in panel:
        return
    if panel.get("dashboardTags") or panel.get("show") == "changes":
        raise ValueError("an alert list chooses neither by a dashboard's tags nor by changes; use its name or labels")
    chosen = [_ALERT_STATES[state] for state in panel.get("stateFilter", ()) if state in _ALERT_STATES]
    shown: dict[str, Any] = {
        "alertName": options.get("alertName") or panel.get("nameFilter", ""),
        "dashboardAlerts": panel.get("onlyAlertsOnDashboard", False),
        "groupBy": [],
        "groupMode": "default",
        "maxItems": panel.get("limit", 10),
        "sortOrder": panel["sortOrder"],
        "stateFilter": {state: not chosen or state in chosen for state in _ALERT_STATES.values()},
        "viewMode": "list",
    }
    panel["options"] = shown


def lift_dashboard_list(panel: Json) -> None:
    """Put what a list of dashboards shows among its options."""
    options, _ = parts(panel)
    options |= {new: panel[old] for old, new in _DASHBOARD_OPTIONS.items() if old in panel}


def lift_news(panel: Json) -> None:
    """Drop the proxy, which Grafana asks no more."""
    options, _ = parts(panel)
    options.pop("useProxy", None)
