"""
What the rules of one SLO cost a real Prometheus, and how right they are, beside those of Sloth and of Pyrra.

The SLO is 99.9 % over 30 days, on the reconciles that an operator counts in 200 series, 40 of them of errors, scraped
every 30 s. Traffic is ten times as much at noon as at midnight, errors come at night, and each instance restarts every
three days. Ours are all the rules of the generated file; of the peers only those that measure. Samples are what
Prometheus says that evaluations read. CPU is the server's less that of as many empty queries, because a rule manager
pays for no HTTP. For 50 and 800 series the raw ones differ, and what has been recorded of them is the same.

Sloth leaves it to Prometheus how often its rules are evaluated. The goals are for every 30 s, as often as is scraped,
which is what kube-prometheus sets; the figures for every minute, as ours and as Prometheus does by default, are beside.

Sources: https://github.com/slok/sloth, internal/plugin/slo/core (v0.16.0); https://github.com/pyrra-dev/pyrra,
slo/rules.go (windows scaled to 30 days; every 30 s, the period every 150 s).
"""

import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.request import urlopen

import numpy as np

sys.path.append(str(Path(__file__).parents[1]))
from sloctl.app.specs import read_specs
from sloctl.model import names
from sloctl.model.slo import Slo
from sloctl.rulegen import rule_groups
from tests.rules.truth import Series, evaluate, fill, one, samples, write, written_out
from tests.support.prometheus import Server, prometheus

HOUR, DAY, SCRAPE = 3600, 86_400, 30
END = 490_000 * HOUR + 20 * 60
"""Some minutes past an hour, so that a period is whole hours and a part of one."""
START = END - 31 * DAY
GOOD = {"success": 0.8, "requeue": 0.1, "requeue_after": 0.05, "skipped": 0.05}
CONTROLLERS = 5
WINDOWS = {"1h": HOUR, "1d": DAY, "30d": 30 * DAY}
SIZES = (200, 50, 800)
TURNS = 3
SPEC = """\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {0}}}
spec:
  service: bench
  timeWindow: [{{duration: 30d, isRolling: true}}]
  budgetingMethod: Occurrences
  indicator:
    metadata: {{name: {0}}}
    spec:
      ratioMetric:
        counter: true
        bad: {{metricSource: {{type: Prometheus, spec: {{query: 'sum(reconcile_total{{job="{0}",result="error"}})'}}}}}}
        total: {{metricSource: {{type: Prometheus, spec: {{query: 'sum(reconcile_total{{job="{0}"}})'}}}}}}
  objectives: [{{target: 0.999}}]
"""
ERRORS, TOTAL = 'reconcile_total{job="of200",result="error"}', 'reconcile_total{job="of200"}'
SLOTH_LABELS = 'sloth_id="bench-of200",sloth_service="bench",sloth_slo="of200"'
SLOTH_5M = f"slo:sli_error:ratio_rate5m{{{SLOTH_LABELS}}}"


def ratio(window: str) -> str:
    """Divide rates, as both peers do."""
    return f"sum(rate({ERRORS}[{window}])) / sum(rate({TOTAL}[{window}]))"


@dataclass(frozen=True)
class Group:
    """
    Rules that are evaluated together.

    Args:
        per_minute: How often.
        exprs: What they evaluate.
        rounds: How often they are evaluated in each turn of a measurement.
    """

    per_minute: float
    exprs: Sequence[str]
    rounds: int


SLOTH_PERIOD = f"sum_over_time({SLOTH_5M}[30d]) / ignoring (sloth_window) count_over_time({SLOTH_5M}[30d])"
SLOTH = [Group(2, [*map(ratio, ("5m", "30m", "1h", "2h", "6h", "1d", "3d")), SLOTH_PERIOD], 3)]
PYRRA_PERIOD = f"sum by (result) (increase({TOTAL}[30d]))"
PYRRA = [
    Group(2, list(map(ratio, ("5m", "32m", "1h4m", "2h9m", "6h26m", "1d1h43m", "4d6h51m"))), 3),
    Group(0.4, [PYRRA_PERIOD], 2),
]


