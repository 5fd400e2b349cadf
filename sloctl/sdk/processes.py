"""Says once that metrics are of one process, where prometheus_client is set up for several."""

import logging
import os
from typing import Final

_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"

_log: Final = logging.getLogger("sloctl")
_said: Final[set[str]] = set()


def warn_of_several() -> None:
    """Log a warning when the environment asks prometheus_client to gather the metrics of several processes."""
    if os.environ.get(_VARIABLE) and not _said:
        _said.add(_VARIABLE)
        _log.warning(
            "%s is set, but an operator is a single process: sloctl's metrics are of this process only, and are not "
            "among those that prometheus_client gathers from that folder",
            _VARIABLE,
        )
