"""Instruments operators that are written with kopf."""

from sloctl.sdk.hooks.kopf.instrumentor import KopfInstrumentor

__all__ = ["KopfInstrumentor"]
