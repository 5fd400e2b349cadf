"""Whether Prometheus takes what it gets, and hands on what it finds."""

from grafanalib.core import Panel

from sloctl.dashgen.dashboards import annotation, row
from sloctl.dashgen.exposed import STEP
from sloctl.dashgen.fields import Colour, Json
from sloctl.dashgen.operators.asked import rates
from sloctl.dashgen.panels import state_timeline
from sloctl.dashgen.queries import series
from sloctl.dashgen.toolkit.asked import FROM_0_TO_1, NO_RULERS, PROMETHEUS, READ, READINGS

_REFUSED = {
    "exceeded_sample_limit": "too many samples",
    "sample_duplicate_timestamp": "twice at one time",
    "sample_out_of_order": "out of order",
    "sample_out_of_bounds": "too old",
}
_SERVER = "{{cluster}} {{instance}}"


def prometheus() -> list[Panel]:
    """Show what Prometheus refused, lost and read."""
    return [
        row("Does Prometheus take and hand on what it gets?"),
        rates(
            "Refused samples",
            *(
                series(PROMETHEUS.per_s(f"prometheus_target_scrapes_{why}_total"), word)
                for why, word in _REFUSED.items()
            ),
            description="""What Prometheus refused of what it scraped. Too many samples: the whole scrape is lost, raise
                sample_limit or expose less. Twice or out of order: two targets have the same labels.""",
            no_value=NO_RULERS,
            custom=FROM_0_TO_1,
        ),
        rates(
            "Alerts that were lost",
            series(PROMETHEUS.per_s("prometheus_notifications_dropped_total", "cluster", "instance"), _SERVER),
            description="""Alerts that Prometheus could not hand to an Alertmanager. Any: pages do not arrive, whatever
                the dashboards show. See the addresses, and the logs of both.""",
            no_value=NO_RULERS,
            custom=FROM_0_TO_1,
        ),
        state_timeline(
            "Reading of configuration and rules",
            series(PROMETHEUS.level(READ, "cluster", "instance", of="min"), _SERVER),
            description="""Whether each Prometheus took its configuration and rules when it last read them. Refused: it
                goes on with the old ones; promtool check rules says why.""",
            no_value=NO_RULERS,
            mappings=READINGS,
            width=8,
            height=8,
        ),
    ]


def readings() -> Json:
    """Mark when rules were read anew, so that a step in a number is seen together with it."""
    return annotation(
        "Rules read",
        f"changes({PROMETHEUS.series('prometheus_config_last_reload_success_timestamp_seconds')}[{STEP}]) > 0",
        title="configuration and rules read anew",
        text=_SERVER,
        colour=Colour.PLAIN,
    )
