"""Which libraries are instrumented, and where each of them makes its sessions."""

import functools
import importlib
import inspect
import logging
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final, NamedTuple

from sloctl.sdk import families
from sloctl.sdk.guard import Guard
from sloctl.sdk.hooks.clients.imports import AfterImport
from sloctl.sdk.hooks.clients.patches import Patches
from sloctl.sdk.hooks.clients.recorder import Recorder
from sloctl.sdk.store import Store
from sloctl.sdk.tracing import Tracing

_log: Final = logging.getLogger("sloctl")


class Client(NamedTuple):
    """
    A client library.

    Attributes:
        module: Where it makes its sessions.
        function: What makes them: a method's name, behind that of its class.
        session: The attribute in which the method leaves them.
        hook: The module of this package that knows sessions of that kind.
    """

    module: str
    function: str
    session: str
    hook: str


CLIENTS: Final = (
    Client("kopf._cogs.clients.auth", "APIContext.__init__", "session", "aiohttp"),
    Client("kubernetes_asyncio.client.rest", "RESTClientObject.__init__", "pool_manager", "aiohttp"),
    Client("kubernetes.client.rest", "RESTClientObject.__init__", "pool_manager", "urllib3"),
    Client("lightkube.core.generic_client", "GenericClient.__init__", "_client", "httpx"),
    Client("kr8s._api", "Api._create_session", "_session", "httpx"),
)
"""Read in kopf 1.45, kubernetes_asyncio 36, kubernetes 37, lightkube 1.0 and kr8s 0.20."""


class Instrumented:
    """The libraries, from being instrumented until `close`."""

    def __init__(self, store: Store, guard: Guard, tracing: Tracing | None) -> None:
        self.store = store
        self._guard = guard
        self._recorder = Recorder(store, guard, tracing)
        self._patches = Patches()
        self._imports = AfterImport({client.module: functools.partial(self._hook, client) for client in CLIENTS})

    def close(self) -> None:
        """Put everything back."""
        self._imports.close()
        self._patches.restore()

    def _hook(self, client: Client, module: ModuleType) -> None:
        with self._guard("hook", "instrument a client library"):
            owner_name, _, method = client.function.partition(".")
            owner = getattr(module, owner_name, None)
            make = getattr(owner, method, None)
            if owner is None or make is None:
                self.store.values(families.DEGRADED).at(f"{client.module}.{client.function}").value = 1.0
                _log.warning("requests of %s are not recorded: it has no %s", client.module, client.function)
                return
            attach = importlib.import_module(f"sloctl.sdk.hooks.clients.{client.hook}").attach
            self._patches.replace(owner, method, self._then(make, client.session, attach))

    def _then(self, make: Callable[..., Any], name: str, attach: Callable[..., None]) -> Callable[..., Any]:
        def found(holder: object) -> None:
            with self._guard("hook", "instrument a client's session"):
                attach(getattr(holder, name), self._recorder, self._patches)

        if inspect.iscoroutinefunction(make):

            @functools.wraps(make)
            async def made(holder: object, *args: Any, **kwargs: Any) -> Any:
                result = await make(holder, *args, **kwargs)
                found(holder)
                return result

        else:

            @functools.wraps(make)
            def made(holder: object, *args: Any, **kwargs: Any) -> Any:
                result = make(holder, *args, **kwargs)
                found(holder)
                return result

        return made
