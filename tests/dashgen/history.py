"""What the shipped rules record of operators' lives, in two clusters."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from sloctl.app.specs import read_specs
from sloctl.model.rules import AlertingRule, RecordingRule
from sloctl.model.windows import HOUR_S
from sloctl.rulegen import rule_groups
from tests.dashgen.operator_samples import operator_samples
from tests.rules.truth import fill, written_out
from tests.support.prometheus import REPOSITORY, Labels, Server, blocks_from, prometheus

SCRAPE_S = 30
SLICE_S = 60
BEHIND_S = {"east": 0, "west": 2400}
"""The clusters, and how much later in each what happens in the first one happens there."""
SIX_HOURS_S = 6 * HOUR_S
YEAR_S = 365 * 86400
SLOS = read_specs([REPOSITORY / "rules/slos"]).slos

_SAMPLE = re.compile(r"^(\w[\w:]*)\{(.*)\} (\S+) (\d+)$")


def history(folder: Path, end: int, hours: float) -> Path:
    """
    Write what a Prometheus of both clusters holds; give the data folder.

    Args:
        folder: For the data and what leads to it.
        end: Time of the last sample, Unix seconds.
        hours: How long it goes back.
    """
    start = end - int(hours * HOUR_S)
    raw = list(operator_samples(list(range(start, end + 1, SCRAPE_S))))
    of_one = [*raw, *_recorded(raw, folder, start, end)]
    for cluster, behind_s in BEHIND_S.items():
        for lines, by_s in ((of_one, behind_s), (_year(of_one, start), 0)):
            blocks_from("\n".join(_moved(lines, cluster, by_s, end)), folder / "data")
    return folder / "data"


def _recorded(raw: Iterable[str], folder: Path, start: int, end: int) -> Iterator[str]:
    """Evaluate the rules and their alerts at every slice, as they are generated, on a real Prometheus."""
    one = blocks_from("\n".join(raw), folder / "one")
    passes = folder / "passes"
    passes.mkdir()
    fill(SLOS, one, start, end, passes)
    rules = [(slo, rule) for slo in SLOS for group in rule_groups(slo) for rule in group.rules]
    with prometheus("{}", folder, one) as server:
        recorded = [
            line
            for slo in SLOS
            for name, expr in written_out(slo).items()
            for of, rule in rules
            if of is slo and isinstance(rule, RecordingRule) and rule.record == name
            for line in _over_time(server, expr, {**rule.labels, "__name__": name}, start, end)
        ]
        recorded += _over_time(server, '{__name__=~"slo:.+"}', {}, start, end)
    yield from recorded
    with prometheus("{}", folder, blocks_from("\n".join(recorded), folder / "rules")) as server:
        alerts: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for _, rule in rules:
            if isinstance(rule, AlertingRule):
                labels = {"__name__": "ALERTS", "alertname": rule.alert, "alertstate": "firing", **rule.labels}
                alerts.setdefault(tuple(labels.items()), []).append(f"({rule.expr})")
        for said, exprs in alerts.items():
            yield from _over_time(server, " or ".join(exprs), dict(said), start, end, value=1)


def _year(recorded: Iterable[str], start: int) -> Iterator[str]:
    """Give a year of sums before the history, one for every six hours: those of which months are made."""
    parts = {sample[2] for line in recorded if (sample := _SAMPLE.match(line)) and sample[1] == "slo:total:sum6h"}
    ends = range((start - YEAR_S) // SIX_HOURS_S * SIX_HOURS_S, start - SLICE_S, SIX_HOURS_S)
    for count, share in (("total", 1.0), ("bad", 0.004)):
        for labels in sorted(parts):
            yield from (f"slo:{count}:sum6h{{{labels}}} {share * (9000 + at % 1013)} {at}" for at in ends)


def _over_time(
    server: Server, expr: str, labels: Labels, start: int, end: int, value: float | None = None
) -> Iterator[str]:
    """Evaluate an expression at every slice; hour by hour, since to rules the running hour is that of the last one."""
    found: dict[str, list[str]] = {}
    for hour in range(start // HOUR_S * HOUR_S, end + 1, HOUR_S):
        last = min(end, hour + HOUR_S - SLICE_S)
        for series, pairs in server.query_range(expr, max(start, hour), last, SLICE_S):
            of = {**series, **labels}
            name = of.pop("__name__")
            shown = name + "{" + ",".join(f'{key}="{text}"' for key, text in sorted(of.items())) + "}"
            samples = [f"{shown} {number if value is None else value!r} {at:.0f}" for at, number in pairs]
            found.setdefault(shown, []).extend(samples)
    for samples in found.values():
        yield from samples


def _moved(lines: Iterable[str], cluster: str, behind_s: int, end: int) -> Iterator[str]:
    """Put samples into a cluster, later by so much; what would lie after the end is left out."""
    for line in lines:
        if sample := _SAMPLE.match(line):
            name, labels, value, at = sample.groups()
            if int(at) + behind_s <= end:
                yield f'{name}{{cluster="{cluster}",{labels}}} {value} {int(at) + behind_s}'
