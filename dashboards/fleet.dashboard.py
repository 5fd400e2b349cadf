"""All clusters side by side: where SLOs are missed, which cluster burns, and which has fallen silent."""

from functools import partial

from sloctl.dashgen import (
    CHOSEN_CLUSTERS,
    Colour,
    annotation,
    bar_gauge,
    cells,
    link,
    matrix,
    now,
    operators,
    prometheus_dashboard,
    row,
    same_tag_links,
    series,
    slos,
    stat,
    state_timeline,
    states,
    steps,
    style,
    table,
    timeseries,
)
from sloctl.model import names
from sloctl.promql.sloqueries import PER_SLO, SloQueries

ASK = SloQueries(slos.CHOSEN_SERVICES, whole=True)
BY = f"by ({names.LABEL_CLUSTER})"
NAME = f"{{{{{names.LABEL_CLUSTER}}}}}"
SILENT_S = 300
VERSION = names.LABEL_CLUSTER, "job", "version"
NO_CLUSTERS = "No data: no cluster is chosen, or none sends SLOs here"
NO_OPERATORS = "No data: no operator is scraped under the name of the service"
NO_RULERS = "No data: Prometheus's own metrics do not reach this data source"
WORST_BURN = f"max {BY} ({ASK.burn('1h')})"
count = partial(slos.count, ASK, "clusters", no_value=NO_CLUSTERS)


def error_ratio(window: str) -> str:
    """Give the share of reconciles that failed, by cluster."""
    return operators.error_ratio(names.LABEL_CLUSTER, window=window, ask=slos.PROCESSES)


def p99(window: str) -> str:
    """Give the time within which 99 of 100 reconciles ended, by cluster."""
    time = "controller_runtime_reconcile_time_seconds"
    return slos.PROCESSES.quantile(0.99, time, names.LABEL_CLUSTER, window=window)


def rulers(metric: str) -> str:
    """Give by how much a counter of Prometheus grew, by cluster."""
    return f"sum {BY} (increase({metric}{{{CHOSEN_CLUSTERS}}}[$__rate_interval]))"


def to_cluster(title: str, uid: str, value: str) -> list[object]:
    """Lead to a dashboard that shows the cluster alone."""
    return [link(title, uid, ["datasource", "service"], cluster=value)]


