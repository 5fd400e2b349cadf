"""
The families `rest_client_*`.

A request is noted when its answer begins, and added up with others later: between an operator's other work the
processor's caches are cold, and to add up one by one there costs several times as much.
Nothing is recorded twice: the count of a code is the sum of that code's buckets, and what was not waited for or had no
body is what is left over. The families are brought up to date when a scrape comes.
"""

from array import array
from collections import deque
from functools import lru_cache
from threading import Lock
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from sloctl.sdk import families
from sloctl.sdk.store import Buckets, Store

BATCH: Final = 256
"""How many requests are noted at most before they are added up: some 0.3 ms of work."""

Noted = tuple[str, str, int | str, float, float, float | None]
"""
A request that has ended: its method, in any case; its URL, with scheme and authority; the code of the answer; how many
seconds it took until the answer began; the sizes of its body and of the answer's in bytes, None when the latter is not
known yet, or never.
"""

_PORTS: Final = {"http": 80, "https": 443}


class _Answers(NamedTuple):
    """
    Where the answers of one code to the requests of one method to one host go.

    Attributes:
        seconds: How long the requests took until their answers began.
        sent: The sizes of the method's request bodies in bytes, but for those that are empty.
        received: The sizes of the bodies of the method's answers in bytes.
    """

    seconds: Buckets
    sent: Buckets
    received: Buckets


class _Calls:
    """The requests of one method to one host; `seconds` by the code of the answer."""

    __slots__ = ("received", "seconds", "sent", "waited")

    def __init__(self, labels: tuple[str, str], received: Buckets) -> None:
        self.seconds: dict[str, Buckets] = {}
        self.waited = Buckets(labels, families.REST_LIMITER_SECONDS.buckets)
        self.sent = Buckets(labels, families.REST_REQUEST_BYTES.buckets)
        self.received = received


class Requests:
    """
    The requests of one store.

    Attributes:
        noted: Those that are not added up yet. Whoever adds one sees to it that there are no more than `BATCH`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._total = store.values(families.REST_REQUESTS)
        self._seconds = store.buckets(families.REST_SECONDS)
        self._waited = store.buckets(families.REST_LIMITER_SECONDS)
        self._sent = store.buckets(families.REST_REQUEST_BYTES)
        self._received = store.buckets(families.REST_RESPONSE_BYTES)
        self._retries = store.values(families.REST_RETRIES)
        self._calls: dict[tuple[str, str], _Calls] = {}
        self._answers: dict[tuple[str, str, int | str], _Answers] = {}
        self.noted: deque[Noted] = deque()
        self._lock = Lock()
        for family in (self._total, self._seconds, self._waited, self._sent, self._received):
            family.readers.append(self._read)

    def received(self, method: str, url: str, size: float) -> None:
        """Add the size of an answer's body in bytes, when it was not known yet to whoever noted the request."""
        self._calls_of(method.upper(), host_of(url)).received.add(size)

    def add_up(self) -> None:
        """Add up what was noted."""
        while self.noted:
            try:
                method, url, code, seconds, sent, received = self.noted.popleft()
            except IndexError:  # another thread adds up as well
                return
            answers = self._at(method, url, code)
            answers.seconds.add(seconds)
            if sent:
                answers.sent.add(sent)
            if received is not None:
                answers.received.add(received)

    def _at(self, method: str, url: str, code: int | str) -> _Answers:
        key = method, origin_of(url), code
        return self._answers.get(key) or self._meet(key)

    def sent_again(self, method: str, url: str, code: int | str) -> None:
        """Add a request that is sent again after an answer of this code."""
        self._retries.at(str(code), method.upper(), host_of(url)).add(1)

    def waited(self, method: str, url: str, seconds: float) -> None:
        """Add a request that had to wait before it was sent."""
        self._calls_of(method.upper(), host_of(url)).waited.add(seconds)

    def resolved(self, host: str, seconds: float) -> None:
        """Add a resolution of a host's name; there is none where the host is an address."""
        self._store.buckets(families.REST_DNS_SECONDS).at(host).add(seconds)

    def _meet(self, key: tuple[str, str, int | str]) -> _Answers:
        method, origin, code = key
        labels = method.upper(), host_of(origin)
        calls = self._calls_of(*labels)
        with self._lock:
            seconds = calls.seconds.setdefault(str(code), Buckets(labels, families.REST_SECONDS.buckets))
            return self._answers.setdefault(key, _Answers(seconds, calls.sent, calls.received))

    def _calls_of(self, method: str, host: str) -> _Calls:
        with self._lock:
            labels = method, host
            found = self._calls.get(labels)
            if found is None:
                found = self._calls[labels] = _Calls(labels, self._received.at(*labels))
            return found

    def _read(self) -> None:
        self.add_up()
        for labels, calls in list(self._calls.items()):
            counts, total_s = [0] * (len(families.REST_SECONDS.buckets) + 1), 0.0
            for code, cell in list(calls.seconds.items()):
                found, found_s = cell.read()
                counts = [a + b for a, b in zip(counts, found, strict=True)]
                total_s += found_s
                self._total.at(code, *labels).value = sum(found)
            seconds = self._seconds.at(*labels)
            seconds.counts, seconds.sum = array("q", counts), total_s
            for family, cell in ((self._waited, calls.waited), (self._sent, calls.sent)):
                known, known_sum = cell.read()
                known[0] += max(0, sum(counts) - sum(known))
                series = family.at(*labels)
                series.counts, series.sum = known, known_sum


def origin_of(url: str) -> str:
    """Give the scheme and the authority of a URL, as it has them."""
    end = url.find("/", 8)  # behind https://
    return url[:end] if end > 0 else url


@lru_cache(maxsize=64)
def server_of(origin: str) -> tuple[str, int]:
    """Give the host and the port of an origin, whether it spells the port out or not."""
    try:
        parts = urlsplit(origin)
        return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:  # no client can send a request there
        return "", 0


def host_of(url: str) -> str:
    """
    Give the value of the label `host`.

    >>> host_of("https://10.96.0.1/api/v1/pods"), host_of("http://[::1]:8001/version")
    ('10.96.0.1:443', '[::1]:8001')
    """
    host, port = server_of(origin_of(url))
    if not host:
        return "none"  # client-go's word for it
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def requests_of(store: Store) -> Requests:
    """Give the requests of a store, made at the first call."""
    return store.part(Requests, lambda: Requests(store))
