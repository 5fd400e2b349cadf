"""The controllers of an operator at work: how much they do, how often it fails, how long it takes, what it costs.

It reads the metrics of controller-runtime, which sloctl's SDK records too; so it serves operators in Go and in Python.
"""

from sloctl.dashgen import (
    Colour,
    annotation,
    buckets,
    cells,
    choice,
    heatmap,
    now,
    prometheus_dashboard,
    row,
    same_tag_links,
    series,
    stat,
    steps,
    style,
    table,
    timeseries,
)

UID = "sloctl-controllers"
KEPT = "&".join(f"${{{name}:queryparam}}" for name in ("datasource", "job", "namespace", "instance"))

PROCESS = 'job=~"$job", namespace=~"$namespace", instance=~"$instance"'
CHOSEN = f'{PROCESS}, controller=~"$controller"'
TIME_BUCKET = "controller_runtime_reconcile_time_seconds_bucket"
# A job may hold more than operators; only processes that run a controller count here.
OPERATORS = "and on (job, instance) controller_runtime_active_workers"
UP = f"""
(
    up{{{PROCESS}}}
  and on (job, instance)
    max_over_time(controller_runtime_active_workers{{{PROCESS}}}[$__range])
)
""".strip()

NO_OPERATOR = "No data: no operator is scraped under these choices"
NO_RECONCILES = "No reconciles in this window"
RED_FROM_5_PERCENT = steps(Colour.GOOD, (0.01, Colour.WATCH), (0.05, Colour.BAD))
OVER_RANGE = "over the chosen time range"


def total(by: str = "", window: str = "$__rate_interval") -> str:
    """Give reconciles per second."""
    return f"sum{by}(rate(controller_runtime_reconcile_total{{{CHOSEN}}}[{window}]))"


def errors(by: str = "", window: str = "$__rate_interval") -> str:
    """Give failed reconciles per second."""
    return f"sum{by}(rate(controller_runtime_reconcile_errors_total{{{CHOSEN}}}[{window}]))"


def error_ratio(by: str = "", window: str = "$__rate_interval") -> str:
    """Give the share of reconciles that failed; nothing where there were none."""
    return f"{errors(by, window)} / ({total(by, window)} > 0)"


def time_buckets(by: str, window: str = "$__rate_interval") -> str:
    """Give reconciles per second by how long they took."""
    return f"sum by ({by}) (rate({TIME_BUCKET}{{{CHOSEN}}}[{window}]))"


def quantile(share: float, by: str = "le", window: str = "$__rate_interval") -> str:
    """Give the time within which a share of the reconciles ended; the comparison drops what is not a number."""
    return f"histogram_quantile({share:g}, {time_buckets(by, window)}) >= 0"


def variables() -> list[object]:
    """Let the viewer choose, each choice narrowing the next; a namespace may be missing from the scrape."""
    metric = "controller_runtime_reconcile_total"
    job, namespace, instance = 'job=~"$job"', 'namespace=~"$namespace"', 'instance=~"$instance"'
    chain = [
        ("job", "Job", "", ".+"),
        ("namespace", "Namespace", job, ".*"),
        ("instance", "Instance", f"{job}, {namespace}", ".+"),
        ("controller", "Controller", f"{job}, {namespace}, {instance}", ".+"),
    ]
    return [
        choice(name, label, f"label_values({metric}{{{chosen}}}, {name})", several=True, all_value=pattern)
        for name, label, chosen, pattern in chain
    ]


