"""The histograms behind SLOs of latency."""

import pytest

from sloctl.dashgen.slos.latency import latencies, latency_panels
from sloctl.model.indicators import Counter, Matcher, RatioIndicator
from sloctl.model.periods import RollingPeriod
from sloctl.model.slo import Objective, Slo
from sloctl.promql.parse import parse
from tests.dashgen.grafana import expanded

CHOSEN = {"cluster": ".*", "shop": ".*", "slo": "quick"}


def slo(*matchers: Matcher, part_is_good: bool = True) -> Slo:
    """Make an SLO on a bucket."""
    bucket = Counter("http_seconds_bucket", (*matchers, Matcher("le", "=~", r"0\\.5|0.50")))
    indicator = RatioIndicator(Counter("http_seconds_count", matchers), bucket, part_is_good, ("shop",))
    return Slo("quick", "web", indicator, (Objective(0.99),), RollingPeriod(30 * 86400))


@pytest.mark.parametrize("matchers", [(), (Matcher("job", "=", "web"),), (Matcher("path", "=~", '/a"b}.*'),)])
def test_every_query_is_promql(matchers: tuple[Matcher, ...]) -> None:
    """Whatever the selector of the bucket is, the clusters and parts that are chosen come on top."""
    panels = latency_panels(latencies([slo(*matchers)]), 'slo="$slo"')
    for panel in panels:
        for target in panel.targets:
            text = expanded(target.expr, CHOSEN)
            parse(text)
    assert 'cluster=~"$cluster", shop=~"$shop"}' in panels[1].targets[0].expr


def test_the_limit_is_the_bound_of_the_bucket() -> None:
    """One bound that is spelt in several ways is one limit; an SLO whose bucket holds the bad events has none."""
    (found,) = latencies([slo(), slo(part_is_good=False)])

    assert found.limit_s == 0.5
