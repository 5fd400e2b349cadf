"""Stock kubectl, given nothing but --kubeconfig, does on kubesim what it does on a real cluster.

Run by `make e2e` with the kubectl in KUBEBUILDER_ASSETS, and with the one that KUBECTL names, when it does.
"""

import asyncio
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.cluster import Cluster
from tests.support.control_plane import assets_folder
from tests.support.residents import RESIDENT, configmap, resident

pytestmark = pytest.mark.kubernetes

ASSETS = assets_folder()
KUBECTLS = [
    *([pytest.param(ASSETS / "kubectl", id="assets")] if ASSETS else []),
    *([pytest.param(Path(os.environ["KUBECTL"]), id="KUBECTL")] if "KUBECTL" in os.environ else []),
]
WITHIN_S = 20


class Kubectl:
    """A kubectl, a kubeconfig whose namespace is the test's, and a folder for manifests."""

    def __init__(self, program: Path, cluster: Cluster, namespace: str, folder: Path) -> None:
        config = json.loads(cluster.kubeconfig.read_text())
        config["contexts"][0]["context"]["namespace"] = namespace
        self._kubeconfig = folder / "kubectl.kubeconfig"
        self._kubeconfig.write_text(json.dumps(config))
        self._program = program
        self._folder = folder

    def manifest(self, body: dict[str, Any]) -> str:
        """Write a manifest; gives its path."""
        path = self._folder / f"{body['kind']}.json"
        path.write_text(json.dumps(body))
        return str(path)

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        """Start a command."""
        return await asyncio.create_subprocess_exec(
            self._program,
            f"--kubeconfig={self._kubeconfig}",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # Discovery is cached under HOME, by address; another test's server may have had the same.
            env=os.environ | {"HOME": str(self._folder)},
        )

    async def run(self, *arguments: str) -> tuple[int | None, str]:
        """Run a command; gives its exit status and what it printed."""
        process = await self.start(*arguments)
        output, _ = await asyncio.wait_for(process.communicate(), WITHIN_S)
        return process.returncode, output.decode()


@pytest.fixture(params=KUBECTLS or [None])
async def kubectl(request: pytest.FixtureRequest, cluster: Cluster, namespace: str, tmp_path: Path) -> Kubectl:
    """Give a kubectl on a server with the Resident CRD."""
    if request.param is None:
        pytest.fail("neither KUBEBUILDER_ASSETS nor KUBECTL leads to a kubectl", pytrace=False)
    await cluster.install(RESIDENT)
    return Kubectl(request.param, cluster, namespace, tmp_path)


@dataclass(frozen=True)
class Line:
    """A command, patterns that its output must match, its exit status, and the manifest that it is given with -f."""

    command: str
    patterns: tuple[str, ...] = ()
    status: int = 0
    manifest: dict[str, Any] | None = None


def line(command: str, *patterns: str, status: int = 0, manifest: dict[str, Any] | None = None) -> Line:
    """Give a line of a session."""
    return Line(command, patterns, status, manifest)


BLUE = resident("blue")
APPLY_BLUE = line("apply", "resident.example.com/blue created", manifest=BLUE)
SESSIONS = {
    "apply a custom resource": [
        APPLY_BLUE,
        line("apply", "resident.example.com/blue unchanged", manifest=BLUE),
        line("apply", "resident.example.com/blue configured", manifest=resident("blue", owner="eve")),
        line("get resident blue -o json", '"owner": "eve"', '"tier": "silver"', '"generation": 2'),
        line("apply", "spec.tier", status=1, manifest=resident("blue", tier="tin")),
    ],
    "apply a ConfigMap": [
        line("apply", "configmap/conf created", manifest=configmap("conf")),
        line("apply", "configmap/conf configured", manifest=configmap("conf", b="2")),
        line("get configmap conf -o yaml", r"^data:\n  b: \"2\"$"),
        line("get cm conf", r"^NAME +DATA +AGE\nconf +1 +\d+s$"),
    ],
    "get": [
        line("get residents", r"^No resources found in [\w-]+ namespace\.$"),
        APPLY_BLUE,
        line("get residents", r"^NAME +OWNER +PHASE +READY +AGE\nblue +ann +\d+s$"),
        line("get residents -o wide", r"^NAME +OWNER +PHASE +READY +REPLICAS +AGE$"),
        line("get residents blue -o yaml", r"^kind: Resident$", r"^  owner: ann$"),
        line("get residents.v1.example.com blue -o name", r"^resident\.example\.com/blue$"),
        line("get residents -l x=y", "No resources found"),
        line("get residents --field-selector=metadata.name=blue -o jsonpath={.items[*].spec.owner}", "^ann$"),
        line(
            "get resident green", r'Error from server \(NotFound\): residents\.example\.com "green" not found', status=1
        ),
    ],
    "patch": [
        APPLY_BLUE,
        line('patch resident blue --type merge -p {"spec":{"tier":"gold"}}', "resident.example.com/blue patched"),
        line('patch resident blue --type merge -p {"spec":{"tier":"gold"}}', r"blue patched \(no change\)"),
        line('patch resident blue --type json -p [{"op":"remove","path":"/spec/tier"}]', "blue patched"),
        line("get resident blue -o jsonpath={.spec.tier}", "^silver$"),
        line('patch resident blue -p {"spec":{"tier":"gold"}}', "(?i)unsupportedmediatype|not supported", status=1),
        line("apply", manifest=configmap("conf")),
        line('patch configmap conf -p {"data":{"b":"2"}}', "configmap/conf patched"),
        line("get configmap conf -o jsonpath={.data}", '"a":"1"', '"b":"2"'),
    ],
    "explain": [
        line("explain residents", r"KIND: +Resident", r"VERSION: +(example\.com/)?v1", "spec\t<Object>"),
        line("explain residents.spec", "What the resident shall be.", "owner\t<string>", r"databases\t<\[\]Object>"),
        line("explain resident.spec.owner", "Who answers for it."),
        line("explain configmap.data", r"FIELD: +data <map\[string\]string>"),
        line("explain residents.spec.nope", 'field "nope" does not exist', status=1),
    ],
    "describe, label and annotate": [
        APPLY_BLUE,
        line("label resident blue x=y", "blue labeled"),
        line("annotate resident blue note=text", "blue annotated?"),
        line("describe resident blue", r"Name: +blue", r"Labels: +x=y", r"Annotations: +note: text", r"Owner: +ann"),
        line("label resident blue x-", "blue (un)?labeled"),
        line("get resident blue --show-labels", "<none>"),
    ],
    "create": [
        line("create configmap made --from-literal=a=b", "configmap/made created"),
        line("create secret generic made --from-literal=a=b", "secret/made created"),
        line("get secret made -o jsonpath={.data.a}", "^Yg==$"),
        line("create serviceaccount made", "serviceaccount/made created"),
        line("create", "resident.example.com/blue created", manifest=BLUE),
        line("create", r"Error from server \(AlreadyExists\)", status=1, manifest=BLUE),
        line("replace", "resident.example.com/blue replaced", manifest=resident("blue", owner="eve")),
        line("delete resident blue", r'resident.example.com "blue" deleted'),
        line("delete configmap,secret --all", r'configmap "made" deleted', r'secret "made" deleted'),
    ],
    "discovery": [
        line("api-resources --api-group=example.com", r"residents +example\.com/v1 +true +Resident"),
        line("api-versions", r"^example\.com/v1$", r"^coordination\.k8s\.io/v1$"),
        line("get crd residents.example.com", r"^residents\.example\.com +20\d\d-"),
        line("wait --for=condition=Established crd/residents.example.com", "condition met"),
        line("get namespaces", r"^default +Active +\d+"),
        line("get events", "No resources found"),
        line("version", "Server Version:"),
    ],
}


