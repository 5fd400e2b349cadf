"""The quickstart, run as a newcomer runs it."""

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[2] / "examples/quickstart/reconcile.py"
EXPECTED = """\
controller_runtime_reconcile_total{controller="tenant",result="success"} 1.0
controller_runtime_reconcile_total{controller="tenant",result="error"} 0.0
controller_runtime_reconcile_total{controller="tenant",result="requeue"} 0.0
controller_runtime_reconcile_total{controller="tenant",result="requeue_after"} 0.0
tenants_greeted_total{tier="gold"} 1.0
tenants_greeted_total{tier="silver"} 0.0
"""


def test_the_quickstart_prints_what_it_promises() -> None:
    """It runs as it stands, without a cluster, and shows the reconciliation in the scrape."""
    done = subprocess.run([sys.executable, str(PROGRAM)], check=True, capture_output=True, text=True, timeout=10)
    assert done.stdout == EXPECTED
