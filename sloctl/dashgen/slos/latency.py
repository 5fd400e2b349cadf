"""The histograms behind SLOs of latency, as panels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from grafanalib.core import Panel

from sloctl.dashgen.fields import Colour, link, style
from sloctl.dashgen.panels import heatmap, timeseries
from sloctl.dashgen.queries import buckets, series
from sloctl.dashgen.slos.looks import DASHED
from sloctl.model import names
from sloctl.model.indicators import Matcher, RatioIndicator
from sloctl.model.slo import Slo
from sloctl.promql.sloqueries import SloQueries
from sloctl.promql.tree import Selector

_NO_LATENCY: Final = "This SLO is not one of latency, or nothing was observed"
_LIMIT: Final = "limit"


@dataclass(frozen=True, slots=True)
class Latency:
    """
    An SLO that holds a duration to a limit.

    Args:
        slo: Which one.
        histogram: Selects all its buckets.
        limit_s: The limit in seconds.
        labels: By which its parts are kept apart.
    """

    slo: Slo
    histogram: Selector
    limit_s: float
    labels: tuple[str, ...]

    def rates(self) -> str:
        """Ask for observations per second by `le`, of the clusters and parts that are chosen."""
        chosen = (Matcher(label, "=~", f"${label}") for label in (names.LABEL_CLUSTER, *self.labels))
        buckets = replace(self.histogram, matchers=(*self.histogram.matchers, *chosen))
        return f"sum by (le) (rate({buckets}[$__rate_interval]))"


def latencies(slos: Sequence[Slo]) -> list[Latency]:
    """Find the SLOs whose good events are those of one bucket of a histogram."""
    found = []
    for slo in slos:
        indicator = slo.indicator
        if isinstance(indicator, RatioIndicator) and indicator.part_is_good:
            bucket = indicator.part
            limit = next((matcher for matcher in bucket.matchers if matcher.label == "le"), None)
            if limit is not None and bucket.metric.endswith("_bucket"):
                others = tuple(matcher for matcher in bucket.matchers if matcher is not limit)
                found.append(Latency(slo, Selector(bucket.metric, others), _bound(limit), indicator.group_by))
    return found


def latency_panels(found: Sequence[Latency], chosen: str) -> list[Panel]:
    """
    Draw the durations of the SLO that is chosen, when it is one of these; none where there are none.

    Args:
        found: All that could be chosen.
        chosen: Matchers of the one that is.
    """
    if not found:
        return []

    def of_chosen(value: str, each: Latency) -> str:
        info = SloQueries(f'{chosen}, {names.LABEL_ID}="{each.slo.id}"').info
        return f"({value} and on () {info})"

    def quantile(share: float) -> str:
        ask = (of_chosen(f"histogram_quantile({share:g}, {each.rates()}) >= 0", each) for each in found)
        return "\nor\n".join(ask)

    return [
        timeseries(
            "Duration against the limit",
            *(series(quantile(share), f"p{share * 100:g}") for share in (0.5, 0.95)),
            # Exemplars are those of every selector of a query, whichever of the SLOs is chosen.
            series(quantile(0.99), "p99", exemplars=len(found) == 1),
            series("\nor\n".join(of_chosen(f"vector({each.limit_s:g})", each) for each in found), _LIMIT),
            description="""How long the events of this SLO take: half of them, 19 of 20, 99 of 100 end within. Above the
                dashed line they are bad. A mark is an event with a trace: open it to see where the time went.""",
            unit="s",
            no_value=_NO_LATENCY,
            minimum=0,
            custom={"fillOpacity": 0},
            overrides=[style(_LIMIT, colour=Colour.BAD, lineWidth=1, lineStyle=DASHED)],
            links=[link("Operator", "sloctl-controllers", ["datasource", "cluster"])],
        ),
        heatmap(
            "Distribution of the duration",
            buckets("\nor\n".join(of_chosen(each.rates(), each) for each in found)),
            description="""How many events per second took how long. Two bands are two kinds of work; a band at a round
                number of seconds is a timeout.""",
            unit="s",
            no_value=_NO_LATENCY,
        ),
    ]


def _bound(limit: Matcher) -> float:
    """Give the bound of a bucket, of which there may be several spellings."""
    return float(limit.value.partition("|")[0].replace("\\", ""))
