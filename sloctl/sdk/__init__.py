"""Instruments operators: declared metrics, the reconcile decorator with its spans, and what a scrape gets."""

from sloctl.model.errors import DeclarationError
from sloctl.sdk.instrumentation import Instrumentation
from sloctl.sdk.labels import Enum
from sloctl.sdk.metrics import Counter, Gauge, Histogram
from sloctl.sdk.propagation import TRACEPARENT, inject
from sloctl.sdk.serve import Server

__all__ = [
    "TRACEPARENT",
    "Counter",
    "DeclarationError",
    "Enum",
    "Gauge",
    "Histogram",
    "Instrumentation",
    "Server",
    "inject",
]
