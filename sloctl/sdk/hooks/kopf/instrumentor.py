"""Instruments kopf from outside, so that an operator needs no line of its own."""

import logging
import os
from collections.abc import Collection
from types import ModuleType
from typing import Any, Final

from opentelemetry.instrumentation.instrumentor import BaseInstrumentor
from opentelemetry.trace import TracerProvider
from prometheus_client import CollectorRegistry

from sloctl.model.errors import DeclarationError
from sloctl.sdk.hooks import clients
from sloctl.sdk.hooks.clients.imports import AfterImport
from sloctl.sdk.hooks.kopf import (
    admission,
    background,
    outcomes,
    peering,
    public,
    queues,
    sleeps,
    spans,
    start,
    watches,
    writes,
)
from sloctl.sdk.hooks.kopf.patching import Hooks
from sloctl.sdk.hooks.kopf.recorder import Recorder
from sloctl.sdk.hooks.kopf.shadows import shadows
from sloctl.sdk.instrumentation import Instrumentation

_log: Final = logging.getLogger("sloctl")
_OUTCOMES: Final = {"execution.execute_handler_once"}
_PASSES: Final = {"queueing.watcher"} | _OUTCOMES
_CYCLES: Final = {"queueing.worker"} | _PASSES


class KopfInstrumentor(BaseInstrumentor):  # type: ignore[misc] # it is untyped
    """
    Records what kopf does: reconciliations, work queues, watches, handlers, webhooks, requests, and the spans of these.

    `opentelemetry-instrument kopf run operator_script.py` does what `KopfInstrumentor().instrument()` does. Instrument
    before the operator's module is imported: kopf keeps some of its functions for good when it starts.
    """

    def instrumentation_dependencies(self) -> Collection[str]:
        """Give the releases of kopf that are known to fit."""
        return ("kopf>=1.37,<2",)

    def _instrument(
        self,
        *,
        obs: Instrumentation | None = None,
        registry: CollectorRegistry | None = None,
        tracer_provider: TracerProvider | None = None,
        **_: Any,
    ) -> None:
        """
        Instrument kopf, as soon as it is imported.

        Args:
            obs: Where everything goes; the operator then serves its metrics itself.
            registry: Without *obs*: where metrics are registered; prometheus_client's own registry when not given.
            tracer_provider: Without *obs*: where spans go; the one that is set through OpenTelemetry's API by default.

        Raises:
            DeclarationError: *obs* stands beside another argument.
        """
        if obs is not None and (registry is not None or tracer_provider is not None):
            raise DeclarationError("obs has a registry and a tracer provider already", "give obs alone")
        for path in shadows():
            _log.warning(
                "%s hides the module %r from the operator and its libraries: rename it, or start from another folder",
                path,
                path.stem,
            )
        served = obs is None
        if obs is None:
            name = os.environ.get("OTEL_SERVICE_NAME", "kopf")
            obs = Instrumentation(name, registry=registry, tracer_provider=tracer_provider)
        obs.instrument_clients()
        self._recorder = recorder = Recorder(obs, served=served)
        self._hooks = hooks = Hooks(recorder.store)

        def install(kopf: ModuleType) -> None:
            left_out: set[str] = set()
            for module in (start, watches, queues, outcomes, sleeps, writes, background, admission, peering, spans):
                left_out.update(hooks.install(module.hooks(recorder)))
            missing = public.Missing(*(bool(left_out & names) for names in (_PASSES, _OUTCOMES, _CYCLES)))
            if any(missing):
                public.install(recorder, hooks, missing)
            if left_out:
                _log.warning(
                    "kopf %s is not as expected, so something is not measured, or less exactly: %s",
                    getattr(kopf, "__version__", "?"),
                    ", ".join(sorted(left_out)),
                )

        self._imported = AfterImport({"kopf": install})

    def _uninstrument(self, **_: Any) -> None:
        self._imported.close()
        self._hooks.restore()
        self._recorder.close()
        clients.uninstrument()
