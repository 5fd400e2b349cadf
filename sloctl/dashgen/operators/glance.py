"""All at a glance: what stands first."""

from grafanalib.core import Panel

from sloctl.dashgen import slos
from sloctl.dashgen.exposed import PER_TARGET, RANGE
from sloctl.dashgen.fields import Colour, above, link, states, steps, style
from sloctl.dashgen.operators.asked import (
    CONTROLLERS,
    ERROR_STEPS,
    KEPT,
    LIMIT,
    NO_OPERATOR,
    NO_RECONCILES,
    OPERATORS,
    OVER_RANGE,
    PROCESSES,
    TIME,
    UID,
    WORKERS,
    error_ratio,
    saturation,
    scraped,
    total,
)
from sloctl.dashgen.panels import stat, table
from sloctl.dashgen.queries import cells, now

_NO_LIMIT = 1e9
_PER = f"by ({', '.join(PER_TARGET)})"
_LEADER = "leader_election_master_status"


def at_a_glance() -> list[Panel]:
    """Show single values, then each controller, then each process."""
    return [*_values(), _by_controller(), _by_process()]


def _values() -> list[Panel]:
    leaders = PROCESSES.level(_LEADER, "cluster", "job", "namespace", "name")
    return [
        stat(
            "Instances",
            now(f"sum({scraped()})", "up"),
            now(f"count({scraped()}) - sum({scraped()})", "down"),
            description=f"""Operator processes that Prometheus could scrape last time, of those that ran a controller
                {OVER_RANGE}. One down after a deployment is gone for good; otherwise look at its pod.""",
            unit="none",
            no_value=NO_OPERATOR,
            steps=steps(Colour.PLAIN),
            named=True,
        ),
        stat(
            "Without one leader",
            now(
                f"count({leaders} != 1) or 0 * {PROCESSES.level(_LEADER)}",
                "locks",
            ),
            description="""Locks that nobody holds, or more than one process. For longer than a lease: nobody
                reconciles, or several do the same work. The table below tells who leads.""",
            unit="none",
            no_value="No election: these operators run alone, or do not tell",
            steps=steps(Colour.GOOD, (1, Colour.BAD)),
        ),
        stat(
            "Youngest process",
            now(f"min((time() - {PROCESSES.series('process_start_time_seconds')}) {OPERATORS})", "up for"),
            description="""How long ago the last process started. Minutes without a deployment: something restarts the
                operator, see the reason of its pod's last state.""",
            unit="s",
            no_value="No data: the operator does not export process_start_time_seconds",
            steps=steps(Colour.PLAIN),
        ),
        stat(
            "Restarts",
            now(f"sum(changes({PROCESSES.series('process_start_time_seconds')}[{RANGE}]) {OPERATORS})", "restarts"),
            description=f"""Processes that started anew {OVER_RANGE} under the name of the one before. Beyond
                deployments: crashes, or a limit of memory that is too low.""",
            unit="none",
            no_value="No data: the operator does not export process_start_time_seconds",
            steps=steps(Colour.GOOD, (1, Colour.WATCH)),
        ),
        stat(
            "Workers busy",
            now(CONTROLLERS.level(WORKERS), "busy"),
            description="Reconciles under way at the last scrape. At its limit for long, a controller falls behind.",
            unit="none",
            no_value=NO_OPERATOR,
            steps=steps(Colour.PLAIN),
        ),
        stat(
            "Waiting",
            now(CONTROLLERS.level("workqueue_depth"), "waiting"),
            description="""Objects that wait in the work queues, of all priorities. Growing for minutes: the controllers
                do not keep up, see Work queues.""",
            unit="none",
            no_value=NO_OPERATOR,
            steps=steps(Colour.PLAIN),
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
            now(error_ratio(window=RANGE), "errors"),
            description=f"The share of reconciles that failed {OVER_RANGE}. From 1 % on, find the controller below.",
            unit="percentunit",
            no_value=NO_RECONCILES,
            steps=ERROR_STEPS,
            decimals=2,
            links=[link("What SLOs say about it", slos.OVERVIEW, ["datasource", "cluster"])],
        ),
        stat(
            "Controllers failing",
            now(
                f"count({error_ratio('controller', window=RANGE)} > 0.01) or 0 * {total(window=RANGE)}",
                "failing",
            ),
            description=f"Controllers with more than 1 % errors {OVER_RANGE}. Any: see which in the table below.",
            unit="none",
            no_value=NO_OPERATOR,
            steps=steps(Colour.GOOD, (1, Colour.WATCH)),
        ),
        stat(
            "Given up",
            now(CONTROLLERS.number("controller_runtime_terminal_reconcile_errors_total"), "given up"),
            description=f"""Reconciles {OVER_RANGE} that failed and are not tried again. Each is an object that stays
                wrong until it is changed: read the log for which.""",
            unit="none",
            no_value=NO_OPERATOR,
            steps=steps(Colour.GOOD, (1, Colour.WATCH)),
            decimals=0,
        ),
        stat(
            "Reconcile time p95",
            now(CONTROLLERS.quantile(0.95, TIME, window=RANGE), "p95"),
            description=f"19 of 20 reconciles {OVER_RANGE} ended within this time. When it grows, see Duration below.",
            unit="s",
            no_value=NO_RECONCILES,
            steps=steps(Colour.PLAIN),
        ),
        stat(
            "Oldest at work",
            now(CONTROLLERS.level("workqueue_longest_running_processor_seconds", of="max"), "oldest"),
            description="""How long the longest of the reconciles under way has taken so far. Minutes: it hangs, on a
                call without a timeout or on a lock.""",
            unit="s",
            no_value=NO_OPERATOR,
            steps=steps(Colour.GOOD, (60, Colour.WATCH), (600, Colour.BAD)),
        ),
    ]


