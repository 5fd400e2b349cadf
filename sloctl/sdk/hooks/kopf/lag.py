"""How late the event loop is: the time for which it was kept from what was due."""

import asyncio
from collections import deque
from time import monotonic
from typing import Final

from sloctl.sdk import families
from sloctl.sdk.store import Store

_EVERY_S: Final = 0.25
_WINDOW_S: Final = 15.0


class LoopLag:
    """
    Asks event loops for a call at short intervals, and sees how late each comes.

    A scrape that is served from another thread sees a loop that is blocked at that moment as well.
    """

    def __init__(self, store: Store) -> None:
        self._loops: dict[asyncio.AbstractEventLoop, _Followed] = {}
        family = store.values(families.LOOP_LAG_SECONDS)
        lag = family.at()

        def read() -> None:
            open_loops = [followed for loop, followed in list(self._loops.items()) if not loop.is_closed()]
            lag.value = max((followed.worst() for followed in open_loops), default=0.0)

        family.readers.append(read)

    def follow(self) -> None:
        """Follow the running loop from here on; once is enough."""
        loop = asyncio.get_running_loop()
        if loop not in self._loops:
            self._loops = {known: followed for known, followed in self._loops.items() if not known.is_closed()}
            self._loops[loop] = _Followed(loop)

    def stop(self) -> None:
        """Follow no loop any more; from any thread."""
        for loop, followed in self._loops.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(followed.stop)
        self._loops = {}


class _Followed:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._late: deque[tuple[float, float]] = deque(maxlen=int(_WINDOW_S / _EVERY_S))
        self._ask()

    def worst(self) -> float:
        """Give the greatest lag, of this moment or of the last seconds."""
        now = monotonic()
        return max([0.0, now - self._due, *(late for at, late in list(self._late) if now - at <= _WINDOW_S)])

    def stop(self) -> None:
        """Ask no more."""
        self._handle.cancel()

    def _ask(self) -> None:
        self._due = monotonic() + _EVERY_S
        self._handle = self._loop.call_later(_EVERY_S, self._answer)

    def _answer(self) -> None:
        now = monotonic()
        self._late.append((now, now - self._due))
        self._ask()
