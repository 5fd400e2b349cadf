"""What the fake Grafana holds, whichever API it is asked by."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

Json = dict[str, Any]
Answer = tuple[int, Any]
Route = tuple[str, str, Callable[..., Answer]]
"""Method, pattern of the path, and what answers it."""

NEW, OLD = ("v0alpha1", "v1beta1", "v1", "v2alpha1", "v2beta1", "v2"), ("v0alpha1",)
PROVISIONED = "Cannot save provisioned dashboard"


@dataclass
class Stored:
    """A dashboard as the server keeps it."""

    spec: Json
    folder: str = ""
    version: int = 1
    number: int = 1
    revision: int = 1
    provisioned: bool = False
    annotations: dict[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """
    What is wrong with requests, and with how many of them.

    `cut` ends the connection: "before" the request is heeded, or "after".
    """

    method: str
    path: str
    status: int = 0
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cut: str = ""
    times: int = 1


@dataclass
class FakeGrafana:
    """
    What the server holds and has seen.

    Args:
        url: Of the server.
        versions: Of its newer API; `OLD` is of no use for classic dashboards, and `()` is no such API.
        organisation: Whose token it is.
        migrates: Whether the newer API brings dashboards to the schema after the current one, as a later Grafana does.
        unique_titles: Whether titles must differ in a folder, as before Grafana 12.
        denied: Permissions that nobody has.
        token: The only one that is known; empty for anybody.
        prometheus: URL of the data source "metrics"; empty for none.
        slow_s: How long it takes to think, in seconds.
        boards: Dashboards by uid.
        folders: Title and parent of folders, by uid.
        hidden: What is at the top and nobody but administrators may see.
        faults: The first that fits a request is had.
        requests: Method, path and headers of each.
        writes: What was changed, one word and the name of what.
        meanwhile: What happens right before requests that change something, one for each.
    """

    url: str
    versions: tuple[str, ...] = NEW
    organisation: int = 1
    migrates: bool = False
    unique_titles: bool = False
    denied: set[str] = field(default_factory=set)
    token: str = ""
    prometheus: str = ""
    slow_s: float = 0
    boards: dict[str, Stored] = field(default_factory=dict)
    folders: dict[str, tuple[str, str]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    lock: Any = field(default_factory=RLock)

    def edit(self, uid: str, **changes: Any) -> None:
        """Change a dashboard, as a person does."""
        held = self.boards[uid]
        held.spec = {**held.spec, **changes}
        held.version += 1
        held.revision += 1

    def move(self, uid: str, folder: str) -> None:
        """Put a dashboard into another folder, as a person does."""
        self.boards[uid].folder = folder
        self.edit(uid)

    def copy_of(self, uid: str, other: str) -> None:
        """Save a dashboard under another uid, as a person does."""
        self.boards[other] = Stored(copy.deepcopy(self.boards[uid].spec))

    def needs(self, *permissions: str) -> Answer | None:
        """Refuse what is denied."""
        missing = [each for each in permissions if each in self.denied]
        return (403, {"message": f"Permissions needed: {missing[0]}"}) if missing else None

    def add(self, uid: str, spec: Json, folder: str, annotations: dict[str, str]) -> None:
        """Keep a new dashboard."""
        self.boards[uid] = Stored(spec, folder, number=len(self.boards) + 1, annotations=annotations)
        self.writes.append(f"add {uid}")

    def replace(self, uid: str, spec: Json, folder: str = "", annotations: dict[str, str] | None = None) -> None:
        """Keep another version of a dashboard."""
        held = self.boards[uid]
        version = held.version + ((spec, folder) != (held.spec, held.folder))
        self.boards[uid] = Stored(spec, folder, version, held.number, held.revision + 1)
        self.boards[uid].annotations = annotations or {}
        self.writes.append(f"replace {uid}")

    def remove(self, uid: str) -> Answer:
        """Forget a dashboard."""
        if self.boards.pop(uid, None) is None:
            return 404, {"message": "Dashboard not found"}
        self.writes.append(f"remove {uid}")
        return 200, {"message": "deleted"}

    def add_folder(self, uid: str, title: str) -> Answer | None:
        """Keep a new folder, or refuse it."""
        refused = self.needs("folders:create")
        if refused or uid in self.folders:
            return refused or (409, {"message": "a folder with the same uid already exists"})
        self.folders[uid] = (title, "")
        self.writes.append(f"add folder {title}")
        return None


def page(found: list[Json], query: dict[str, str]) -> list[Json]:
    """Give one page of what was found."""
    start = (int(query["page"]) - 1) * int(query["limit"])
    return found[start : start + int(query["limit"])]
