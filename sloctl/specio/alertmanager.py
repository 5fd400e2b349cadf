"""Writes configurations of Alertmanager."""

from collections.abc import Iterable, Iterator
from typing import Final

from sloctl.model.routing import Inhibition, Receiver, Route, Routing
from sloctl.specio.rulefile import heading
from sloctl.specio.yamlblocks import scalar

_HINT: Final = "# Alertmanager reads one file: take these parts over into yours, and say how receivers are reached.\n"


def alertmanager_chunks(routing: Routing, origin: str) -> Iterator[str]:
    """
    Write a configuration, whose receivers are names that notify nobody yet.

    Args:
        routing: What it says.
        origin: What it was generated from.
    """
    yield f"{heading(origin)}{_HINT}"
    default, *_ = routing.receivers
    yield f"route:\n  receiver: {scalar(default.name)}\n  group_by:\n{_items(routing.group_by, 2)}"
    yield "".join(["  routes:\n", *map(_route, routing.routes)]) if routing.routes else ""
    yield "".join(["receivers:\n", *map(_receiver, routing.receivers)])
    yield "".join(["inhibit_rules:\n", *map(_inhibition, routing.inhibitions)])


def _route(route: Route) -> str:
    return f"  - receiver: {scalar(route.receiver)}\n    matchers:\n{_items(route.matchers, 4)}    continue: true\n"


def _receiver(receiver: Receiver) -> str:
    note = f" # {' '.join(receiver.note.split())}" if receiver.note else ""
    return f"- name: {scalar(receiver.name)}{note}\n"


def _inhibition(inhibition: Inhibition) -> str:
    parts = {
        "source_matchers": inhibition.source,
        "target_matchers": inhibition.target,
        "equal": inhibition.equal,
    }
    texts = [f"{name}:\n{_items(items, 2)}" for name, items in parts.items()]
    return "- " + "  ".join(texts)


def _items(texts: Iterable[str], indent: int) -> str:
    return "".join(f"{' ' * indent}- {scalar(text)}\n" for text in texts)