dashboard = prometheus_dashboard(
    "Operator / Controllers",
    uid=UID,
    description=__doc__,
    tags=["sloctl", "operator"],
    links=[same_tag_links("sloctl dashboards", "sloctl")],
    variables=variables(),
    annotations=[
        annotation(
            "Restarts",
            f"(changes(process_start_time_seconds{{{PROCESS}}}[2m]) > 0) {OPERATORS}{{{PROCESS}}}",
            title="operator restarted",
            text="{{job}} {{instance}}",
            colour=Colour.WATCH,
        )
    ],
    panels=[
        stat(
            "Instances",
            now(f"sum({UP})", "up"),
            now(f"count({UP}) - sum({UP})", "down"),
            description=f"""Operator processes that Prometheus could scrape last time, of those that ran a controller
                {OVER_RANGE}. One down after a deployment is gone for good; otherwise look at its pod.""",
            unit="none",
            no_value=NO_OPERATOR,
            steps=steps(Colour.PLAIN),
            named=True,
        ),
        stat(
            "Reconciles",
            now(total(), "reconciles"),
            description="Reconciles per second, as of now. A sudden change without a deployment asks for a look.",
            unit="ops",
            no_value=NO_OPERATOR,
            steps=steps(Colour.PLAIN),
        ),
        stat(
            "Error ratio",
            now(error_ratio(window="$__range"), "errors"),
            description=f"The share of reconciles that failed {OVER_RANGE}. From 1 % on, find the controller below.",
            unit="percentunit",
            no_value=NO_RECONCILES,
            steps=RED_FROM_5_PERCENT,
            decimals=2,
        ),
        stat(
            "Reconcile time p95",
            now(quantile(0.95, window="$__range"), "p95"),
            description=f"19 of 20 reconciles {OVER_RANGE} ended within this time. When it grows, see Duration below.",
            unit="s",
            no_value=NO_RECONCILES,
            steps=steps(Colour.PLAIN),
        ),
        stat(
            "Workers busy",
            now(f"sum(controller_runtime_active_workers{{{CHOSEN}}})", "busy"),
            description="Reconciles under way at the last scrape. At its limit for long, a controller falls behind.",
            unit="none",
            no_value=NO_OPERATOR,
            steps=steps(Colour.PLAIN),
        ),
        stat(
            "Controllers failing",
            now(
                f"count({error_ratio(' by (controller) ', '$__range')} > 0.01) or 0 * {total(window='$__range')}",
                "failing",
            ),
            description=f"Controllers with more than 1 % errors {OVER_RANGE}. Any: see which in the table below.",
            unit="none",
            no_value=NO_OPERATOR,
            steps=steps(Colour.GOOD, (1, Colour.WATCH)),
        ),
        table(
            "By controller",
            {
                "Reconciles": cells(total(" by (controller) ")),
                "Error ratio": cells(error_ratio(" by (controller) ", "$__range")),
                "p50": cells(quantile(0.5, "controller, le", "$__range")),
                "p95": cells(quantile(0.95, "controller, le", "$__range")),
                "p99": cells(quantile(0.99, "controller, le", "$__range")),
                "Workers busy": cells(f"sum by (controller) (controller_runtime_active_workers{{{CHOSEN}}})"),
            },
            description=f"""Each controller: errors and times {OVER_RANGE}, rates and workers as of now. The one that
                fails most comes first; click a name to see it alone.""",
            unit="none",
            no_value=NO_OPERATOR,
            renamed={"controller": "Controller"},
            height=6,
            overrides=[
                style("Reconciles", unit="ops", decimals=2),
                style(
                    "Error ratio",
                    unit="percentunit",
                    decimals=2,
                    thresholds=RED_FROM_5_PERCENT,
                    cellOptions={"type": "color-text"},
                    noValue="no reconciles",
                ),
                style("p[0-9]+", pattern=True, unit="s", noValue="no reconciles"),
                style(
                    "Controller",
                    links=[
                        {
                            "title": "Show ${__value.text} alone",
                            "url": f"/d/{UID}?${{__url_time_range}}&{KEPT}&var-controller=${{__value.text}}",
                        }
                    ],
                ),
            ],
            sort_by="Error ratio",
            descending=True,
        ),
        row("Reconciles"),
        timeseries(
            "Reconciles by controller",
            series(total(" by (controller) "), "{{controller}}"),
            description="""Reconciles per second. A storm shows as a plateau that nothing outside explains: a controller
                that writes what it watches, or a resync that is too frequent.""",
            unit="ops",
            no_value=NO_OPERATOR,
            minimum=0,
            width=8,
        ),
        timeseries(
            "Reconciles by result",
            series(total(" by (result) "), "{{result}}"),
            description="""How reconciles ended, stacked. Errors are retried with growing delays; many
                requeues mean that a controller waits by asking again.""",
            unit="ops",
            no_value=NO_OPERATOR,
            minimum=0,
            width=8,
            custom={"stacking": {"mode": "normal", "group": "A"}, "fillOpacity": 45, "lineWidth": 1},
            overrides=[
                style("error", colour=Colour.BAD),
                style("success", colour=Colour.GOOD),
                style("requeue", colour="purple"),
                style("requeue_after", colour=Colour.FACT),
            ],
        ),
        timeseries(
            "Error ratio by controller",
            series(error_ratio(" by (controller) "), "{{controller}}"),
            description="""The share of reconciles that failed. One failing controller does not hide behind busy healthy
                ones here. From 1 % on, read its log and its objects' conditions.""",
            unit="percentunit",
            no_value=NO_RECONCILES,
            minimum=0,
            width=8,
            custom={"axisSoftMax": 0.05},
            steps=RED_FROM_5_PERCENT,
        ),
        row("Duration"),
        timeseries(
            "Reconcile time",
            *(series(quantile(share), f"p{share * 100:g}") for share in (0.5, 0.95, 0.99)),
            description="""How long reconciles take: half of them, 19 of 20, 99 of 100 end within. When p99 leaves p50
                behind, some objects or calls are slow; when all rise, something they share is.""",
            unit="s",
            no_value=NO_RECONCILES,
            minimum=0,
            width=8,
            custom={"fillOpacity": 0},
            overrides=[
                style("p50", colour=Colour.GOOD),
                style("p95", colour=Colour.FACT),
                style("p99", colour="purple", lineWidth=1),
            ],
        ),
        timeseries(
            "Reconcile time p95 by controller",
            series(quantile(0.95, "controller, le"), "{{controller}}"),
            description="""19 of 20 reconciles of each controller end within this time. Compare with the deadline of
                whoever waits for the objects.""",
            unit="s",
            no_value=NO_RECONCILES,
            minimum=0,
            width=8,
        ),
        heatmap(
            "Distribution of reconcile time",
            buckets(f"sum by (le) (increase({TIME_BUCKET}{{{CHOSEN}}}[$__rate_interval]))"),
            description="""How many reconciles took how long. Two bands are two kinds of work; a band at a round number
                of seconds is a timeout.""",
            unit="s",
            no_value=NO_RECONCILES,
            width=8,
        ),
        row("Capacity"),
        timeseries(
            "Workers busy by controller",
            series(f"sum by (controller) (controller_runtime_active_workers{{{CHOSEN}}})", "{{controller}}"),
            description="""Reconciles under way at each scrape. Flat at a controller's limit: it falls behind; allow
                more at once, or make each shorter. Flat above 0 without reconciles: they hang.""",
            unit="none",
            no_value=NO_OPERATOR,
            minimum=0,
            decimals=0,
            width=8,
            custom={"lineInterpolation": "stepAfter", "axisSoftMax": 1},
        ),
        timeseries(
            "CPU",
            series(
                f"rate(process_cpu_seconds_total{{{PROCESS}}}[$__rate_interval]) {OPERATORS}{{{PROCESS}}}",
                "{{job}} {{instance}}",
            ),
            description="""Processor time by instance; 100 % is one core. A Python operator at 100 % is at its end: find
                what it computes, or run a second instance.""",
            unit="percentunit",
            no_value="No data: the operator does not export process_cpu_seconds_total (Linux only)",
            minimum=0,
            width=8,
        ),
        timeseries(
            "Memory",
            series(
                f"process_resident_memory_bytes{{{PROCESS}}} {OPERATORS}{{{PROCESS}}}",
                "{{job}} {{instance}}",
            ),
            description="""Resident memory by instance. It follows the number of watched objects; a steady climb at a
                steady number is a leak. Keep it below the container's limit.""",
            unit="bytes",
            no_value="No data: the operator does not export process_resident_memory_bytes (Linux only)",
            minimum=0,
            width=8,
        ),
    ],
)
