"""
The panel kinds, each as Grafana keeps it today.

Every panel must say what it shows and what to do about it (`description`), in which unit (one of Grafana's ids, for
example ``s``), and why it may be empty (`no_value`); so none can be made without. Sizes are in cells of Grafana's grid,
24 to a row of about 30 pixels' height each.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from grafanalib.core import GridPos, Panel, Target

from sloctl.dashgen.fields import Json, Steps


class _Panel(Panel):  # type: ignore[misc] # grafanalib publishes no types
    """A panel that is all in its `extraJson`, since grafanalib's own kinds write what Grafana no longer reads."""

    def to_json_data(self) -> Json:
        """Give what grafanalib's encoder asks for."""
        data: Json = self.panel_json({})
        return data


def stat(
    title: str,
    *queries: Target,
    description: str,
    unit: str,
    no_value: str,
    steps: Steps,
    width: int = 4,
    height: int = 4,
    decimals: int | None = None,
    mappings: Sequence[Json] = (),
    filled: bool = False,
    named: bool = False,
    links: Sequence[Json] = (),
) -> Panel:
    """
    Show single values.

    Args:
        title: The panel's title; it may hold variables.
        *queries: Each gives one value or several.
        description: What it is, when to worry, what to do.
        unit: Grafana's id of the unit.
        no_value: Why it may be empty.
        steps: Thresholds that choose the colour.
        width: Of 24.
        height: In grid rows.
        decimals: Digits after the point; Grafana chooses when left out.
        mappings: Words for numbers.
        filled: Colours the whole panel and not the number only.
        named: Writes the name of each value beside it.
        links: Where else to look, as [`link`][sloctl.dashgen.fields.link] gives them.
    """
    options = {
        "colorMode": "background" if filled else "value",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "percentChangeColorMode": "standard",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "showPercentChange": False,
        "textMode": "value_and_name" if named else "value",
        "wideLayout": True,
    }
    defaults = {"mappings": list(mappings), "decimals": decimals, "color": {"mode": "thresholds"}}
    return _panel(
        "stat", title, queries, description, (width, height), options, _field(unit, no_value, steps, defaults), links
    )


