"""
Records the requests that the Kubernetes clients in this process send: `rest_client_*`, spans, and who wrote what.

What counts are the requests of the sessions that kopf and the client libraries work with, so that an operator's other
requests stay out of it. Their paths would not tell: Prometheus has an /api/v1 as well.
"""

from sloctl.sdk.guard import Guard
from sloctl.sdk.hooks.clients.instrumented import Instrumented
from sloctl.sdk.store import Store
from sloctl.sdk.tracing import Tracing

_active: Instrumented | None = None


def instrument(store: Store, guard: Guard, tracing: Tracing | None = None) -> None:
    """
    Record the requests of the clients that are made from here on, whichever of the libraries they are of.

    A library that is not imported yet is instrumented when it is; none is imported for it. One store records at a
    time: the last one that asked for it.

    Args:
        store: Where the families stand.
        guard: Takes the faults of the hooks.
        tracing: Opens the spans of the requests, and its ledger is told of writes; None opens none.
    """
    global _active  # noqa: PLW0603 # what is patched is the process's as well
    if _active is not None and _active.store is store:
        return
    uninstrument()
    _active = Instrumented(store, guard, tracing)


def uninstrument() -> None:
    """Put everything back as it was; clients that are in use are no longer recorded."""
    global _active  # noqa: PLW0603 # as above
    if _active is not None:
        _active.close()
    _active = None
