"""Instruments operators: declared metrics, the reconcile decorator with its spans, and what a scrape gets."""

from sloctl.model.errors import DeclarationError
from sloctl.model.promises import Availability, Convergence, Latency
from sloctl.sdk.gauges import InFlight, Level, Ratio, State, Timestamp
from sloctl.sdk.handlers import OUTCOME_LABELS
from sloctl.sdk.instrumentation import Instrumentation
from sloctl.sdk.labels import Bounded, Enum, PerObject
from sloctl.sdk.metrics import Counter, Histogram
from sloctl.sdk.propagation import TRACEPARENT, in_context, inject
from sloctl.sdk.serve import Server

__all__ = [
    "OUTCOME_LABELS",
    "TRACEPARENT",
    "Availability",
    "Bounded",
    "Convergence",
    "Counter",
    "DeclarationError",
    "Enum",
    "Histogram",
    "InFlight",
    "Instrumentation",
    "Latency",
    "Level",
    "PerObject",
    "Ratio",
    "Server",
    "State",
    "Timestamp",
    "in_context",
    "inject",
]
