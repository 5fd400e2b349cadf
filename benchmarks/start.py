"""What it costs to start: `sloctl --help` over a bare interpreter, and rules for one SLO, in CPU time of a process."""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from generate_rules import SPEC

ROUNDS = 15


def cpu_ms(*args: str | Path) -> float:
    """Give the least CPU time that a process of this interpreter takes, in milliseconds."""
    taken = []
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *args], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(taken) * 1000


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "slo.yaml"
        spec.write_text(SPEC.format(1, 1))
        bare = cpu_ms("-c", "pass")
        print(f"bare interpreter {bare:.0f} ms")
        print(f"sloctl --help {cpu_ms('-m', 'sloctl', '--help') - bare:.0f} ms more (goal: 45)")
        print(f"rules of one SLO {cpu_ms('-m', 'sloctl', 'generate', 'rules', spec):.0f} ms in all (goal: 150)")


if __name__ == "__main__":
    main()
