"""An operator that has never heard of sloctl; run by test_launcher.py with `kopf run`."""

import kopf

KIND = ("example.com", "v1", "residents")


@kopf.on.startup()
def settings(settings, **_):
    """Retry soon, so that the test is quick."""
    settings.networking.error_backoffs = [0.1]


@kopf.on.create(*KIND)
def create(patch, retry, **_):
    """Fail once, then report."""
    if retry == 0:
        raise kopf.TemporaryError("not yet", delay=0.1)
    patch.status["phase"] = "Active"


@kopf.on.update(*KIND, field="spec.owner")
def update(patch, **_):
    """Report the change."""
    patch.status["phase"] = "Changed"


@kopf.on.delete(*KIND)
def delete(**_):
    """Have a reason for a finalizer."""
