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
        self._tracing = tracing
        self._patches = Patches()
        self._imports = AfterImport({client.module: functools.partial(self._hook, client) for client in CLIENTS})

    @functools.cached_property
    def _recorder(self) -> Recorder:
        """Made with the first session: until then the operator's own modules may take any name in the registry."""
        return Recorder(self.store, self._guard, self._tracing)

    def close(self) -> None:
        """Put everything back."""
        self._imports.close()
        self._patches.restore()

    def _hook(self, client: Client, module: ModuleType) -> None:
        name, _, method = client.function.partition(".")
        owner: Any = getattr(module, name, None)
        if not hasattr(owner, method):
            self._degrade(client)
            return
        attach = importlib.import_module(f"sloctl.sdk.hooks.clients.{client.hook}").attach

        def made(holder: object) -> None:
            try:
                attach(getattr(holder, client.session), self._recorder, self._patches)
            except Exception as error:  # noqa: BLE001 # telemetry never breaks the host
                self._degrade(client)
                self._guard.report("hook", "failed to instrument a client's session", error)

        self._patches.replace(owner, method, _then(getattr(owner, method), made))

    def _degrade(self, client: Client) -> None:
        self.store.values(families.DEGRADED).at(f"{client.module}.{client.function}").value = 1.0
        _log.warning("%s is not as expected: the requests of its library are not recorded", client.function)


def _then(make: Callable[..., Any], made: Callable[[object], None]) -> Callable[..., Any]:
    """Call *made* with the object whose method has made a session."""

    @functools.wraps(make)
    async def amaking(holder: object, *args: Any, **kwargs: Any) -> Any:
        result = await make(holder, *args, **kwargs)
        made(holder)
        return result

    @functools.wraps(make)
    def making(holder: object, *args: Any, **kwargs: Any) -> Any:
        result = make(holder, *args, **kwargs)
        made(holder)
        return result

    return amaking if inspect.iscoroutinefunction(make) else making
