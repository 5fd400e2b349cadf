"""What a scrape gets: every family of a registry, in the format that the scrape asked for."""

import copy
from collections.abc import Iterator, Sequence
from itertools import chain
from threading import Lock
from typing import Any, Final

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from sloctl.model.catalogue import Declaration
from sloctl.sdk import protobuf
from sloctl.sdk.guard import Guard
from sloctl.sdk.negotiate import TEXT, Format
from sloctl.sdk.render import Chunk, chunks_of, escaped
from sloctl.sdk.store import READING, Family, foreign_only, store_of

CACHE_BYTES: Final = 32 * 1024 * 1024
"""Enough for about 200,000 lines."""

_PER_SERIES: Final = 160
"""Bytes that a chunk keeps of a series beside its text, about."""

_EOF: Final = b"# EOF\n"


class Exposition:
    """
    Writes what a registry holds: sloctl's families by its own means, then those of others by prometheus_client's.

    Args:
        registry: What is exposed.
        guard: Takes what fails in a reader of ours or in a collector of others; the rest is exposed nevertheless.
        cache_bytes: How much of what was written may be kept for the next scrape; 0 keeps nothing.
    """

    def __init__(self, registry: CollectorRegistry, guard: Guard, cache_bytes: int = CACHE_BYTES) -> None:
        self._registry = registry
        self._store = store_of(registry)
        self._guard = guard
        self._cache_bytes = cache_bytes
        self._pages: dict[Family[Any], _Page] = {}
        self._lock = Lock()

    def text(self) -> bytes:
        """Give everything in Prometheus' text format."""
        return b"".join(self.render(TEXT))

    def render(self, form: Format, names: Sequence[str] = ()) -> Iterator[bytes]:
        """
        Write everything, in pieces that take less than a millisecond each; an empty one is an occasion to pause.

        Args:
            form: As negotiated.
            names: Of the samples to which a scrape restricts itself; none for all.
        """
        if names:
            with self._guard("scrape", "collect some metrics"):
                yield form.encode(self._registry.restricted_registry(names))
            return
        families = list(self._store.families.values())
        for reader in dict.fromkeys(chain.from_iterable(family.readers for family in families)):
            with self._guard("scrape", "bring metrics up to date"), READING:
                reader()
            yield b""
        for family in families:
            yield from protobuf.family(family) if form.kind == "protobuf" else self._family(family, form)
        for metric in self._foreign():
            with self._guard("scrape", f"write {metric.name}"):
                yield form.encode(_Only(metric)).removesuffix(_EOF)
        if form.kind == "openmetrics":
            yield _EOF

    def _family(self, family: Family[Any], form: Format) -> Iterator[bytes]:
        openmetrics = form.kind == "openmetrics"
        yield (_openmetrics_header if openmetrics else _text_header)(family.declaration).encode()
        page = self._pages.get(family)
        if page is None:
            page = self._pages.setdefault(family, _Page(family))
        with self._lock:
            blocks = page.blocks()
        for block in blocks:
            with self._lock:
                chunk = block.chunk or page.make(block.members)
                text = chunk.text(exemplars=openmetrics)
                if block.chunk is None:
                    self._keep(block, chunk, len(text) + _PER_SERIES * len(block.members))
            yield text

    def _keep(self, block: "_Block", chunk: Chunk, size: int) -> None:
        if size + sum(page.size for page in self._pages.values()) <= self._cache_bytes:
            block.chunk, block.size = chunk, size

    def _foreign(self) -> Sequence[Metric]:
        found: list[Metric] = []
        for collector in self._collectors():
            with self._guard("scrape", "collect the metrics of others"), foreign_only():
                found.extend(map(_without_created, collector.collect()))
        return found

    def _collectors(self) -> Sequence[Collector]:
        """Give the collectors one by one where that is possible: the registry's `collect` ends at the first fault."""
        collectors = getattr(self._registry, "_collector_to_names", None)
        if collectors is None or self._registry.get_target_info():  # which is a metric of the registry's own
            return [self._registry]
        return list(collectors)


class _Block:
    """Some series, and what is kept of them."""

    __slots__ = ("chunk", "members", "size")

    def __init__(self, members: Sequence[Any]) -> None:
        self.members = members
        self.chunk: Chunk | None = None
        self.size = 0


class _Page:
    """The series of a family in blocks."""

    def __init__(self, family: Family[Any]) -> None:
        self._family = family
        self._length, self.make = chunks_of(family.declaration)
        self._changes = -1
        self._blocks: list[_Block] = []

    def blocks(self) -> list[_Block]:
        """Give the blocks, those as they were whose series are the same."""
        if self._changes != self._family.changes:
            self._changes = self._family.changes
            series = list(self._family.series.values())
            made = [_Block(series[start : start + self._length]) for start in range(0, len(series), self._length)]
            for position, (before, block) in enumerate(zip(self._blocks, made, strict=False)):
                if before.members == block.members:
                    made[position] = before
            self._blocks = made
        return self._blocks

    @property
    def size(self) -> int:
        """The bytes that are kept."""
        return sum(block.size for block in self._blocks)


class _Only:
    """A registry of one family."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def collect(self) -> Iterator[Metric]:
        yield self._metric


def _without_created(family: Metric) -> Metric:
    """
    Leave out the `_created` series.

    In the text format they arrive as gauges, one for each counter and histogram, which doubles what is stored. The
    library's own switch for them is for the whole process and so not ours to turn.
    """
    exposed = copy.copy(family)
    exposed.samples = [sample for sample in family.samples if sample.name != f"{family.name}_created"]
    return exposed


def _text_header(declaration: Declaration) -> str:
    kind = "gauge" if declaration.kind == "stateset" else declaration.kind
    documentation = declaration.documentation.replace("\\", r"\\").replace("\n", r"\n")
    return f"# HELP {declaration.name} {documentation}\n# TYPE {declaration.name} {kind}\n"


def _openmetrics_header(declaration: Declaration) -> str:
    name = declaration.name.removesuffix("_total") if declaration.kind == "counter" else declaration.name
    documentation = escaped((declaration.documentation,))[0]
    return f"# HELP {name} {documentation}\n# TYPE {name} {declaration.kind}\n"
