"""The simulated API server as something to start and stop."""

import asyncio
import errno
import json
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from aiohttp import web

from sloctl.kubesim.controllers import Controllers
from sloctl.kubesim.handlers import Handlers
from sloctl.kubesim.objects import Objects
from sloctl.kubesim.store import Store
from sloctl.model.errors import BackendError, UsageError

HOST = "127.0.0.1"
BODY_LIMIT_BYTES = 3 * 1024 * 1024
"""What a real server accepts in one request."""


class KubeSim:
    """
    A Kubernetes API server on loopback, in memory, without TLS or authentication.

    `async with` serves from the running event loop; a plain `with` serves from a thread of its own.

    Args:
        port: Where to listen; 0 picks a free port.
        history: How many changes of each resource can be watched in retrospect; older ones are answered with 410.

    Raises:
        UsageError: The port is not one.
        BackendError: On entry, when the port is taken or may not be used.
    """

    def __init__(self, port: int = 0, *, history: int = 1000) -> None:
        if not 0 <= port <= 65535:
            raise UsageError(f"{port} is no port", "choose one from 1 to 65535, or 0 for a free one")
        self._port = port
        self._history = history
        self._store: Store | None = None
        self._runner: web.AppRunner | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    @property
    def url(self) -> str:
        """Its root, without a slash at the end."""
        return f"http://{HOST}:{self._port}"

    def kubeconfig(self, path: Path) -> Path:
        """
        Write a kubeconfig for this server, all at once.

        Args:
            path: Its folder is made when missing.

        Returns:
            The path.

        Raises:
            UsageError: The place cannot be written.
        """
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "kubesim",
            "clusters": [{"name": "kubesim", "cluster": {"server": self.url}}],
            "contexts": [
                {"name": "kubesim", "context": {"cluster": "kubesim", "user": "kubesim", "namespace": "default"}}
            ],
            "users": [{"name": "kubesim", "user": {}}],
        }
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=path.parent, prefix=".kubeconfig.") as folder:
                draft = Path(folder, "kubeconfig")
                # JSON is YAML too, so every client reads it.
                draft.write_text(json.dumps(config, indent=1))
                return draft.replace(path)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}", "name a file that can be written") from error

    async def __aenter__(self) -> Self:
        """Start serving from the running event loop."""
        await self._start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        await self._stop()

    def __enter__(self) -> Self:
        """Start serving from a thread."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(self._loop,), name="kubesim", daemon=True)
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        except BaseException:
            self._end_thread()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving and end the thread."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._end_thread()

    async def _start(self) -> None:
        self._store = Store(self._history)
        objects = Objects(self._store)
        Controllers(objects)
        objects.create_first_namespaces()
        app = web.Application(client_max_size=BODY_LIMIT_BYTES)
        app.router.add_route("*", "/{path:.*}", Handlers(objects).handle)
        # A watch ends with its client, and none may hold up the server's end.
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self._port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            raise BackendError(
                f"port {self._port} {why}, so the simulated Kubernetes API server cannot listen there",
                "give another port, or 0 for a free one",
            ) from None
        self._port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        assert self._store is not None
        assert self._runner is not None
        self._store.close()
        await self._runner.cleanup()

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        loop.run_forever()

    def _end_thread(self) -> None:
        assert self._loop is not None
        assert self._thread is not None
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