@pytest.mark.parametrize("name", SESSIONS)
async def test_session(kubectl: Kubectl, name: str) -> None:
    """Each command of the session ends and prints as on a real cluster."""
    for step in SESSIONS[name]:
        arguments = step.command.split()
        if step.manifest is not None:
            arguments.append(f"--filename={kubectl.manifest(step.manifest)}")
        status, output = await kubectl.run(*arguments)
        assert step.status == status, f"{step.command}: {output}"
        for pattern in step.patterns:
            assert re.search(pattern, output.strip(), re.MULTILINE), f"{step.command}: no {pattern!r} in\n{output}"


async def test_watch_prints_each_change(kubectl: Kubectl, cluster: Cluster, namespace: str) -> None:
    """`get -w` prints the object and then a line for each change."""
    path = f"/apis/example.com/v1/namespaces/{namespace}/residents"
    (await cluster.post(path, resident("blue"))).ok  # noqa: B018
    process = await kubectl.start("get", "residents", "--watch")
    assert process.stdout is not None
    try:
        lines = [await asyncio.wait_for(process.stdout.readline(), WITHIN_S) for _ in range(2)]
        (await cluster.patch(f"{path}/blue/status", {"status": {"phase": "Active"}})).ok  # noqa: B018
        lines.append(await asyncio.wait_for(process.stdout.readline(), WITHIN_S))
    finally:
        process.kill()
        await process.wait()
    assert [b"NAME", b"blue", b"blue"] == [line.split()[0] for line in lines]
    assert b"Active" in lines[2].split()


async def test_delete_waits_for_finalizers(kubectl: Kubectl, cluster: Cluster, namespace: str) -> None:
    """`delete` ends when the last finalizer is gone, not before."""
    path = f"/apis/example.com/v1/namespaces/{namespace}/residents"
    body = resident("blue")
    body["metadata"]["finalizers"] = ["example.com/hold"]
    (await cluster.post(path, body)).ok  # noqa: B018
    deletion = asyncio.create_task(kubectl.run("delete", "resident", "blue"))
    await cluster.eventually(f"{path}/blue", lambda answer: "deletionTimestamp" in answer.body["metadata"])
    assert not deletion.done()
    (await cluster.patch(f"{path}/blue", {"metadata": {"finalizers": None}})).ok  # noqa: B018
    assert (0, 'resident.example.com "blue" deleted\n') == await deletion


async def test_wait_for_a_condition(kubectl: Kubectl, cluster: Cluster, namespace: str) -> None:
    """`wait --for=condition` ends when the condition is written."""
    path = f"/apis/example.com/v1/namespaces/{namespace}/residents"
    (await cluster.post(path, resident("blue"))).ok  # noqa: B018
    waiting = asyncio.create_task(kubectl.run("wait", "--for=condition=Ready", "resident/blue", "--timeout=15s"))
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    (await cluster.patch(f"{path}/blue/status", {"status": ready})).ok  # noqa: B018
    assert (0, "resident.example.com/blue condition met\n") == await waiting


async def test_namespaces_come_and_go(kubectl: Kubectl, namespace: str) -> None:
    """`create namespace` makes one, and `delete namespace` waits until it is gone."""
    name = f"{namespace}-x"
    assert (0, f"namespace/{name} created\n") == await kubectl.run("create", "namespace", name)
    assert (0, f'namespace "{name}" deleted\n') == await kubectl.run("delete", "namespace", name)
    status, _ = await kubectl.run("get", "namespace", name)
    assert status == 1
