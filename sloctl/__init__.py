"""
Takes a Kubernetes operator from decorator to error budget.

The names below are loaded when they are first used: `import sloctl` itself costs next to nothing.
"""

from sloctl._version import __version__

TYPE_CHECKING = False  # type checkers take it for typing's, whose import would cost more than all the rest
if TYPE_CHECKING:
    from sloctl.sdk import (
        OUTCOME_LABELS,
        Availability,
        Bounded,
        Convergence,
        DeclarationError,
        Enum,
        Instrumentation,
        Latency,
        PerObject,
        in_context,
        inject,
    )
    from sloctl.sdk.hooks.kopf import KopfInstrumentor

__all__ = [
    "OUTCOME_LABELS",
    "Availability",
    "Bounded",
    "Convergence",
    "DeclarationError",
    "Enum",
    "Instrumentation",
    "KopfInstrumentor",
    "Latency",
    "PerObject",
    "__version__",
    "in_context",
    "inject",
]


def __getattr__(name: str) -> object:
    if name == "KopfInstrumentor":
        from sloctl.sdk.hooks.kopf import KopfInstrumentor

        return KopfInstrumentor
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import sloctl.sdk

    return getattr(sloctl.sdk, name)


def __dir__() -> list[str]:
    return __all__
