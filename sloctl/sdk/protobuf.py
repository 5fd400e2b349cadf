"""
The protobuf format of a scrape, the only one that carries native histograms.

A scrape is a row of messages io.prometheus.client.MetricFamily, each after its length. The numbers below are those of
the fields. Source: client_model's io/prometheus/client/metrics.proto; the encoding of protocol buffers.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from math import inf
from struct import pack
from typing import Any, Final, Protocol

from prometheus_client import samples
from prometheus_client.metrics_core import Metric
from prometheus_client.samples import Sample

from sloctl.sdk.native import ZERO, Sparse, runs
from sloctl.sdk.store import Buckets, Family, NativeBuckets, Value, exemplar_of

MESSAGE: Final = "io.prometheus.client.MetricFamily"
CONTENT_TYPE: Final = f"application/vnd.google.protobuf; proto={MESSAGE}; encoding=delimited"

_TYPES: Final = {"counter": 0, "gauge": 1, "summary": 2, "untyped": 3, "histogram": 4, "gaugehistogram": 5}
_TYPE_OF: Final = {"info": "gauge", "stateset": "gauge", "unknown": "untyped"}
_FIELD: Final = {"counter": 3, "gauge": 2, "untyped": 5, "summary": 4, "histogram": 7, "gaugehistogram": 7}
_COMPOSED: Final = {"summary", "histogram", "gaugehistogram"}
_ALL: Final = 2**64 - 1
_BYTES: Final = [bytes([byte]) for byte in range(128)]
_PAUSE: Final = 128
"""Series between two occasions to pause."""


class Source(Protocol):
    """Whatever prometheus_client can write: a registry, or a part of one."""

    def collect(self) -> Iterable[Metric]:
        """Give the families."""


def family(family: Family[Any]) -> Iterator[bytes]:
    """Write a family of ours; empty pieces come before it."""
    declaration = family.declaration
    kind = _TYPE_OF.get(declaration.kind, declaration.kind)
    names = [label.name for label in declaration.labels]
    metrics: list[bytes] = []
    for number, series in enumerate(list(family.series.values())):
        if number % _PAUSE == 0:
            yield b""
        labels = zip(names, series.labels, strict=True)
        metrics.append(_metric(labels, kind, _buckets(series) if isinstance(series, Buckets) else _value(series)))
    yield _family(declaration.name, declaration.documentation, kind, metrics)


def encode(source: Source) -> bytes:
    """Write the families of others; native histograms among them are left out, as prometheus_client makes none."""
    return b"".join(message for metric in source.collect() for message in _foreign(metric))


def _value(series: Value) -> bytes:
    exemplar = exemplar_of(series.exemplar)
    return _double(1, series.value) + (_bytes(2, _exemplar(exemplar)) if exemplar else b"")


def _buckets(series: Buckets) -> bytes:
    if isinstance(series, NativeBuckets):
        counts, total, sparse = series.read_native()
        native = _sparse(sparse)
    else:
        (counts, total), native = series.read(), b""
    exemplars = series.exemplars or {}
    buckets = [
        (bound, count, exemplar_of(exemplars.get(index)))
        for index, (bound, count) in enumerate(zip((*series.bounds, inf), accumulate(counts), strict=True))
    ]
    return _histogram(buckets, sum(counts), total) + native


def _sparse(sparse: Sparse) -> bytes:
    spans, deltas = runs(sparse.counts)
    return (
        _sint(5, sparse.schema)
        + _double(6, ZERO)
        + _uint(7, sparse.zeros)
        # A span without length tells a native histogram that is empty from none.
        + b"".join(_bytes(12, _sint(1, offset) + _uint(2, length)) for offset, length in spans or [(0, 0)])
        + b"".join(_sint(13, delta) for delta in deltas)
    )


def _foreign(metric: Metric) -> Iterator[bytes]:
    kind = _TYPE_OF.get(metric.type, metric.type)
    composed = kind in _COMPOSED
    families: dict[str, dict[tuple[tuple[str, str], ...], list[Sample]]] = {}
    for sample in metric.samples:
        labels = tuple(label for label in sample.labels.items() if not (composed and label[0] in ("le", "quantile")))
        family = families.setdefault(metric.name if composed else sample.name, {})
        family.setdefault(labels, []).append(sample)
    for name, series in families.items():
        expected = composed or name.removesuffix("_total").removesuffix("_info") == metric.name
        type_ = kind if expected else "untyped"  # a collector may call its samples as it likes
        metrics = [
            _metric(labels, type_, _composed(type_, found) if composed else _single(found[-1]), found[-1].timestamp)
            for labels, found in series.items()
        ]
        yield _family(re.sub(r"[^a-zA-Z0-9_:]", "_", name), metric.documentation, type_, metrics)


def _single(sample: Sample) -> bytes:
    return _double(1, sample.value) + (_bytes(2, _exemplar(sample.exemplar)) if sample.exemplar else b"")


def _composed(kind: str, found: Sequence[Sample]) -> bytes:
    count = total = 0.0
    buckets: list[tuple[float, float, samples.Exemplar | None]] = []
    quantiles = b""
    for sample in found:
        if "le" in sample.labels:
            buckets.append((float(sample.labels["le"]), sample.value, sample.exemplar))
        elif "quantile" in sample.labels:
            quantiles += _bytes(3, _double(1, float(sample.labels["quantile"])) + _double(2, sample.value))
        elif sample.name.endswith("count"):
            count = sample.value
        elif sample.name.endswith("sum"):
            total = sample.value
    if kind == "summary":
        return _uint(1, count) + _double(2, total) + quantiles
    return _histogram(buckets, count, total)


def _histogram(buckets: Iterable[tuple[float, float, samples.Exemplar | None]], count: float, total: float) -> bytes:
    return (
        _uint(1, count)
        + _double(2, total)
        + b"".join(
            _bytes(3, _uint(1, below) + _double(2, bound) + (_bytes(3, _exemplar(exemplar)) if exemplar else b""))
            for bound, below, exemplar in buckets
        )
    )


def _exemplar(exemplar: samples.Exemplar) -> bytes:
    written = _labels(exemplar.labels.items()) + _double(2, exemplar.value)
    if exemplar.timestamp is None:
        return written
    seconds, fraction = divmod(float(exemplar.timestamp), 1)
    return written + _bytes(3, _uint(1, seconds) + _uint(2, fraction * 1e9))


def _family(name: str, documentation: str, kind: str, metrics: list[bytes]) -> bytes:
    if not metrics:
        return b""  # the type of nothing is of no use to who reads this format
    head = _text(1, name) + _text(2, documentation) + _uint(3, _TYPES[kind])
    return b"".join((_varint(len(head) + sum(map(len, metrics))), head, *metrics))


def _metric(labels: Iterable[tuple[str, str]], kind: str, value: bytes, timestamp: Any = None) -> bytes:
    at = b"" if timestamp is None else _uint(6, float(timestamp) * 1000)
    return _bytes(4, _labels(labels) + _bytes(_FIELD[kind], value) + at)


def _labels(labels: Iterable[tuple[str, str]]) -> bytes:
    return b"".join([_bytes(1, _text(1, name) + _text(2, value)) for name, value in labels])


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode())


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _double(field: int, number: float) -> bytes:
    return _varint(field << 3 | 1) + pack("<d", number)


def _uint(field: int, number: float) -> bytes:
    return _varint(field << 3) + _varint(int(number) & _ALL)


def _sint(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint((number << 1 ^ number >> 63) & _ALL)


def _varint(number: int) -> bytes:
    if number < 128:
        return _BYTES[number]
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    written.append(number)
    return bytes(written)