@dataclass
class Job:
    """
    An operator, what happens to it between scrapes, and what is scraped.

    Args:
        size: How many series count its reconciles.
        start: When the scrapes begin, in Unix seconds.
    """

    size: int
    start: int

    @cached_property
    def times(self) -> np.ndarray:
        """Give when it is scraped, less what an instance comes later than others."""
        return np.arange(self.start, END, SCRAPE)

    @cached_property
    def events(self) -> dict[str, np.ndarray]:
        """Give events by result, with an axis for the counters and one for the scrapes."""
        rng = np.random.default_rng(1)
        night = np.cos(2 * np.pi * (self.times % DAY) / DAY)
        counters = self.size // (len(GOOD) + 1)
        events = rng.poisson((11 - 9 * night) * SCRAPE / counters, (counters, len(self.times)))
        errors = rng.binomial(events, np.where(night > 0, 0.01, 0.0002))
        good = rng.multinomial(events - errors, list(GOOD.values()))
        return {"error": errors} | {result: good[..., number] for number, result in enumerate(GOOD)}

    def truth(self, window_s: int) -> float:
        """Give the share of errors in the last so many seconds."""
        inside = self.times >= END - window_s
        counts = {result: int(events[:, inside].sum()) for result, events in self.events.items()}
        return counts["error"] / sum(counts.values())

    def scraped(self) -> Iterator[Series]:
        """Give what Prometheus stores; an instance has a counter of each result for every controller."""
        rng = np.random.default_rng(2)
        instances = len(self.events["error"]) // CONTROLLERS
        times = [self.times + offset for offset in rng.integers(0, SCRAPE, instances)]
        restarts = rng.random((instances, len(self.times))) < SCRAPE / (3 * DAY)
        for instance in range(instances):
            labels = {"job": f"of{self.size}", "instance": str(instance)}
            yield Series(labels | {"__name__": "up"}, times[instance], np.ones(len(self.times)))
            for result, events in self.events.items():
                for controller in range(CONTROLLERS):
                    grown = events[instance * CONTROLLERS + controller]
                    before = np.maximum.accumulate(np.where(restarts[instance], grown.cumsum() - grown, 0))
                    own = {"__name__": "reconcile_total", "controller": str(controller), "result": result}
                    yield Series(labels | own, times[instance], grown.cumsum() - before)


class Store:
    """
    The data of a Prometheus, filled step by step: each step needs what the ones before have written.

    Args:
        folder: For all files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"

    def serve(self) -> AbstractContextManager[Server]:
        """Run a Prometheus over what there is."""
        return prometheus("{}", self.folder, self.data, ["--query.max-samples=100000000"])

    def fill(self, slo: Slo) -> None:
        """Have promtool record what rules look back at: slices, their hourly sums, and Sloth's shortest ratio."""
        fill([slo], self.data, START, END, self.folder)
        record, labels = SLOTH_5M[:-1].split("{")
        rule = f"{{record: '{record}', labels: {{{labels.replace('=', ': ')}}}, expr: '{ratio('5m')}'}}"
        rules = self.folder / "sloth.yaml"
        rules.write_text(f"groups: [{{name: sloth, rules: [{rule}]}}]")
        with self.serve() as server:
            span = f"--url={server.url}", f"--start={START}", f"--end={END}", f"--output-dir={self.data}"
            evaluate(("promtool", "tsdb", "create-blocks-from", "rules", *span, rules.name), self.folder)

    def copy(self, slo: Slo, others: Iterable[Slo]) -> None:
        """Give other SLOs the recorded series of one."""
        with self.serve() as server:
            found = server.get("query", query=f'{{{names.LABEL_ID}="{slo.id}"}}[31d]', time=END)["result"]
        columns = [(each["metric"], *np.array(each["values"], float).T) for each in found]
        copies = [
            Series(labels | {names.LABEL_ID: other.id, names.LABEL_SLO: other.name}, times, values)
            for labels, times, values in columns
            for other in others
        ]
        write(copies, self.data)

    def record(self, slos: Iterable[Slo]) -> None:
        """Record at the end what no rule looks back at, so that all find what they read of their own moment."""
        with self.serve() as server:
            found = [
                Series({"__name__": record} | slo.identity | labels, np.array([END]), np.array([value]))
                for slo in slos
                for record, expr in written_out(slo).items()
                for labels, value in server.query(expr, END)
            ]
        write(found, self.data)


def cpu_s(server: Server) -> float:
    """Give the CPU time that a Prometheus has taken."""
    with urlopen(f"{server.url}/metrics") as response:
        (found,) = re.findall(rb"^process_cpu_seconds_total (\S+)$", response.read(), re.MULTILINE)
    return float(found)


