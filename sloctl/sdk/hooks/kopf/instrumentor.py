"""Instruments kopf from outside, so that an operator needs no line of its own."""

import logging
from collections.abc import Collection
from typing import Any, Final

import prometheus_client
import wrapt
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor

from sloctl.sdk.guard import Guard
from sloctl.sdk.hooks.kopf import outcomes, queues, watches
from sloctl.sdk.hooks.kopf.patching import Patches
from sloctl.sdk.hooks.kopf.recorder import Recorder
from sloctl.sdk.store import store_of

_log: Final = logging.getLogger("sloctl")


class KopfInstrumentor(BaseInstrumentor):  # type: ignore[misc] # it is untyped
    """
    Records what kopf does: reconciliations, work queues, watches, handlers, webhooks, and their spans.

    Instrument before kopf starts, best before the operator's own module is imported: kopf keeps some functions for good
    when it starts.
    """

    def instrumentation_dependencies(self) -> Collection[str]:
        """Give the releases of kopf that are known to fit."""
        return ("kopf >= 1.37, < 2",)

    def _instrument(self, *, obs: Any = None, registry: Any = None, tracer_provider: Any = None, **_: Any) -> None:
        registry = obs.registry if obs is not None else registry or prometheus_client.REGISTRY
        store = store_of(registry)
        recorder = Recorder(store, Guard(store))
        self._patches = patches = Patches(store)

        def patch(_kopf: Any) -> None:
            for module in (watches, queues, outcomes):
                patches.install(module.hooks(recorder))

        wrapt.register_post_import_hook(patch, "kopf")

    def _uninstrument(self, **_: Any) -> None:
        self._patches.restore()
