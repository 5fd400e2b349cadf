"""Peering: which of several operators works, and whether any of them does."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

from sloctl.sdk import families
from sloctl.sdk.hooks.kopf.patching import Function, Hook

if TYPE_CHECKING:
    from sloctl.sdk.hooks.kopf.recorder import Recorder


class Election:
    """
    One peering object, as an election: the peer with the highest priority leads, and of two equals nobody does.

    Args:
        recorder: Where it is recorded.
        name: The value of the label `name`.
        conflict: kopf's own switch: on while this operator stands by.
    """

    def __init__(self, recorder: "Recorder", name: str, conflict: Any) -> None:
        self._leaderless_since: float | None = None
        status = recorder.store.values(families.LEADER_STATUS)
        leaderless = recorder.store.values(families.LEADERLESS_SECONDS)
        self._seconds = leaderless.at(name)
        recorder.store.values(families.LEADER_SLOWPATH).at(name)  # at 0: kopf writes its record without reading it

        def read_status() -> None:
            status.at(name).value = 0.0 if conflict.is_on() else 1.0

        status.readers.append(read_status)
        leaderless.readers.append(self._accrue)

    def changed(self, peers: Mapping[str, Mapping[str, Any]], identity: str, priority: int) -> None:
        """Take in who takes part."""
        now = datetime.now(UTC)
        priorities = [priority]
        priorities += [
            int(each.get("priority", 0)) for name, each in peers.items() if name != identity and _lives(each, now)
        ]
        self._accrue()
        if priorities.count(max(priorities)) == 1:
            self._leaderless_since = None
        elif self._leaderless_since is None:
            self._leaderless_since = monotonic()

    def _accrue(self) -> None:
        since, now = self._leaderless_since, monotonic()
        if since is not None:
            self._leaderless_since = now
            self._seconds.value += now - since


def _lives(peer: Mapping[str, Any], now: datetime) -> bool:
    seen = datetime.fromisoformat(peer["lastseen"]) if "lastseen" in peer else now
    seen = seen if seen.tzinfo else seen.replace(tzinfo=UTC)
    return seen + timedelta(seconds=int(peer.get("lifetime", 60))) > now


def hooks(recorder: "Recorder") -> list[Hook]:
    """Give the hook that records peering."""
    elections: dict[str, Election] = {}

    def process_peering_event(original: Function) -> Function:
        """Wrap what decides, at each change of the peering object, whether this operator works or stands by."""

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            with recorder.guard("hook", "follow a peering"):
                settings, body = kwargs["settings"].peering, kwargs["raw_event"]["object"]
                conflict = kwargs.get("conflicts_found")
                if conflict is not None and body["metadata"].get("name") == settings.name:
                    namespace = kwargs["namespace"]
                    name = f"{namespace}/{settings.name}" if namespace else settings.name
                    if name not in elections:
                        elections[name] = Election(recorder, name, conflict)
                    elections[name].changed(body.get("status") or {}, kwargs["identity"], settings.priority)
            return await original(*args, **kwargs)

        return wrapper

    needs = ("raw_event", "namespace", "identity", "settings", "conflicts_found")
    return [Hook("_core.engines.peering", "process_peering_event", needs, process_peering_event)]