def cpu_ms(server: Server, group: Group) -> float:
    """Give the milliseconds of an evaluation less those of as many empty queries, where the machine was least busy."""

    def spent_s(exprs: Sequence[str]) -> float:
        before = cpu_s(server)
        for expr in [*exprs] * group.rounds:
            server.get("query", query=expr, time=END)
        return cpu_s(server) - before

    empty = ["vector(1)"] * len(group.exprs)
    turns = [(spent_s(group.exprs), spent_s(empty)) for _ in range(TURNS)]
    return (min(full for full, _ in turns) - min(bare for _, bare in turns)) / group.rounds * 1000


def cost(server: Server, name: str, groups: Sequence[Group]) -> tuple[float, float]:
    """Measure rules, print what an evaluation costs, and give the samples and milliseconds of a minute."""
    minute_samples = minute_ms = 0.0
    for group in groups:
        read, took_ms = sum(samples(server, expr, END) for expr in group.exprs), cpu_ms(server, group)
        print(
            f"  {name:6} {len(group.exprs):2} rules, {group.per_minute:3g} times a minute:"
            f" {read:>11,} samples, {took_ms:6.1f} ms CPU each time"
        )
        minute_samples += read * group.per_minute
        minute_ms += took_ms * group.per_minute
    print(f"  {name:6} a minute: {minute_samples:,.0f} samples, {minute_ms:.1f} ms CPU")
    return minute_samples, minute_ms


def ours(slo: Slo) -> list[Group]:
    """Give the rules of an SLO as they are generated."""
    return [Group(60 / group.interval_s, [rule.expr for rule in group.rules], 20) for group in rule_groups(slo)]


def print_errors(server: Server, job: Job) -> None:
    """Print how far the ratios of each are from the truth."""
    by_result = {labels["result"]: value for labels, value in server.query(PYRRA_PERIOD, END)}
    period = {"Sloth": one(server, SLOTH_PERIOD, END), "Pyrra": by_result["error"] / sum(by_result.values())}
    for window, window_s in WINDOWS.items():
        truth = job.truth(window_s)
        found = {"ours": one(server, f'{names.error_name(window)}{{{names.LABEL_SLO}="of{job.size}"}}', END)}
        found |= period if window == "30d" else dict.fromkeys(("Sloth", "Pyrra"), one(server, ratio(window), END))
        errors = ", ".join(f"{name} {value / truth - 1:+.3%}" for name, value in found.items())
        # Our long windows are whole hours and the running one.
        whole = job.truth(window_s + END % HOUR if window_s > HOUR else window_s)
        print(f"  {window:3} {truth:.5%} of events, errors: {errors}; ours of its own {found['ours'] / whole - 1:+.3%}")


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        specs = Path(folder) / "slos.yaml"
        specs.write_text("---\n".join(SPEC.format(f"of{size}") for size in SIZES))
        slo, *others = read_specs([specs]).slos
        job = Job(SIZES[0], START)
        store = Store(Path(folder))
        write(list(job.scraped()), store.data)
        store.fill(slo)
        for size in SIZES[1:]:
            write(list(Job(size, END - HOUR).scraped()), store.data)
        store.copy(slo, others)
        store.record([slo, *others])
        with store.serve() as server:
            print(f"{SIZES[0]} series")
            mine, sloth, pyrra = (
                cost(server, name, groups) for name, groups in (("ours", ours(slo)), ("Sloth", SLOTH), ("Pyrra", PYRRA))
            )
            for name, (theirs_samples, theirs_ms), goals in (
                ("Sloth's", sloth, "goals: 300 x, 15 x"),
                ("Sloth's every minute", (sloth[0] / 2, sloth[1] / 2), "no goal"),
                ("Pyrra's", pyrra, "goal: 600 x"),
            ):
                compared = f"samples {theirs_samples / mine[0]:.0f} x, CPU {theirs_ms / mine[1]:.1f} x"
                print(f"  fewer than {name}: {compared} ({goals})")
            print_errors(server, job)
            print("beyond level 0")
            for size, each in sorted(zip(SIZES, (slo, *others), strict=True)):
                groups = [
                    Group(g.per_minute, [e for e in g.exprs if "reconcile_total" not in e], 20) for g in ours(each)
                ]
                cost(server, f"of {size}", groups)


if __name__ == "__main__":
    main()
