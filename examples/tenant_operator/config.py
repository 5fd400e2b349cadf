"""What the environment decides."""

import math
import os
from pathlib import Path


def _number(name: str, default: float) -> float:
    text = os.environ.get(name, "")
    try:
        value = float(text or default)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise SystemExit(f"{name}={text}: give a number that is 0 or more")
    return value


METRICS_PORT = int(_number("TENANT_OPERATOR_METRICS_PORT", 8080))
"""Where /metrics and the probes are served; 0 picks a free port, which the log names."""

DATA_DIR = Path(os.environ.get("TENANT_OPERATOR_DATA_DIR", "tenant-data"))
"""Where the database files live."""

BACKOFF_S = _number("TENANT_OPERATOR_BACKOFF_SECONDS", 2)
"""How long kopf waits before it tries a failed reconciliation again."""

RESYNC_S = _number("TENANT_OPERATOR_RESYNC_SECONDS", 30)
"""How often everything is reconciled although nothing changed: it makes good what an event did not."""