def _by_controller() -> Panel:
    limit = CONTROLLERS.level(LIMIT, "controller", of="min")
    return table(
        "By controller",
        {
            "Reconciles": cells(total("controller")),
            "Error ratio": cells(error_ratio("controller", window=RANGE)),
            **{f"p{n}": cells(CONTROLLERS.quantile(n / 100, TIME, "controller", window=RANGE)) for n in (50, 95, 99)},
            "Saturation": cells(saturation()),
            "Limit": cells(f"clamp_max({limit}, {_NO_LIMIT:g})"),
            "Waiting": cells(CONTROLLERS.level("workqueue_depth", "controller")),
        },
        description=f"""Each controller; errors and times {OVER_RANGE}, the rest as of now. The one that fails most is
            first; click a name to see it alone. Saturation: busy workers of the busiest process, of its limit. At
            100 %, with objects waiting, allow more at once.""",
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
                thresholds=ERROR_STEPS,
                cellOptions={"type": "color-text"},
                noValue="no reconciles",
            ),
            style("p[0-9]+", pattern=True, unit="s", noValue="no reconciles"),
            style("Saturation", unit="percentunit", decimals=0, noValue="not told"),
            style("Limit", mappings=[above(_NO_LIMIT, "no limit", Colour.PLAIN)], noValue="not told"),
            style(
                "Controller",
                links=[link("Show ${__value.text} alone", UID, KEPT, controller="${__value.text}")],
            ),
        ],
        sort_by="Error ratio",
        descending=True,
    )


def _by_process() -> Panel:
    def of(expr: str, how: str = "max") -> str:
        return f"{how} {_PER} ({expr} {OPERATORS})"

    start = PROCESSES.series("process_start_time_seconds")
    infos = " or ".join(PROCESSES.series(name) for name in ("python_info", "go_info"))
    runtime = f"max by ({', '.join(PER_TARGET)}, version) (({infos}) {OPERATORS})"
    build = f'label_replace({PROCESSES.series("sloctl_build_info")}, "release", "$1", "version", "(.+)")'
    release = f"max by ({', '.join(PER_TARGET)}, release) ({build})"
    on = f"on ({', '.join(PER_TARGET)})"
    return table(
        "By process",
        {
            "": cells(f"({runtime} * {on} group_left (release) {release}) or {on} {runtime}"),
            "Leader": cells(of(PROCESSES.series(_LEADER))),
            "Up for": cells(of(f"(time() - {start})")),
            "Restarts": cells(of(f"changes({start}[{RANGE}])")),
            "CPU": cells(of(f"rate({PROCESSES.series('process_cpu_seconds_total')}[$__rate_interval])")),
            "Memory": cells(of(PROCESSES.series("process_resident_memory_bytes"))),
        },
        description="""Each operator's process, its version and that of Python or Go, and what it costs now. Two
            versions for longer than a deployment: it is stuck. Click an instance to see it alone.""",
        unit="none",
        no_value=NO_OPERATOR,
        renamed={"cluster": "Cluster", "job": "Job", "instance": "Instance"},
        height=6,
        overrides=[
            style("Leader", mappings=states({0: ("stands by", Colour.PLAIN), 1: ("leads", Colour.GOOD)}), noValue="–"),
            style("version", displayName="Runtime"),
            style("release", displayName="Version"),
            style("Up for", unit="s", decimals=0),
            style("CPU", unit="percentunit", decimals=1, noValue="not told"),
            style("Memory", unit="bytes", noValue="not told"),
            style(
                "Instance",
                links=[
                    link(
                        "Show ${__value.text} alone",
                        UID,
                        [name for name in KEPT if name != "instance"],
                        instance="${__value.text}",
                    )
                ],
            ),
        ],
        sort_by="Job",
    )
