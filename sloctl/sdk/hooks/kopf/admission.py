"""Admission webhooks: requests, their codes and how long they take."""

import functools
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from sloctl.sdk import families
from sloctl.sdk.hooks.kopf.patching import Function, Hook

if TYPE_CHECKING:
    from sloctl.sdk.hooks.kopf.recorder import Recorder

_CODES: Final = {"AmbiguousResourceError": "409", "UnknownResourceError": "404", "WebhookError": "400"}
"""What kopf's own server answers where a request cannot be handled; to be refused is an answer with code 200."""

_UNKNOWN: Final = "other"


class Webhooks:
    """The families of one store that are about webhooks."""

    def __init__(self, recorder: "Recorder") -> None:
        store = recorder.store
        self._requests = store.values(families.WEBHOOK_REQUESTS)
        self._seconds = store.buckets(families.WEBHOOK_SECONDS)
        self._in_flight = store.values(families.WEBHOOK_IN_FLIGHT)
        self._panics = store.values(families.WEBHOOK_PANICS).at()
        store.values(families.CONVERSION_PANICS).at()  # at 0: kopf has no conversion webhooks
        self._known: set[str] = set()

    def offer(self, webhook: str) -> None:
        """Have the series of a webhook exist, at 0."""
        if webhook not in self._known:
            self._known.add(webhook)
            for code in ("200", "500"):
                self._requests.at(webhook, code)

    def begin(self, webhook: str) -> None:
        """Record a request that came in."""
        self.offer(webhook)
        self._in_flight.at(webhook).value += 1.0

    def end(self, webhook: str, seconds: float, error: BaseException | None) -> None:
        """Record a request that was answered, or was not."""
        code = "200" if error is None else _code(error)
        self._in_flight.at(webhook).value -= 1.0
        self._requests.at(webhook, code).value += 1.0
        self._seconds.at(webhook).add(seconds)
        self._panics.value += code == "500"


def _code(error: BaseException) -> str:
    return next((_CODES[each.__name__] for each in type(error).__mro__ if each.__name__ in _CODES), "500")


def hooks(recorder: "Recorder") -> list[Hook]:
    """Give the hooks that record webhooks."""

    @functools.cache
    def webhooks() -> Webhooks:  # not before the operator has declared metrics of its own
        return Webhooks(recorder)

    def admission_webhook_server(original: Function) -> Function:
        """Wrap what serves webhooks, if there are any."""

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            with recorder.guard("hook", "take note of webhooks"):
                for handler in kwargs["registry"]._webhooks.get_all_handlers():
                    webhooks().offer(f"/{handler.id}")
            return await original(*args, **kwargs)

        return wrapper

    def serve_admission_request(original: Function) -> Function:
        """Wrap what answers a request, whichever server took it."""

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            webhook = _UNKNOWN
            with recorder.guard("hook", "begin a webhook's request"):
                webhook = _path(kwargs)
                webhooks().begin(webhook)
            started = perf_counter()
            error: BaseException | None = None
            try:
                return await original(*args, **kwargs)
            except BaseException as raised:
                error = raised
                raise
            finally:
                with recorder.guard("hook", "record a webhook's request"):
                    webhooks().end(webhook, perf_counter() - started, error)

        return wrapper

    return [
        Hook("_core.engines.admission", "admission_webhook_server", ("registry",), admission_webhook_server),
        Hook("_core.engines.admission", "serve_admission_request", ("webhook", "registry"), serve_admission_request),
    ]


def _path(kwargs: dict[str, Any]) -> str:
    """Give the path of a webhook that exists: kopf puts each at its handler's id, and anybody can ask for any path."""
    webhook = kwargs.get("webhook")
    known = {handler.id for handler in kwargs["registry"]._webhooks.get_all_handlers()}
    return f"/{webhook}" if webhook in known else _UNKNOWN
