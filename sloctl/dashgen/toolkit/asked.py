"""What the rows ask more than once: of SLOs, of the groups of rules of whoever evaluates them, and of the SDK."""

from functools import partial
from typing import Final

from sloctl.dashgen.dashboards import CHOSEN_CLUSTERS
from sloctl.dashgen.exposed import PER_TARGET, RANGE, STEP, Exposed
from sloctl.dashgen.fields import Colour, states, steps
from sloctl.dashgen.panels import stat, timeseries
from sloctl.model import names
from sloctl.promql.sloqueries import SloQueries

SLOS: Final = SloQueries(CHOSEN_CLUSTERS)
PROMETHEUS: Final = Exposed(CHOSEN_CLUSTERS)
GROUPS: Final = Exposed(f'{CHOSEN_CLUSTERS}, rule_group=~".*;.+/.+ (slices|hours).*"')
"""The groups of SLOs, which are called by file, service, SLO, and how often they are evaluated."""
SDK: Final = Exposed()

FAULTS: Final = "sloctl_internal_errors_total"
"""What every process that the SDK instruments exposes."""
INSTRUMENTED: Final = f"and on ({', '.join(PER_TARGET)}) {SDK.per_s(FAULTS, *PER_TARGET)}"
FAILED: Final = "prometheus_rule_evaluation_failures_total"
MISSED: Final = "prometheus_rule_group_iterations_missed_total"
LOADED: Final = "prometheus_rule_group_rules"
READ: Final = "prometheus_config_last_reload_successful"
RECORDED: Final = f'{{{CHOSEN_CLUSTERS}, {names.LABEL_ID}!="", __name__=~"slo[:_].+"}}'
"""All series that the rules of SLOs record."""

_OF_SLO: Final = names.LABEL_SERVICE, names.LABEL_SLO
PER_SLO: Final = f"by ({', '.join(_OF_SLO)})"
"""Puts together what belongs to an SLO; a cluster would be the ruler's, which may serve several."""
SLO: Final = " ".join(f"{{{{{label}}}}}" for label in _OF_SLO)
"""Names an SLO in a legend, wherever it is."""

NO_RULERS: Final = "No data: the Prometheus that evaluates the rules of SLOs does not send its own metrics here"
NO_SDK: Final = "No data: no operator that sloctl's SDK instruments is scraped under these choices"
ANY: Final = steps(Colour.GOOD, (1, Colour.WATCH))
BUSY_STEPS: Final = steps(Colour.GOOD, (0.5, Colour.WATCH), (1, Colour.BAD))
CAUSES: Final = states(
    {0: ("Has data", Colour.GOOD), 1: ("Never matched", Colour.WATCH), 2: ("Target is down", Colour.BAD)}
)
READINGS: Final = states({0: ("Refused", Colour.BAD), 1: ("Taken", Colour.GOOD)})

FROM_0_TO_1: Final = {"axisSoftMax": 1}
"""An axis for what is 0 when all is well: Grafana's own would end at 100."""

number = partial(stat, unit="none", decimals=0, steps=ANY)
"""A whole number, of which any is something to look at."""
lines = partial(timeseries, unit="short", minimum=0, width=8)
"""Lines, a third of the width."""


def per_slo(expr: str, of: str = "sum") -> str:
    """Put groups together by their SLOs."""
    groups = expr
    for place, label in enumerate(_OF_SLO, 1):
        pattern = ".*;(.+?)/(.+) (?:slices|hours).*"
        groups = f'label_replace({groups}, "{label}", "${place}", "rule_group", "{pattern}")'
    return f"{of} {PER_SLO} ({groups})"


def by_group(expr: str) -> str:
    """Give groups the label `group`: their names without the file."""
    return f'label_replace({expr}, "group", "$1", "rule_group", ".*;(.+)")'


def rules() -> str:
    """Ask how many rules of each SLO are loaded."""
    return per_slo(GROUPS.series(LOADED))


def grown(counter: str, window: str = STEP) -> str:
    """Ask by how much a counter of groups grew, for each SLO."""
    return per_slo(f"increase({GROUPS.series(counter)}[{window}])")


def busy_ratio() -> str:
    """Ask for the last evaluation of each group as a share of its interval; above 1 the next one comes too late."""
    took, interval = (GROUPS.series(f"prometheus_rule_group_{what}_seconds") for what in ("last_duration", "interval"))
    return f"{took} / {interval}"


def without_rules() -> str:
    """
    Ask for the SLOs that were known within the time shown, and of which no rules are loaded; nothing where no
    Prometheus tells of its rules.
    """
    known = f"count {PER_SLO} (max_over_time({SLOS.info}[{RANGE}]))"
    return f"({known} unless {rules()}) and on () {PROMETHEUS.level(LOADED)}"


def age_s() -> str:
    """Ask how long ago events of each SLO were counted, in seconds, where that is longest."""
    return f"max {PER_SLO} ({SLOS.age_s})"


def cost() -> str:
    """Ask how many series each SLO has."""
    return f"count {PER_SLO} ({RECORDED})"


def no_data() -> str:
    """Ask per cluster and SLO why there are no data: 2 and 1 as in `CAUSES`, 0 where there are."""
    of = f"max by ({names.LABEL_CLUSTER}, {', '.join(_OF_SLO)})"
    down = SloQueries(f'{CHOSEN_CLUSTERS}, {names.LABEL_CAUSE}="target-down"').alerts(names.ALERT_NO_DATA)
    return f"{of} (2 * {down} or {SLOS.alerts(names.ALERT_NO_DATA)}) or {of} (0 * {SLOS.objective})"
