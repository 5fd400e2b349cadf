"""How the instrumentation of operators is."""

from grafanalib.core import Panel

from sloctl.dashgen.dashboards import row
from sloctl.dashgen.exposed import PER_TARGET
from sloctl.dashgen.operators.asked import rates
from sloctl.dashgen.panels import table
from sloctl.dashgen.queries import cells, series
from sloctl.dashgen.toolkit.asked import FAULTS, INSTRUMENTED, NO_SDK, SDK, lines

_TARGET = " ".join(f"{{{{{label}}}}}" for label in PER_TARGET)


def instrumentation() -> list[Panel]:
    """Show what the SDK tells about itself, and what a scrape of it takes."""
    scraped = SDK.series("scrape_samples_scraped")
    kept = SDK.series("scrape_samples_post_metric_relabeling")
    return [
        row("How is the operators' instrumentation?"),
        rates(
            "Faults of the SDK by kind",
            series(SDK.per_s(FAULTS, "kind"), "{{kind}}"),
            description="""Faults inside the instrumentation and in its use. label and value: the operator's own code
                gives what was not declared. Others: report them, with the line in the log.""",
            no_value=NO_SDK,
        ),
        rates(
            "Label values beyond the bound",
            series(SDK.per_s("sloctl_label_overflow_total", "metric", "label"), "{{metric}} {{label}}"),
            description="""Uses of a label's value beyond the declared bound, which are counted together as one. Raise
                the bound, or take the label out: it identifies what it should class.""",
            no_value="No bounded label is declared, or no operator is scraped",
        ),
        rates(
            "Spans that were lost",
            series(SDK.per_s("sloctl_spans_dropped_total", "reason"), "{{reason}}"),
            description="""Spans that did not reach their exporter. queue_full: more than it can take, sample fewer.
                export_failed: the collector does not answer.""",
            no_value="No span is exported, or no operator is scraped",
        ),
        table(
            "Which hooks are left out",
            {"Processes": cells(f"count by (job, hook) ({SDK.series('sloctl_instrumentation_degraded')} == 1)")},
            description="""Hooks that do not fit the installed framework or client, and in how many processes. What they
                record is missing: see which versions are supported.""",
            unit="none",
            no_value="None: every hook fits",
            renamed={"job": "Job", "hook": "Hook"},
            width=8,
        ),
        lines(
            "Time of a scrape",
            series(f"{SDK.series('scrape_duration_seconds')} {INSTRUMENTED}", _TARGET),
            description="""How long it takes to scrape each operator. It goes with its series; near the scrape's
                timeout, scrapes fail and everything of that operator is missing.""",
            unit="s",
            no_value=NO_SDK,
        ),
        lines(
            "Samples of a scrape",
            series(f"{scraped} {INSTRUMENTED}", _TARGET),
            series(f"sum by (job) ({scraped} - {kept} {INSTRUMENTED})", "{{job}} dropped"),
            description="""Samples that each operator exposes, and those that Prometheus drops by its configuration. A
                climb that goes on: a label has ever new values. Dropped ones may be what an SLO asks for.""",
            no_value=NO_SDK,
            custom={"fillOpacity": 0},
        ),
    ]
