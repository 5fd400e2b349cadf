"""Every kind of panel and variable of stock grafanalib, with settings as its users write them."""

from grafanalib import core

RATE = 'sum by (job) (rate(prometheus_http_requests_total{job=~"$job"}[5m]))'
LIMITS = [core.Threshold("green", 0, 0.0), core.Threshold("orange", 1, 0.5), core.Threshold("red", 2, 0.9)]
WORDS = [core.ValueMap(text="down", value="0"), core.ValueMap(text="unknown", value="null")]
LINK = core.DataLink(title="More", linkUrl="https://example.org", isNewTab=True)


def query(expr: str = RATE, **settings: object) -> core.Target:
    """Make a query as most files have it: without a reference."""
    return core.Target(**{"expr": expr, "legendFormat": "{{job}}", **settings})


GRAPH = core.Graph(
    title="Graph",
    description="Requests.",
    dataSource="Prometheus",
    targets=[query(), query("up")],
    yAxes=core.YAxes(core.YAxis(format="reqps", min=0, label="requests", logBase=10), core.YAxis(format="short")),
    stack=True,
    fill=3,
    nullPointMode=core.NULL_AS_NULL,
    legend=core.Legend(alignAsTable=True, rightSide=True, avg=True, current=True, sort="current", sortDesc=True),
    thresholds=[core.GraphThreshold(value=5.0, colorMode="warning"), core.GraphThreshold(value=9.0)],
    seriesOverrides=[core.SeriesOverride(alias="/up.*/", yaxis=2, color="#00ff00", dashes=True, lines=False)],
    aliasColors={"prometheus": "#ff0000"},
    dataLinks=[LINK],
    links=[LINK],
    repeat=core.Repeat(variable="job", direction="h", maxPerRow=3),
)
SINGLE_STAT = core.SingleStat(
    title="SingleStat",
    dataSource="$source",
    targets=[query("up", instant=True)],
    format="none",
    postfix=" up",
    thresholds="1,2",
    colorValue=True,
    valueName="current",
    valueMaps=WORDS,
    sparkline=core.SparkLine(show=True),
)
DIAL = core.SingleStat(
    title="Dial",
    targets=[query("up")],
    gauge=core.Gauge(show=True, maxValue=3, thresholdLabels=True),
    mappingType=core.MAPPING_TYPE_RANGE_TO_TEXT,
    rangeMaps=[core.RangeMap(start="0", end="1", text="few")],
)
TIME_SERIES = core.TimeSeries(
    title="TimeSeries",
    targets=[query()],
    legendCalcs=["mean", "max"],
    legendDisplayMode="hidden",
    thresholds=LIMITS,
    thresholdsStyleMode="line",
    stacking={"mode": "normal", "group": "A"},
    valueMin=0,
    unit="reqps",
    overrides=[{"matcher": {"id": "byName", "options": "a"}, "properties": [{"id": "unit", "value": "s"}]}],
)
STAT = core.Stat(
    title="Stat",
    targets=[query("up")],
    thresholds=LIMITS,
    alignment="centre",
    reduceCalc="lastNotNull",
    mappings=[
        core.StatValueMappings(core.StatValueMappingItem("Down", "0", "red")),
        core.StatRangeMappings("Many", 5, 9, "green"),
        core.StatValueMapping("One", "1"),
        core.StatRangeMapping("Some", "2", "4"),
    ],
)
BAR_GAUGE = core.BarGauge(
    title="BarGauge", targets=[query("up")], calc="total", label="targets", limit=5, valueMaps=WORDS, dataLinks=[LINK]
)
GAUGE = core.GaugePanel(
    title="Gauge", targets=[query("up")], calc="difference", decimals=1, thresholdLabels=True, valueMaps=WORDS
)
TABLE = core.Table(
    title="Table",
    targets=[query("up", format="table", instant=True)],
    columns=[core.Column("Average", "avg")],
    displayMode="color-background",
    sortBy=[core.TableSortByField("Value", True)],
    mappings=[core.StatValueMapping("One", "1")],
    overrides=[
        {
            "matcher": {"id": "byName", "options": "Value"},
            "properties": [
                {"id": "custom.displayMode", "value": "lcd-gauge"},
                {"id": "thresholds", "value": {"mode": "absolute", "steps": LIMITS}},
            ],
        }
    ],
)
HEATMAP = core.Heatmap(
    title="Heatmap",
    targets=[query("sum by (le) (rate(prometheus_http_request_duration_seconds_bucket[5m]))", format="heatmap")],
    dataFormat="tsbuckets",
    yBucketBound="upper",
    hideZeroBuckets=True,
    legend={"show": True},
    yAxis=core.YAxis(format="s", decimals=2),
    color=core.HeatmapColor(colorScheme="interpolateSpectral", min=0),
)
COUNTED = core.Heatmap(
    title="Counted", targets=[query()], xBucketNumber=20, yBucketSize=2, yAxis=core.YAxis(format="short", logBase=2)
)
STATES = core.StateTimeline(
    title="StateTimeline",
    targets=[query("up")],
    legendPlacement="top",
    mappings=[core.StatValueMappings(core.StatValueMappingItem("Up", "1", "green"))],
)
LOGS = core.Logs(title="Logs", dataSource="Loki", targets=[core.Target(expr='{job="a"} |= "error"')], showTime=True)
UNIT = {"fieldConfig": {"defaults": {"unit": "reqps"}}}
"""For panels of grafanalib that have no word for it."""
HISTOGRAM = core.Histogram(title="Histogram", targets=[query()], bucketSize=5, extraJson=UNIT)
BAR_CHART = core.BarChart(title="BarChart", targets=[query(format="table", instant=True)], extraJson=UNIT)
PIE = core.PieChart(
    title="PieChart", targets=[query()], format="reqps", aliasColors={"a": "#0000ff"}, showLegendPercentage=True
)
PIE_2 = core.PieChartv2(title="PieChartv2", targets=[query()], legendValues=["percent"], unit="reqps")
TEXT = core.Text(title="Text", content="<b>as it is</b>", mode=core.TEXT_MODE_TEXT)
ALERTS = core.AlertList(title="AlertList", stateFilter=["alerting", "paused"], nameFilter="SLO", span=4)
DASHBOARDS = core.DashboardList(title="DashboardList", showRecent=True, searchTags=["slo"])
NEWS = core.News(title="News", feedUrl="https://example.org/feed")
PICTURE = core.ePict(title="ePict", bgURL="https://example.org/a.png", targets=[query("up")])
PLOT = core.Ae3ePlotly(title="Ae3ePlotly", targets=[query()])

