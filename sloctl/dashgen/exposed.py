"""Questions about what operators expose, as panels ask them: at each step of a line, or over all the time shown."""

from dataclasses import dataclass
from typing import Final

from sloctl.dashgen.dashboards import CHOSEN_TARGETS

STEP: Final = "$__rate_interval"
"""What a rate spans at each point of a line: Grafana's own choice, at least four scrapes."""
RANGE: Final = "$__range"
"""What a single value spans: the time that is shown."""
PER_TARGET: Final = "cluster", "job", "instance"
"""What tells the scraped processes apart."""


@dataclass(frozen=True, slots=True)
class Exposed:
    """
    Questions about the metrics of some targets. Each method gives PromQL.

    Args:
        matchers: Choose among the targets and their series.

    >>> Exposed('job="shop"').per_s("orders_total", "kind")
    'sum by (kind) (rate(orders_total{job="shop"}[$__rate_interval]))'
    """

    matchers: str = CHOSEN_TARGETS

    def series(self, metric: str, more: str = "") -> str:
        """Select the series of a metric, of which further matchers may choose some."""
        return f"{metric}{{{', '.join(filter(None, (self.matchers, more)))}}}"

    def level(self, gauge: str, *by: str, of: str = "sum") -> str:
        """Ask for a gauge, put together by labels."""
        return f"{of}{_by(by)}({self.series(gauge)})"

    def per_s(self, counter: str, *by: str, window: str = STEP, more: str = "") -> str:
        """Ask how many events there are in a second."""
        return f"sum{_by(by)}(rate({self.series(counter, more)}[{window}]))"

    def number(self, counter: str, *by: str, window: str = RANGE, more: str = "") -> str:
        """Ask how many events there were."""
        return f"sum{_by(by)}(increase({self.series(counter, more)}[{window}]))"

    def quantile(self, share: float, histogram: str, *by: str, window: str = STEP) -> str:
        """Ask below which value a share of the observations lies; the comparison drops what is not a number."""
        return f"histogram_quantile({share:g}, {self.per_s(f'{histogram}_bucket', *by, 'le', window=window)}) >= 0"


def _by(labels: tuple[str, ...]) -> str:
    return f" by ({', '.join(labels)}) " if labels else ""
