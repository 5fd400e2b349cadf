"""A simulated Kubernetes API server, for the demo and for tests; docs/kubesim.md says what it offers."""

from typing import TYPE_CHECKING

from sloctl.model.errors import MissingExtraError

if TYPE_CHECKING:
    from sloctl.kubesim.server import KubeSim

__all__ = ["KubeSim"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from sloctl.kubesim.server import KubeSim
    except ModuleNotFoundError as error:
        if error.name not in ("aiohttp", "jsonpatch"):
            raise
        raise MissingExtraError("the simulated Kubernetes API server", "kubesim") from error
    return KubeSim
