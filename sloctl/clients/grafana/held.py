"""What Grafana holds, whichever of its APIs it is asked by."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sloctl.model.errors import BackendError

Json = dict[str, Any]


class ConflictError(BackendError):
    """A dashboard is not what it was when it was read; nothing was written."""


@dataclass(frozen=True, slots=True)
class Held:
    """
    A dashboard that Grafana holds.

    Args:
        uid: Its own.
        spec: In the classic form, but for what Grafana adds: id, uid and version.
        version: Counts what was saved, from 1.
        folder: Uid of its folder; empty for none.
        manager: What keeps it so that Grafana lets nobody change it, such as provisioning; empty for nothing.
        metadata: What the API needs to replace it.
    """

    uid: str
    spec: Json
    version: int
    folder: str
    manager: str
    metadata: Mapping[str, Any]


class Dashboards(Protocol):
    """
    Dashboards and folders, by one of Grafana's APIs.

    Nothing is written over what was not read: a write names what it replaces. So it may be sent twice.
    """

    name: str
    """Of the API."""

    async def get(self, uid: str) -> Held | None:
        """
        Read a dashboard; `None` where there is none.

        Raises:
            BackendError: Grafana is away, or refuses.
        """

    async def put(self, uid: str, spec: Json, *, folder: str, message: str, replaces: Held | None) -> None:
        """
        Add a dashboard, or replace one.

        Args:
            uid: Its own.
            spec: In the classic form.
            folder: Uid of its folder; empty for none.
            message: For the history of versions.
            replaces: What was read; `None` where there was none.

        Raises:
            ConflictError: Another is there.
            BackendError: Grafana is away, or refuses.
        """

    async def delete(self, held: Held) -> None:
        """
        Remove a dashboard; one that is gone already is none to remove.

        Raises:
            ConflictError: Another is there.
            BackendError: Grafana is away, or refuses.
        """

    async def folder(self, title: str) -> str | None:
        """
        Find the uid of a folder at the top, by its title or by the uid itself; `None` where there is none.

        Raises:
            BackendError: Grafana is away, or refuses.
        """

    async def add_folder(self, title: str) -> str:
        """
        Add a folder; gives its uid.

        Raises:
            BackendError: Grafana is away, or refuses.
        """


def classic(spec: Mapping[str, Any]) -> Json:
    """Leave out what Grafana adds to a dashboard."""
    return {key: value for key, value in spec.items() if key not in {"id", "uid", "version"}}


def folder_uid(title: str) -> str:
    """
    Name a new folder, always the same for the same title, so that none is added twice.

    >>> folder_uid("SLOs")
    'sloctl-46da04c2507b'
    """
    return f"sloctl-{hashlib.sha256(title.encode()).hexdigest()[:12]}"


def chosen_folder(folders: Mapping[str, str], title: str) -> str | None:
    """
    Choose among folders.

    Args:
        folders: Their titles, by uid.
        title: Or uid.

    Raises:
        BackendError: Several have the title.
    """
    found = [title] if title in folders else [uid for uid, known in folders.items() if known == title]
    if len(found) > 1:
        raise BackendError(f"{len(found)} folders are titled '{title}'", f"give a uid: {', '.join(sorted(found))}")
    return found[0] if found else None
