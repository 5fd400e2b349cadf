"""Serves what is recorded when nobody else does: an operator that knows nothing of it has no line for that."""

import logging
import os
from typing import Final

from sloctl.model.errors import SloctlError
from sloctl.sdk.instrumentation import Instrumentation
from sloctl.sdk.serve import Server

PORT: Final = "SLOCTL_METRICS_PORT"
"""The variable of the environment that says where; 0 picks a free port."""

_log: Final = logging.getLogger("sloctl")


def serve(obs: Instrumentation) -> Server | None:
    """Serve where the environment says; whatever stands in the way is logged, and the operator goes on."""
    port = os.environ.get(PORT, "")
    if not port:
        _log.info("metrics are recorded and not served: set %s to a port, or call obs.serve()", PORT)
    elif not port.isdecimal():
        _log.error("metrics are not served: %s is %r, and not a port", PORT, port)
    else:
        try:
            server = obs.serve(port=int(port))
        except SloctlError as error:
            _log.error("metrics are not served: %s (%s)", error, error.hint)
        else:
            _log.info("metrics are served on port %d", server.port)
            return server
    return None
