"""One reconciliation at a time for each object, whatever called for it."""

import asyncio
from collections.abc import Mapping
from typing import Any
from weakref import WeakValueDictionary

_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


def lock_of(body: Mapping[str, Any]) -> asyncio.Lock:
    """Give the lock of an object; it lives for as long as somebody holds it or waits for it."""
    return _locks.setdefault(body["metadata"]["uid"], asyncio.Lock())
