"""
Reads specs, beside PyYAML reading the same text.

    python -m benchmarks.read_specs [SLOS]
"""

import sys
import time
from collections.abc import Callable
from statistics import median

import yaml

from sloctl.specio.queries import parse_windowed
from sloctl.specio.specs import read_specs

ROUNDS = 9
QUERY = 'sum by (route) (http_requests_total{{job="job-{n}"{more}}})'
SPEC = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: slo-{n}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow:
    - duration: 30d
      isRolling: true
  objectives:
    - target: 0.999
  indicator:
    metadata:
      name: slo-{n}
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource:
            type: Prometheus
            spec:
              query: {bad}
        total:
          metricSource:
            type: Prometheus
            spec:
              query: {total}
"""


def queries(n: int) -> tuple[str, str]:
    """Give the queries of an SLO, which no other one has."""
    return QUERY.format(n=n, more=',code=~"5.."'), QUERY.format(n=n, more="")


def spec(n: int) -> str:
    """Write an SLO."""
    bad, total = queries(n)
    return SPEC.format(n=n, bad=bad, total=total)


def cpu_ms(work: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Measure in turns, and give the medians of the CPU time."""
    found: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, call in work.items():
            start = time.process_time()
            call()
            found[name].append((time.process_time() - start) * 1000)
    return {name: median(times) for name, times in found.items()}


def main() -> None:
    """Print what reading takes, and what of it is the parsing of PromQL."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    text = "---\n".join(map(spec, range(count)))
    texts = [query for n in range(count) for query in queries(n)]
    specs, findings = read_specs([("specs.yaml", text)])
    assert len(specs.slos) == count
    assert not findings
    took = cpu_ms(
        {
            "yaml.load_all, CSafeLoader": lambda: list(yaml.load_all(text, Loader=yaml.CSafeLoader)),
            "read_specs": lambda: read_specs([("specs.yaml", text)]),
            "of it PromQL": lambda: [parse_windowed(query) for query in texts],
        }
    )
    base = next(iter(took.values()))
    print(f"{count} SLOs, {len(text) / count / 1000:.2f} kB each, CPU ms, median of {ROUNDS}")
    for name, ms in took.items():
        print(f"  {name:<28}{ms:8.0f}  x {ms / base:.2f}")


if __name__ == "__main__":
    main()
