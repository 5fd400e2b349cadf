"""One table of requests and answers that holds for kubesim and for a real API server alike: its form and its runner."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tests.support.cluster import JSON, PATCHES, Answer, Cluster

TABLE: Final = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
PARTIAL: Final = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
PARTIALS: Final = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
ROOTS: Final = {
    "namespaces": "/api/v1/namespaces",
    "configmaps": "/api/v1/namespaces/{ns}/configmaps",
    "events": "/api/v1/namespaces/{ns}/events",
    "secrets": "/api/v1/namespaces/{ns}/secrets",
    "serviceaccounts": "/api/v1/namespaces/{ns}/serviceaccounts",
    "leases": "/apis/coordination.k8s.io/v1/namespaces/{ns}/leases",
    "crds": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "residents": "/apis/example.com/v1/namespaces/{ns}/residents",
    "plains": "/apis/example.com/v1/namespaces/{ns}/plains",
}


class _Mark:
    """A value that stands for a rule instead of itself."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


ANY: Final = _Mark("ANY")
"""A volatile value: it must be there."""
ABSENT: Final = _Mark("ABSENT")
"""A key that must not be there."""

SECONDS: Final = _Mark("SECONDS")
"""A short age, as Tables write it."""


@dataclass(frozen=True)
class Step:
    """
    One request and its answer.

    `{ns}` is the test's namespace; `{rv}`, `{uid}` and `{continue}` come from the latest answer that had one, and
    `{rv1}`, `{rv2}` from the first, the second.

    Args:
        verb: The HTTP method, or WATCH.
        path: A key of ROOTS and what follows it, or a whole path.
        status: The expected code.
        expect: The part of the answer that is held; for WATCH a list of events.
        body: What is sent.
        params: The query.
        content_type: The format of the body.
        accept: The representation that is asked for.
        old: What Kubernetes 1.20 answers, where today's API differs: (status, expect).
        soon: The answer may take a moment.
    """

    verb: str
    path: str
    status: int = 200
    expect: Any = None
    body: Any = None
    params: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON
    accept: str = JSON
    old: tuple[int, Any] | None = None
    soon: bool = False


@dataclass(frozen=True)
class Case:
    """
    A rule of the API, as a series of requests.

    Args:
        name: The rule in a few words.
        steps: The requests, in order.
        differs: How Kubernetes 1.20 differs from today's API, where it does.
    """

    name: str
    steps: tuple[Step, ...]
    differs: str = ""

    def __post_init__(self) -> None:
        assert any(step.old for step in self.steps) == bool(self.differs), self.name


def case(name: str, *steps: Step, differs: str = "") -> Case:
    """Give a case."""
    return Case(name, steps, differs)


def get(path: str, status: int = 200, expect: Any = None, **more: Any) -> Step:
    """Read."""
    return Step("GET", path, status, expect, **more)


def post(path: str, body: Any, status: int = 201, expect: Any = None, **more: Any) -> Step:
    """Create."""
    return Step("POST", path, status, expect, body, **more)


def put(path: str, body: Any, status: int = 200, expect: Any = None, **more: Any) -> Step:
    """Replace."""
    return Step("PUT", path, status, expect, body, **more)


def patch(kind: str, path: str, body: Any, status: int = 200, expect: Any = None, **more: Any) -> Step:
    """Patch."""
    return Step("PATCH", path, status, expect, body, content_type=PATCHES[kind], **more)


def delete(path: str, status: int = 200, expect: Any = None, body: Any = None, **more: Any) -> Step:
    """Delete."""
    return Step("DELETE", path, status, expect, body, **more)


def watch(path: str, *events: Any, **params: str) -> Step:
    """Watch until the server ends it; the events must be exactly these."""
    return Step("WATCH", path, 200, list(events), params={"watch": "true", "timeoutSeconds": "1"} | params)


def failure(code: int, reason: str, message: str, **details: Any) -> dict[str, Any]:
    """Give the whole Status of a failed request."""
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    return status | {"message": message, "reason": reason, "code": code} | ({"details": details} if details else {})


def cause(field_name: str, reason: str, message: str) -> dict[str, str]:
    """Give an entry of `details.causes`."""
    return {"field": field_name, "reason": reason, "message": message}


class Runner:
    """
    Sends the requests of a case to one server and holds the answers against the table.

    Args:
        cluster: The server.
        namespace: The namespace of the test.
    """

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._values = {"ns": namespace}
        self._revisions = 0

    async def run(self, step: Step) -> None:
        """Send one request and check its answer."""
        status, expect = step.status, step.expect
        if step.old is not None and self._cluster.name == "real":
            status, expect = step.old
        root, slash, rest = step.path.partition("/")
        path = self._filled(ROOTS.get(root, root) + slash + rest)
        if step.soon:
            await self._cluster.eventually(path, lambda answer: answer.status == status)
        answer = await self._cluster.request(
            "GET" if step.verb == "WATCH" else step.verb,
            path,
            self._filled(step.body),
            params=self._filled(dict(step.params)),
            content_type=step.content_type,
            accept=step.accept,
        )
        if step.verb == "WATCH":
            answer = replace(answer, body=_told(answer.body))
        shown = f"{step.verb} {path}: {answer.status} {json.dumps(answer.body)}"
        assert status == answer.status, shown
        if expect is not None:
            faults = list(_differences(self._filled(expect), answer.body, "answer"))
            assert not faults, "\n".join([*faults, shown])
        self._remember(answer)

    def _remember(self, answer: Answer) -> None:
        metadata = answer.body.get("metadata", {}) if isinstance(answer.body, dict) else {}
        for name, key in (("rv", "resourceVersion"), ("uid", "uid"), ("continue", "continue")):
            if metadata.get(key):
                self._values[name] = metadata[key]
        if metadata.get("resourceVersion"):
            self._revisions += 1
            self._values[f"rv{self._revisions}"] = metadata["resourceVersion"]

    def _filled(self, value: Any) -> Any:
        if isinstance(value, str):
            for name, text in self._values.items():
                value = value.replace(f"{{{name}}}", text)
            return value
        if isinstance(value, dict):
            return {self._filled(key): self._filled(entry) for key, entry in value.items()}
        return [self._filled(entry) for entry in value] if isinstance(value, list) else value


def _told(body: Any) -> list[Any]:
    """Give the events of a watch; a server may repeat a bookmark at will."""
    events = body if isinstance(body, list) else [body] if body else []
    return [
        event
        for index, event in enumerate(events)
        if not (index and event["type"] == "BOOKMARK" == events[index - 1]["type"])
    ]


def _differences(expected: Any, actual: Any, path: str) -> list[str]:
    if expected is ANY:
        return [] if actual is not None else [f"{path}: is null"]
    if expected is SECONDS:
        return [] if re.fullmatch(r"\d+s", str(actual)) else [f"{path}: expected an age, got {actual!r}"]
    if isinstance(expected, dict) and isinstance(actual, dict):
        faults = []
        for key, value in expected.items():
            if value is ABSENT:
                faults += [f"{path}.{key}: is there"] if key in actual else []
            elif key not in actual:
                faults.append(f"{path}.{key}: is missing")
            else:
                faults += _differences(value, actual[key], f"{path}.{key}")
        return faults
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = enumerate(zip(expected, actual, strict=True))
        return [fault for index, (left, right) in pairs for fault in _differences(left, right, f"{path}[{index}]")]
    return [] if expected == actual else [f"{path}: expected {expected!r}, got {actual!r}"]
