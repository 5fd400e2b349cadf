"""Instruments operators that are written with kopf, without a line in their code."""

from sloctl.model.errors import MissingExtraError

try:
    from sloctl.sdk.hooks.kopf.instrumentor import KopfInstrumentor
except ModuleNotFoundError as error:
    raise MissingExtraError(f"the package {error.name}", "kopf") from error

__all__ = ["KopfInstrumentor"]
