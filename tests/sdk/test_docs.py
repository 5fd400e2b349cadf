"""The SDK's page says what is so."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

import sloctl
from tests.support.cluster import Cluster
from tests.support.control_plane import free_port

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/sdk.md").read_text()
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NAMED = re.compile(r"# (\w+\.py)\n")

CONFIGMAPS = "/api/v1/namespaces/default/configmaps"


def programs() -> dict[str, str]:
    """Give the blocks that are files of their own, by name."""
    blocks = [text for language, text in BLOCK.findall(PAGE) if language == "python"]
    return {found[1]: block for block in blocks if (found := NAMED.match(block))}


def session() -> list[tuple[str, str]]:
    """Give the other blocks, in order, each with what stands below it as its output."""
    blocks = BLOCK.findall(PAGE)
    following = [*blocks[1:], ("", "")]
    return [
        (block, below if kind == "text" else "")
        for (language, block), (kind, below) in zip(blocks, following, strict=True)
        if language == "python" and not NAMED.match(block)
    ]


def test_the_examples_print_what_stands_below_them() -> None:
    """A reader who types the page from top to bottom sees what it shows, and no warning."""
    mark = "-- end of a block --"
    program = f"\nprint({mark!r})\n".join(block for block, _ in session())

    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stderr
    assert done.stdout.split(f"{mark}\n") == [output for _, output in session()]


def test_what_is_refused_is_refused_in_these_words() -> None:
    """Each declaration of the table raises what stands beside it, with that hint."""
    rows = re.findall(r"^\| `(obs\.\w+\(\".+?)` \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
    assert len(rows) > 5
    obs = sloctl.Instrumentation("test", registry=CollectorRegistry())
    for declaration, problem, hint in rows:
        with pytest.raises(sloctl.DeclarationError) as refused:
            eval(declaration, {"obs": obs, "sloctl": sloctl})
        assert (str(refused.value), refused.value.hint) == (problem, hint)


def test_the_test_of_an_operator_passes(tmp_path: Path) -> None:
    """What the page shows as a test is one."""
    (tmp_path / "test_tenant.py").write_text(programs()["test_tenant.py"])

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_first_operator_is_short() -> None:
    """From nothing to a traced operator in at most 15 lines, as its heading says."""
    lines = [line for line in programs()["tenant.py"].splitlines() if line and not line.startswith("#")]
    assert len(lines) <= 15


async def test_the_first_operator_shows_a_trace_and_its_metrics(cluster: Cluster, tmp_path: Path) -> None:
    """The program runs as it stands; its scrape and its console have what the page says."""
    port = free_port()
    script, console = tmp_path / "tenant.py", tmp_path / "console"
    script.write_text(programs()["tenant.py"].replace("port=8080", f"port={port}"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "SLOCTL_"))}
    with console.open("wb") as output:
        operator = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "kopf", "run", str(script), "--all-namespaces"),
            env=environment | {"KUBECONFIG": str(cluster.kubeconfig)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        metadata = {"name": "acme", "labels": {"tier": "gold"}}
        (await cluster.post(CONFIGMAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})).ok  # noqa: B018
        async with asyncio.timeout(30):
            while (root := next((span for span in spans(console.read_text()) if not span["parent_id"]), None)) is None:
                assert operator.returncode is None, console.read_text()
                await asyncio.sleep(0.05)
        scrape = await asyncio.to_thread(lambda: urlopen(f"http://127.0.0.1:{port}/metrics").read().decode())
    finally:
        if operator.returncode is None:
            operator.terminate()
        await asyncio.wait_for(operator.wait(), 20)

    below = [span for span in spans(console.read_text()) if span["parent_id"] == root["context"]["span_id"]]
    assert tree(root, below) in [output for language, output in BLOCK.findall(PAGE) if language == "text"]
    samples = [sample for family in text_string_to_metric_families(scrape) for sample in family.samples]
    assert [
        sample.labels["result"]
        for sample in samples
        if sample.name == "controller_runtime_reconcile_total" and sample.value
    ] == ["success"]


def spans(console: str) -> list[dict[str, Any]]:
    """Read the spans that OpenTelemetry's console exporter printed between other lines."""
    return [json.loads(text) for text in re.findall(r"^\{\n.*?^\}$", console, re.DOTALL | re.MULTILINE)]


def tree(root: dict[str, Any], below: list[dict[str, Any]]) -> str:
    """Show a trace as the page does."""
    return "".join(f"{name}\n" for name in [root["name"], *(f"  {span['name']}" for span in below)])


def test_the_architectures_map_has_every_module() -> None:
    """Each module of the SDK, and each package of its hooks, has its place in the map, and nothing else has."""
    sdk = ROOT / "sloctl/sdk"
    modules = {path.stem for path in sdk.glob("*.py")} | {f"hooks/{path.stem}" for path in (sdk / "hooks").iterdir()}
    text = (ROOT / "docs/architecture.md").read_text().partition("| modules of `sloctl/sdk` |")[2].partition("\n\n")[0]
    named = [name for line in text.splitlines()[2:] for name in re.findall(r"`([a-z_/]+)`", line.split("|")[1])]
    hidden = {"__init__", "hooks/__init__", "hooks/__pycache__"}
    assert sorted(named) == sorted(modules - hidden)
