"""
What `kopf run -m tenant_operator.main` loads: the handlers and what they need.

Not named operator.py: a script of that name hides the standard library's module.
"""

import logging

import kopf
from lightkube.core.exceptions import ConfigError

from sloctl.model.errors import SloctlError
from tenant_operator import databases, faults, tenants
from tenant_operator.api import GROUP, Api
from tenant_operator.config import METRICS_PORT
from tenant_operator.telemetry import obs

__all__ = ["databases", "faults", "tenants"]

logging.getLogger("httpx2").setLevel(logging.WARNING)  # a line for each request is too much

# Before kopf starts, so that what is wrong with the settings ends the program with one line.
try:
    api = Api()
    server = obs.serve(METRICS_PORT)
except ConfigError as error:
    raise SystemExit(f"no cluster to work for: {error}; check KUBECONFIG") from error
except SloctlError as error:
    raise SystemExit(f"{error}: {error.hint} (TENANT_OPERATOR_METRICS_PORT)") from error


@kopf.on.startup()
def start(settings: kopf.OperatorSettings, memo: kopf.Memo, logger: kopf.Logger, **_: object) -> None:
    """Set kopf up, and hand the handlers what they need."""
    settings.persistence.finalizer = f"{GROUP}/tenant-operator"
    settings.persistence.progress_storage = kopf.AnnotationsProgressStorage(prefix=f"tenant-operator.{GROUP}")
    settings.persistence.diffbase_storage = kopf.AnnotationsDiffBaseStorage(prefix=f"tenant-operator.{GROUP}")
    settings.queueing.exit_timeout = 1  # what is cut short is done again by the next run, so do not wait long
    settings.posting.reporting_component = "tenant-operator"
    logger.info(f"Metrics are served on port {server.port}")
    memo.api = api


@kopf.on.cleanup()
async def stop(**_: object) -> None:
    """Close what was opened."""
    await api.close()
    server.close()
