"""
What it costs to generate rules: 1,000 and 10,000 SLOs from YAML to a file, beside PyYAML's C dumper on as many rules.

Each runs in a process of its own. The dumper is given the rules as Python values; making those is not counted.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SPEC = """\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: requests-{0:05d}, displayName: Requests of {0}}}
spec:
  service: service-{1}
  timeWindow: [{{duration: 30d, isRolling: true}}]
  budgetingMethod: Occurrences
  indicator:
    metadata: {{name: served-{0}}}
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource: {{type: Prometheus, spec: {{query: 'sum(rate(app{0}_requests_total{{code=~"5.."}}[5m]))'}}}}
        total:
          metricSource: {{type: Prometheus, spec: {{query: 'sum(rate(app{0}_requests_total[5m]))'}}}}
  objectives: [{{target: 0.999}}]
"""
TARGETS = {1_000: 0.57, 10_000: 0.41}
TARGET_MB = 150


def ours(spec: Path, rules: Path) -> float:
    """Generate; gives CPU seconds."""
    from sloctl.app.outputs import write_all
    from sloctl.app.rules import generate_rules

    start = time.process_time()
    (file,) = generate_rules([spec], combined=True)
    write_all([(rules, file.chunks())])
    return time.process_time() - start


def dumper(rules: Path) -> float:
    """Dump what *ours* has written; gives CPU seconds."""
    import yaml

    with rules.open() as file:
        tree = yaml.load(file, yaml.CSafeLoader)
    start = time.process_time()
    with rules.with_suffix(".dumped").open("w") as file:
        yaml.dump(tree, file, Dumper=yaml.CSafeDumper, sort_keys=False)
    return time.process_time() - start


def apart(what: str, *paths: Path) -> tuple[float, float]:
    """Run one of the two in a process of its own; gives CPU seconds and the most memory in MB."""
    done = subprocess.run([sys.executable, __file__, what, *paths], capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, done.stdout.split())
    return seconds, megabytes


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        for count, target in TARGETS.items():
            spec, rules = Path(folder) / f"{count}.yaml", Path(folder) / f"{count}.rules.yaml"
            spec.write_text("---\n".join(SPEC.format(number, number % 50) for number in range(count)))
            seconds, megabytes = min(apart("ours", spec, rules) for _ in range(2))
            dumped, dumped_megabytes = apart("dumper", rules)
            size = rules.stat().st_size / 1e6
            print(
                f"{count:6d} SLOs, {size:.0f} MB: {seconds:.2f} s, {megabytes:.0f} MB; C dumper {dumped:.2f} s, "
                f"{dumped_megabytes:.0f} MB; {seconds / dumped:.2f} of it (goal: {target}, {TARGET_MB} MB)"
            )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        taken = {"ours": ours, "dumper": dumper}[sys.argv[1]](*map(Path, sys.argv[2:]))
        print(taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    else:
        main()