dashboard = prometheus_dashboard(
    "SLO / Fleet",
    uid="sloctl-fleet",
    description=__doc__,
    tags=["sloctl", "slo", "operator"],
    links=[same_tag_links("sloctl dashboards", "sloctl")],
    variables=slos.service_choices(),
    annotations=[
        annotation(
            "Pages",
            f"max by ({names.LABEL_CLUSTER}, {names.LABEL_SERVICE}) ({ASK.alerts(tier='page')})",
            title="page fires",
            text=f"{NAME} {{{{{names.LABEL_SERVICE}}}}}",
            colour=Colour.BAD,
        ),
        *slos.starts(),
    ],
    panels=[
        stat(
            "Clusters",
            now(f"count(count {BY} ({ASK.info}))", "clusters"),
            description="Clusters whose SLOs are known here as of now. Fewer than there are: see Silent clusters.",
            unit="none",
            no_value=NO_CLUSTERS,
            steps=steps(Colour.PLAIN),
        ),
        count(
            "With a breached SLO",
            f"min {BY} ({ASK.budget_left}) < 0",
            "Clusters in which some SLO has spent all its budget. Any: the matrix shows which SLO it is.",
            Colour.BAD,
        ),
        count(
            "Burning",
            f"{WORST_BURN} > 1",
            """Clusters in which some SLO spends more than lasts. All at once: something they share is
                broken.""",
            Colour.WATCH,
        ),
        count(
            "With a page",
            f"max {BY} ({ASK.alerts(tier='page')})",
            """Clusters in which a page fires. Act now, and keep changes from the other clusters until it
                ends.""",
            Colour.BAD,
        ),
        stat(
            "Least budget left",
            now(f"min({ASK.budget_left})", "least"),
            description="The least budget of any SLO in any cluster. Below 0 %: its objective is missed there.",
            unit="percentunit",
            no_value=NO_CLUSTERS,
            steps=slos.BUDGET_STEPS,
            decimals=1,
        ),
        slos.count(
            ASK,
            "silent",
            "Silent clusters",
            f"{ASK.last_seen_s('$__range', BY)} > {SILENT_S}",
            """Clusters that were heard of in this time and have sent no SLO for five minutes. Cut off or
                switched off: ask its own Prometheus.""",
            Colour.BAD,
            no_value=NO_CLUSTERS,
        ),
        matrix(
            "Budget left, SLO by cluster",
            cells(f"min {PER_SLO} ({ASK.budget_left})"),
            rows=names.LABEL_ID,
            columns=names.LABEL_CLUSTER,
            corner="SLO",
            description="""What is left of each SLO's budget in each cluster, the worst part of it. A red row is a fault
                of the software; a red column one of the cluster.""",
            unit="percentunit",
            no_value=NO_CLUSTERS,
            steps=slos.BUDGET_STEPS,
            decimals=1,
            width=16,
        ),
        bar_gauge(
            "Worst clusters",
            now(f"bottomk(10, min {BY} ({ASK.budget_left}))", NAME),
            description="""The ten clusters with the least budget, each by its worst SLO. The shortest bar needs help
                first; an empty one has missed an objective.""",
            unit="percentunit",
            no_value=NO_CLUSTERS,
            steps=slos.BUDGET_STEPS,
            maximum=1,
            decimals=1,
            links=[link("SLOs", slos.OVERVIEW, ["datasource", "cluster", "service"])],
        ),
        row("Burn and alerts"),
        timeseries(
            "Fastest burn rate over 1h by cluster",
            series(WORST_BURN, NAME),
            description="""How many times faster than sustainable the worst SLO of each cluster spends its budget. One
                line that rises is its cluster's trouble; all lines are a release, or something they share.""",
            unit=slos.BURN_UNIT,
            no_value=slos.NO_EVENTS,
            minimum=0,
            steps=slos.BURN_STEPS,
            custom={
                "fillOpacity": 0,
                "scaleDistribution": {"type": "symlog", "log": 10, "linearThreshold": 1},
            },
            calcs=["lastNotNull", "max"],
        ),
        state_timeline(
            "How the clusters burn",
            series(f"({WORST_BURN} > bool 1) + ({WORST_BURN} > bool {slos.FAST:g})", NAME),
            description=f"""When the worst SLO of each cluster kept to its budget, spent more than lasts, and went as
                fast as pages ({slos.FAST:g}× over an hour). Bars that start one after the other are a release that goes
                round.""",
            no_value=slos.NO_EVENTS,
            mappings=states({0: ("Lasts", Colour.GOOD), 1: ("Burns", Colour.WATCH), 2: ("Burns fast", Colour.BAD)}),
            width=12,
            height=8,
        ),
        table(
            "Alerts by cluster",
            {
                "Pages": cells(f"count {BY} ({ASK.alerts(tier='page')}) or 0 * count {BY} ({ASK.info})"),
                "Tickets": cells(f"count {BY} ({ASK.alerts(tier='ticket')}) or 0 * count {BY} ({ASK.info})"),
                "No data": cells(f"count {BY} ({ASK.alerts(names.ALERT_NO_DATA)}) or 0 * count {BY} ({ASK.info})"),
                "Error ratio": cells(error_ratio("$__range")),
                "p99": cells(p99("$__range")),
            },
            description="""Each cluster: alerts that fire, and how its operators do in the chosen time. Most pages come
                first; click a name to see the SLOs of that cluster alone.""",
            unit="none",
            no_value=NO_CLUSTERS,
            renamed={names.LABEL_CLUSTER: "Cluster"},
            overrides=[
                style("Cluster", links=to_cluster("SLOs of ${__value.text}", slos.OVERVIEW, "${__value.text}")),
                style(
                    "Pages|Tickets|No data",
                    pattern=True,
                    thresholds=steps(Colour.PLAIN, (1, Colour.BAD)),
                    cellOptions={"type": "color-text"},
                ),
                style("Error ratio", unit="percentunit", decimals=2, noValue="no reconciles"),
                style("p99", unit="s", noValue="no reconciles"),
            ],
            sort_by="Pages",
            descending=True,
            height=7,
        ),
        row("Operators"),
        timeseries(
            "Failed reconciles by cluster",
            series(error_ratio("$__rate_interval"), NAME),
            description="""The share of reconciles that failed, of the operators that are called as the chosen services.
                A cluster that stands out has objects, or an API server, that the others have not.""",
            unit="percentunit",
            no_value=NO_OPERATORS,
            minimum=0,
            width=8,
            custom={"axisSoftMax": 0.05},
        ),
        timeseries(
            "Reconcile time p99 by cluster",
            series(p99("$__rate_interval"), NAME, exemplars=True),
            description="""99 of 100 reconciles end within this time. A cluster that is slower than the others is short
                of something: processor, API server, or what the operator calls.""",
            unit="s",
            no_value=NO_OPERATORS,
            minimum=0,
            width=8,
        ),
        table(
            "Versions",
            {"Processes": cells(slos.PROCESSES.level("sloctl_build_info", *VERSION, of="count"))},
            description="""Which versions of the operators run, by cluster. More than one line of a job in a cluster for
                long: a rollout is stuck.""",
            unit="none",
            no_value="No data: no operator says its version (sloctl_build_info)",
            renamed={names.LABEL_CLUSTER: "Cluster", "job": "Operator", "version": "Version"},
            width=8,
            sort_by="Cluster",
        ),
        row("Is every cluster heard of?"),
        timeseries(
            "Newest count by cluster",
            series(f"max {BY} ({ASK.age_s})", NAME),
            description="""How long ago the rules of each cluster last counted events, by its slowest SLO. A line that
                ends is a cluster that is silent; one that climbs, a ruler that does not keep up.""",
            unit="s",
            no_value=NO_CLUSTERS,
            minimum=0,
            width=8,
            steps=slos.AGE_STEPS,
            custom={"axisSoftMax": 180},
        ),
        bar_gauge(
            "Last heard of",
            now(ASK.last_seen_s("$__range", BY), NAME),
            description="""How long ago each cluster last sent an SLO, of those heard of in this time. More than five
                minutes: it is cut off, or gone.""",
            unit="s",
            no_value=NO_CLUSTERS,
            steps=steps(Colour.GOOD, (SILENT_S, Colour.BAD)),
        ),
        timeseries(
            "Failed and missed rule evaluations by cluster",
            series(rulers("prometheus_rule_evaluation_failures_total"), f"{NAME} failed"),
            series(rulers("prometheus_rule_group_iterations_missed_total"), f"{NAME} missed"),
            description="""Evaluations of rules that failed or came too late, of any rules. Above 0, budgets miss
                slices: see the ruler's log, and SLO / Toolkit health.""",
            unit="short",
            no_value=NO_RULERS,
            minimum=0,
            width=8,
            custom={"fillOpacity": 0},
            links=[link("Toolkit health", "sloctl-toolkit", ["datasource", "cluster"])],
        ),
    ],
)