PANELS = [
    core.RowPanel(title="Open"), GRAPH, SINGLE_STAT, DIAL, TIME_SERIES, STAT, BAR_GAUGE, GAUGE, TABLE, HEATMAP,
    COUNTED, STATES, HISTOGRAM, BAR_CHART, PIE, PIE_2, TEXT, ALERTS, DASHBOARDS, NEWS,
    core.RowPanel(title="Folded", collapsed=True, panels=[LOGS]),
]  # fmt: skip
PLUGINS = [PICTURE, PLOT]
"""Panels of plugins that Grafana runs where they are installed."""
GONE = [core.Discrete, core.Statusmap, core.Svg, core.Worldmap]
"""Panels of plugins that Grafana has not run since version 12."""

VARIABLES = [
    core.Template(name="source", type="datasource", query="prometheus", default="Prometheus"),
    core.Template(name="job", query="label_values(up, job)", dataSource="$source", includeAll=True, multi=True),
    core.Template(name="tier", type="custom", query="gold,silver", default="gold"),
    core.Template(name="step", type="interval", query="1m,5m", default="1m", auto=True),
    core.Template(name="least", type="constant", query="5"),
    core.Template(name="text", type="textbox", query="free"),
    core.Template(name="filters", type="adhoc", query="", dataSource="Prometheus"),
]


def dashboard(*panels: core.Panel, **settings: object) -> core.Dashboard:
    """Make a dashboard as any user of grafanalib would; of every panel, if none is named."""
    every: dict[str, object] = {
        "title": "Stock",
        "uid": "stock",
        "panels": list(panels or PANELS),
        "templating": core.Templating(VARIABLES),
        "annotations": core.Annotations(
            [{"name": "Deployments", "datasource": "$source", "enable": True, "expr": "changes(up[5m]) > 0"}]
        ),
        "links": [core.DashboardLink(title="All", tags=["a"]), core.ExternalLink("https://example.org", "Out", True)],
    }
    return core.Dashboard(**{**every, **settings})