def timeseries(
    title: str,
    *queries: Target,
    description: str,
    unit: str,
    no_value: str,
    width: int = 12,
    height: int = 8,
    minimum: float | None = None,
    maximum: float | None = None,
    decimals: int | None = None,
    steps: Steps | None = None,
    custom: Mapping[str, Any] | None = None,
    overrides: Sequence[Json] = (),
    calcs: Sequence[str] = (),
    since: str = "",
    links: Sequence[Json] = (),
) -> Panel:
    """
    Show values over time.

    Args:
        title: The panel's title; it may hold variables.
        *queries: Each gives one line or several.
        description: What it is, when to worry, what to do.
        unit: Grafana's id of the unit.
        no_value: Why it may be empty.
        width: Of 24.
        height: In grid rows.
        minimum: Where the axis starts; from the data when left out.
        maximum: Where the axis ends; from the data when left out.
        decimals: Digits after the point; Grafana chooses when left out.
        steps: Limits that are drawn as dashed lines.
        custom: Grafana's own settings of lines and axes, over these defaults.
        overrides: Styles of single lines.
        calcs: Figures in the legend, for example ``lastNotNull``; with any, the legend is a table.
        since: Looks back so far, for example ``30d``, whatever range is chosen; empty for the chosen one.
        links: Where else to look, as [`link`][sloctl.dashgen.fields.link] gives them.
    """
    options = {
        "legend": {
            "showLegend": True,
            "displayMode": "table" if calcs else "list",
            "placement": "bottom",
            "calcs": list(calcs),
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    lines = {
        "drawStyle": "line",
        "lineInterpolation": "linear",
        "lineWidth": 2,
        "fillOpacity": 8,
        "gradientMode": "opacity",
        "showPoints": "never",
        "spanNulls": False,
        "axisBorderShow": False,
        "thresholdsStyle": {"mode": "dashed" if steps else "off"},
        **(custom or {}),
    }
    defaults = {
        "color": {"mode": "palette-classic"},
        "custom": lines,
        "decimals": decimals,
        "min": minimum,
        "max": maximum,
    }
    field = _field(unit, no_value, steps, defaults, overrides)
    return _panel("timeseries", title, queries, description, (width, height), options, field, links, since=since)


def table(
    title: str,
    columns: Mapping[str, Target],
    *,
    description: str,
    unit: str,
    no_value: str,
    hidden: Sequence[str] = (),
    renamed: Mapping[str, str] | None = None,
    width: int = 24,
    height: int = 8,
    overrides: Sequence[Json] = (),
    sort_by: str = "",
    descending: bool = False,
    links: Sequence[Json] = (),
) -> Panel:
    """
    Show one row per set of labels, with a column for each query.

    Args:
        title: The panel's title; it may hold variables.
        columns: The name of each query's column, empty for one that is not shown; all queries give the same labels.
        description: What it is, when to worry, what to do.
        unit: Grafana's id of the unit; columns may override it.
        no_value: Why it may be empty.
        hidden: Labels that are not shown.
        renamed: Names of label columns, in the order of the columns, which come before those of the queries.
        width: Of 24.
        height: In grid rows.
        overrides: Styles of single columns.
        sort_by: The column that orders the rows.
        descending: Puts the highest first.
        links: Where else to look, as [`link`][sloctl.dashgen.fields.link] gives them.
    """
    values = {f"Value #{chr(ord('A') + i)}": name for i, name in enumerate(columns)}
    if len(columns) == 1:
        values["Value"] = values["Value #A"]  # Grafana adds the query's letter only where there are several
    names = {**(renamed or {}), **values}
    unnamed = [column for column, name in values.items() if not name]
    organize = {
        "excludeByName": dict.fromkeys(["Time", *hidden, *unnamed], True),
        "indexByName": {column: place for place, column in enumerate(names)},
        "renameByName": names,
    }
    transformations = [{"id": "merge", "options": {}}, {"id": "organize", "options": organize}]
    options = {
        "showHeader": True,
        "cellHeight": "sm",
        "sortBy": [{"displayName": sort_by, "desc": descending}] if sort_by else [],
    }
    defaults = {"custom": {"align": "auto", "cellOptions": {"type": "auto"}}, "color": {"mode": "thresholds"}}
    field = _field(unit, no_value, None, defaults, overrides)
    targets = list(columns.values())
    return _panel("table", title, targets, description, (width, height), options, field, links, transformations)


def matrix(
    title: str,
    query: Target,
    *,
    rows: str,
    columns: str,
    corner: str,
    description: str,
    unit: str,
    no_value: str,
    steps: Steps,
    width: int = 24,
    height: int = 8,
    decimals: int | None = None,
) -> Panel:
    """
    Show a table of coloured numbers, with a row for each value of one label and a column for each of another.

    Args:
        title: The panel's title; it may hold variables.
        query: One value for each pair of labels.
        rows: The label that has a row for each value.
        columns: The label that has a column for each value.
        corner: The heading of the first column.
        description: What it is, when to worry, what to do.
        unit: Grafana's id of the unit.
        no_value: Why it, or a cell, may be empty.
        steps: Thresholds that choose the colour.
        width: Of 24.
        height: In grid rows.
        decimals: Digits after the point; Grafana chooses when left out.
    """
    fields = {"rowField": rows, "columnField": columns, "valueField": "Value"}
    transformations = [
        {"id": "renameByRegex", "options": {"regex": "^Value.*", "renamePattern": "Value"}},
        {"id": "groupingToMatrix", "options": {**fields, "emptyValue": "null"}},
        {"id": "organize", "options": {"renameByName": {f"{rows}\\{columns}": corner}}},
    ]
    options = {"showHeader": True, "cellHeight": "sm"}
    custom = {"align": "auto", "cellOptions": {"type": "color-background", "mode": "basic"}}
    defaults = {"custom": custom, "color": {"mode": "thresholds"}, "decimals": decimals}
    field = _field(unit, no_value, steps, defaults)
    return _panel("table", title, [query], description, (width, height), options, field, (), transformations)


def bar_gauge(
    title: str,
    *queries: Target,
    description: str,
    unit: str,
    no_value: str,
    steps: Steps,
    width: int = 8,
    height: int = 8,
    minimum: float = 0,
    maximum: float | None = None,
    decimals: int | None = None,
    links: Sequence[Json] = (),
) -> Panel:
    """
    Show single values as bars, one below the other, each with its name and its number.

    Args:
        title: The panel's title; it may hold variables.
        *queries: Each gives one bar or several.
        description: What it is, when to worry, what to do.
        unit: Grafana's id of the unit.
        no_value: Why it may be empty.
        steps: Thresholds that choose the colour.
        width: Of 24.
        height: In grid rows.
        minimum: Where bars start.
        maximum: Where bars end; from the data when left out.
        decimals: Digits after the point; Grafana chooses when left out.
        links: Where else to look, as [`link`][sloctl.dashgen.fields.link] gives them.
    """
    options = {
        "displayMode": "basic",
        "minVizHeight": 16,
        "minVizWidth": 8,
        "maxVizHeight": 32,
        "namePlacement": "left",
        "orientation": "horizontal",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "showUnfilled": True,
        "sizing": "manual",
        "text": {"titleSize": 14, "valueSize": 16},
        "valueMode": "color",
    }
    defaults = {"color": {"mode": "thresholds"}, "decimals": decimals, "min": minimum, "max": maximum}
    field = _field(unit, no_value, steps, defaults)
    return _panel("bargauge", title, queries, description, (width, height), options, field, links)


def logs(title: str, query: Target, *, description: str, no_value: str, width: int = 24, height: int = 10) -> Panel:
    """
    Show lines of a log, the newest first.

    Args:
        title: The panel's title; it may hold variables.
        query: LogQL, with the data source that it is for.
        description: What it is, when to worry, what to do.
        no_value: Why it may be empty.
        width: Of 24.
        height: In grid rows.
    """
    options = {
        "dedupStrategy": "none",
        "enableLogDetails": True,
        "prettifyLogMessage": False,
        "showCommonLabels": False,
        "showLabels": False,
        "showTime": True,
        "sortOrder": "Descending",
        "wrapLogMessage": True,
    }
    field = {"defaults": {"noValue": no_value}, "overrides": []}
    panel = _panel("logs", title, [query], description, (width, height), options, field, ())
    panel.dataSource = query.datasource
    return panel


def state_timeline(
    title: str,
    *queries: Target,
    description: str,
    no_value: str,
    mappings: Sequence[Json],
    width: int = 24,
    height: int = 5,
    since: str = "",
    links: Sequence[Json] = (),
) -> Panel:
    """
    Show states over time, one band per series.

    Args:
        title: The panel's title; it may hold variables.
        *queries: Each gives one band or several, of whole numbers.
        description: What it is, when to worry, what to do.
        no_value: Why it may be empty.
        mappings: The word for each number.
        width: Of 24.
        height: In grid rows.
        since: Looks back so far, for example ``30d``, whatever range is chosen; empty for the chosen one.
        links: Where else to look, as [`link`][sloctl.dashgen.fields.link] gives them.
    """
    options = {
        "alignValue": "center",
        "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []},
        "mergeValues": True,
        "rowHeight": 0.8,
        "showValue": "auto",
        "tooltip": {"mode": "single", "sort": "none"},
    }
    defaults = {
        "mappings": list(mappings),
        "color": {"mode": "thresholds"},
        "custom": {"fillOpacity": 75, "lineWidth": 0},
    }
    field = _field("none", no_value, None, defaults)
    return _panel("state-timeline", title, queries, description, (width, height), options, field, links, since=since)


def heatmap(
    title: str,
    query: Target,
    *,
    description: str,
    unit: str,
    no_value: str,
    width: int = 12,
    height: int = 8,
    links: Sequence[Json] = (),
) -> Panel:
    """
    Show how many values fell into each bucket of a histogram over time.

    Args:
        title: The panel's title; it may hold variables.
        query: The buckets, by `le`.
        description: What it is, when to worry, what to do.
        unit: Grafana's id of the unit of `le`.
        no_value: Why it may be empty.
        width: Of 24.
        height: In grid rows.
        links: Where else to look, as [`link`][sloctl.dashgen.fields.link] gives them.
    """
    options = {
        "calculate": False,
        "cellGap": 1,
        "cellValues": {"unit": "short", "decimals": 0},
        "color": {
            "mode": "scheme",
            "scheme": "Oranges",
            "scale": "exponential",
            "exponent": 0.5,
            "fill": "dark-orange",
            "reverse": False,
            "steps": 64,
        },
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "filterValues": {"le": 1e-9},
        "legend": {"show": True},
        "rowsFrame": {"layout": "auto"},
        "showValue": "never",
        "tooltip": {"mode": "single", "showColorScale": True, "yHistogram": True},
        "yAxis": {"axisPlacement": "left", "unit": unit, "reverse": False},
    }
    field = _field(unit, no_value, None, {"custom": {"scaleDistribution": {"type": "linear"}}})
    return _panel("heatmap", title, [query], description, (width, height), options, field, links)


def _field(
    unit: str,
    no_value: str,
    steps: Steps | None,
    defaults: Mapping[str, Any],
    overrides: Sequence[Json] = (),
) -> Json:
    return {
        "defaults": {
            **defaults,
            "unit": unit,
            "noValue": no_value,
            "thresholds": {"mode": "absolute", "steps": steps or [{"color": "text", "value": None}]},
        },
        "overrides": list(overrides),
    }


def _panel(
    kind: str,
    title: str,
    queries: Sequence[Target],
    description: str,
    size: tuple[int, int],
    options: Json,
    field: Json,
    links: Sequence[Json],
    transformations: Sequence[Json] = (),
    since: str = "",
) -> Panel:
    width, height = size
    return _Panel(
        title=title,
        description=" ".join(description.split()),
        targets=list(queries),
        gridPos=GridPos(h=height, w=width, x=None, y=None),
        transformations=list(transformations),
        links=list(links),
        timeFrom=since or None,
        extraJson={"type": kind, "options": options, "fieldConfig": field},
    )
