"""
What `kopf run -m tenant_operator.main` loads: the handlers and what they need.

Not named operator.py: a script of that name hides the standard library's module.
"""

import logging

import kopf

from sloctl.model.errors import SloctlError
from tenant_operator import databases, faults, tenants
from tenant_operator.api import GROUP, Api
from tenant_operator.config import METRICS_PORT
from tenant_operator.telemetry import obs

__all__ = ["databases", "faults", "tenants"]


@kopf.on.startup()
def start(settings: kopf.OperatorSettings, memo: kopf.Memo, logger: kopf.Logger, **_: object) -> None:
    """Set kopf up, serve the metrics, and open the connections of the handlers."""
    settings.persistence.finalizer = f"{GROUP}/tenant-operator"
    settings.persistence.progress_storage = kopf.AnnotationsProgressStorage(prefix=f"tenant-operator.{GROUP}")
    settings.persistence.diffbase_storage = kopf.AnnotationsDiffBaseStorage(prefix=f"tenant-operator.{GROUP}")
    settings.posting.reporting_component = "tenant-operator"
    try:
        memo.server = obs.serve(METRICS_PORT)
    except SloctlError as error:
        raise kopf.PermanentError(f"{error}: {error.hint}") from error
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # a line for each request is too much
    logger.info(f"Metrics are served on port {memo.server.port}")
    memo.api = Api()


@kopf.on.cleanup()
async def stop(memo: kopf.Memo, **_: object) -> None:
    """Close what was opened."""
    await memo.api.close()
    memo.server.close()
