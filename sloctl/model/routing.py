"""Who is told about alerts, as values: what a configuration of Alertmanager says of SLOs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Receiver:
    """
    Whom notifications go to.

    Args:
        name: What routes call it.
        note: What it is, for people.
    """

    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """
    Which alerts go where.

    Args:
        receiver: The receiver's name.
        matchers: All of them match an alert, as Alertmanager writes them.
    """

    receiver: str
    matchers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inhibition:
    """
    Which alerts are kept quiet while others fire.

    Args:
        source: Matchers of those that fire.
        target: Matchers of those that are kept quiet.
        equal: Labels that must be the same in both.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    equal: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Routing:
    """
    What Alertmanager does about the alerts of SLOs.

    Args:
        group_by: Labels whose alerts go out in one notification.
        receivers: The first takes what no route takes.
        routes: Every one that matches is followed.
        inhibitions: Apply to all.
    """

    group_by: tuple[str, ...]
    receivers: tuple[Receiver, ...]
    routes: tuple[Route, ...]
    inhibitions: tuple[Inhibition, ...]
