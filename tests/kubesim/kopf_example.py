"""An operator that uses what kopf asks of an API server; run by test_kopf.py with `kopf run`."""

import kopf

KIND = ("example.com", "v1", "residents")


@kopf.on.startup()
def settings(settings, **_):
    """Retry soon, so that the test is quick."""
    settings.persistence.finalizer = "example.com/kopf"
    settings.networking.error_backoffs = [0.1]


@kopf.on.create(*KIND)
def create(body, patch, retry, spec, **_):
    """Fail once, then report."""
    if retry == 0:
        raise kopf.TemporaryError("not yet", delay=0.2)
    patch.status["phase"] = "Active"
    patch.status["retries"] = retry
    kopf.event(body, type="Normal", reason="Created", message=f"for {spec['owner']}")


@kopf.on.update(*KIND, field="spec.owner")
def update(old, new, patch, **_):
    """Report the change."""
    patch.status["change"] = f"{old} -> {new}"


@kopf.on.delete(*KIND)
def delete(**_):
    """Have a reason for a finalizer."""


@kopf.timer(*KIND, interval=0.3)
def tick(patch, status, **_):
    """Count, for as long as the object is there."""
    patch.status["ticks"] = status.get("ticks", 0) + 1


@kopf.on.event(*KIND)
def seen(type, memo, **_):  # noqa: A002
    """Take every raw event."""
    memo["seen"] = type
