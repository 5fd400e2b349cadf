"""Histograms, as quantiles, buckets, and the share that keeps an SLO's threshold."""

from typing import Final

from grafanalib.core import Panel

from sloctl.dashgen.exposed import STEP
from sloctl.dashgen.fields import Colour, steps, style
from sloctl.dashgen.metrics.words import ASK, described, title_of, unit_of
from sloctl.dashgen.panels import heatmap, timeseries
from sloctl.dashgen.queries import buckets, series
from sloctl.model.catalogue import Declaration
from sloctl.promql.buckets import le_matcher
from sloctl.promql.tree import quote

_QUANTILES: Final = (0.5, 0.95, 0.99)
_NOTHING: Final = "No observations in this window, or nothing that exposes it is scraped under these choices"


def histogram_panels(metric: Declaration) -> list[Panel]:
    """Draw how observations are spread, and with a threshold the share of those that keep it."""
    limit = metric.slo_threshold
    dashed = "" if limit is None else f" The dashed line is the SLO's threshold, {limit:g}."
    quantiles = timeseries(
        title_of(metric),
        *(series(_quantile(metric, share), f"p{share * 100:g}", exemplars=share == 0.99) for share in _QUANTILES),
        description=described(
            metric,
            f"Half of the observations, 19 of 20, and 99 of 100 were at most this.{dashed}",
            "When p99 leaves p50 behind, some are slow; when all rise, something they share is.",
        ),
        unit=unit_of(metric),
        no_value=_NOTHING,
        minimum=0,
        custom={"fillOpacity": 0},
        steps=None if limit is None else steps(Colour.GOOD, (limit, Colour.BAD)),
        overrides=[
            style("p50", colour=Colour.GOOD),
            style("p95", colour=Colour.FACT),
            style("p99", colour="purple", lineWidth=1),
        ],
    )
    counted = ASK.number(f"{metric.name}_bucket", "le", window=STEP)
    spread = heatmap(
        f"{title_of(metric)}: distribution",
        buckets(_either(metric, counted, ASK.number(metric.name, window=STEP))),
        description=described(
            metric, "How many observations were how large.", "Two bands are two kinds of work; a new one, a new cause."
        ),
        unit=unit_of(metric),
        no_value=_NOTHING,
    )
    return [quantiles, spread, *([] if limit is None else [_within(metric, limit)])]


def _within(metric: Declaration, limit: float) -> Panel:
    le = le_matcher(limit)
    kept = ASK.per_s(f"{metric.name}_bucket", more=f"{le.label}{le.op}{quote(le.value)}")
    share = f"{kept} / ({ASK.per_s(f'{metric.name}_count')} > 0)"
    native = f"histogram_fraction(0, {limit:g}, {ASK.per_s(metric.name)}) >= 0"
    return timeseries(
        f"{title_of(metric)}: within {limit:g}",
        series(_either(metric, share, native), f"at most {limit:g}"),
        description=described(
            metric,
            f"The share of observations of at most {limit:g}, the threshold that an SLO asks about.",
            "Below the objective, the error budget is being spent.",
        ),
        unit="percentunit",
        no_value=_NOTHING,
        maximum=1,
        custom={"axisSoftMin": 0.9},
    )


def _quantile(metric: Declaration, share: float) -> str:
    native = f"histogram_quantile({share:g}, {ASK.per_s(metric.name)}) >= 0"
    return _either(metric, ASK.quantile(share, metric.name), native)


def _either(metric: Declaration, classic: str, native: str) -> str:
    """Ask for what was scraped: a server that takes native histograms does without buckets, unless it is told to."""
    return f"{classic} or {native}" if metric.native else classic
