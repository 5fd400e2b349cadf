"""SLOs that come from packs and from operators' code, wherever specs are taken."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sloctl.app.packs import PACKS
from sloctl.app.specs import read_specs
from sloctl.model.slo import Slo
from sloctl.promql.tree import Selector
from sloctl.sdk import families
from tests.support.prometheus import REPOSITORY, promtool

Run = Callable[..., "subprocess.CompletedProcess[str]"]
PACK = ["pack:operator", "--set", "job=my-operator"]
OPERATOR = """
import sloctl
obs = sloctl.Instrumentation("shop")

@obs.reconcile("book", slos=[sloctl.Availability(0.999), sloctl.Convergence(0.95, threshold_s=600)])
def reconcile(body): ...
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run sloctl in a folder with an operator of its own."""
    (tmp_path / "shop.py").write_text(OPERATOR)

    def run(*args: str | Path, cwd: Path = tmp_path) -> "subprocess.CompletedProcess[str]":
        code = "from sloctl.__main__ import main; import sys; sys.exit(main(sys.argv[1:]))"
        command = [sys.executable, "-c", code, *args]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=os.environ, timeout=60)

    return run


def selectors(slo: Slo) -> set[str]:
    """Give what an SLO reads."""
    indicator = slo.indicator
    return {str(Selector(c.metric, c.matchers)) for c in (indicator.total, indicator.part)}  # type: ignore[union-attr]


def test_a_pack_becomes_rules(run: Run, tmp_path: Path) -> None:
    """Its rules load, and their file is named after the pack."""
    done = run("generate", "rules", *PACK, "-o", "rules")

    assert done.returncode == 0, done.stderr
    promtool("check", "rules", tmp_path / "rules/operator.rules.yaml")


def test_a_pack_reads_nothing_but_the_families_of_controllers() -> None:
    """All that it reads is recorded by the SDK under these names, and by controller-runtime."""
    known = {family.name for family in families.BUILTIN}

    slos = read_specs([Path("pack:operator")], values={"job": "j"}).slos

    assert [slo.name for slo in slos] == ["availability", "latency", "convergence", "queue-wait", "api-client"]
    metrics = {text.partition("{")[0] for slo in slos for text in selectors(slo)}
    assert {metric.removesuffix("_bucket").removesuffix("_count") for metric in metrics} <= known
    assert all('job="j"' in text for slo in slos for text in selectors(slo))


def test_what_is_set_of_a_pack_is_what_its_slos_say() -> None:
    """Objectives, thresholds and the service change; what is off is left out; values are escaped in queries."""
    values = {
        "job": 'a"b\\',
        "service": "shop",
        "availability": "0.999",
        "latency_seconds": "2.5",
        "convergence_seconds": "600",
        "queue_wait": "off",
        "api_client": "off",
    }

    slos = {slo.id: slo for slo in read_specs([Path("pack:operator")], values=values).slos}

    assert list(slos) == ["shop/availability", "shop/latency", "shop/convergence"]
    assert slos["shop/availability"].objective_ratio == 0.999
    assert selectors(slos["shop/latency"]) == {
        'controller_runtime_reconcile_time_seconds_count{job="a\\"b\\\\"}',
        'controller_runtime_reconcile_time_seconds_bucket{job="a\\"b\\\\", le="2.5"}',
    }
    assert 'le=~"600|600\\\\.0"' in "".join(selectors(slos["shop/convergence"]))


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["pack:operator"], "pack:operator needs job"),
        (["pack:operator", "--set", "job="], "pack:operator needs job"),
        (["pack:nosuch"], "there is no pack 'nosuch'"),
        ([*PACK, "--set", "latncy=0.9"], "did you mean latency?"),
        ([*PACK, "--set", "latency"], "'latency' has no value"),
        ([*PACK, "--set", "latency=99"], "latency is a share between 0 and 1, not 99"),
        ([*PACK, "--set", "latency=nan"], "latency is a share between 0 and 1, not nan"),
        ([*PACK, "--set", "latency=high"], "latency is a number, not 'high'"),
        ([*PACK, "--set", "latency_seconds=1.1"], "has no bucket bound at 1.1 s"),
        (["slos.yaml", "--set", "job=a"], "--set is for pack:NAME and module:NAME"),
        (["module:nosuch"], "no module named nosuch"),
        (["module:json"], "json has no Instrumentation"),
        (["module:shop", "module:twin"], "there are two SLOs shop/book-availability, in module:shop and module:twin"),
        (["module:bare"], "module:bare declares no SLO"),
    ],
)
def test_what_cannot_stand_is_one_clear_message(run: Run, tmp_path: Path, args: list[str], message: str) -> None:
    """Exit code 2, the reason and what to do, and no traceback."""
    (tmp_path / "slos.yaml").write_text((REPOSITORY / "rules/slos/operator.yaml").read_text())
    (tmp_path / "twin.py").write_text(OPERATOR)
    (tmp_path / "bare.py").write_text('import sloctl\nobs = sloctl.Instrumentation("bare")\n')

    done = run("generate", "rules", *args)

    assert (2, "") == (done.returncode, done.stdout)
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_slos_of_code_become_rules(run: Run, tmp_path: Path) -> None:
    """The objective is the code's, the series are the controller's, and --set job narrows them down."""
    done = run("generate", "openslo", "module:shop", "--set", "job=books")

    assert done.returncode == 0, done.stderr
    assert 'sum(controller_runtime_reconcile_errors_total{job="books", controller="book"})' in done.stdout
    assert "target: 0.999" in done.stdout
    rules = run("generate", "rules", "module:shop", "-o", "shop.rules.yaml")
    assert rules.returncode == 0, rules.stderr
    promtool("check", "rules", tmp_path / "shop.rules.yaml")


@pytest.mark.parametrize(
    ("source", "folder"), [("module:examples.tenant_operator", "."), ("module:tenant_operator", "examples")]
)
def test_the_example_declares_its_slos(run: Run, source: str, folder: str) -> None:
    """From the repository and from the operator's own folder it is the same package, with the same SLOs."""
    done = run("generate", "rules", source, "--json", cwd=REPOSITORY / folder)

    assert done.returncode == 0, done.stdout
    (file,) = json.loads(done.stdout)["files"]
    kinds = ("availability", "latency", "convergence")
    assert [f"tenant-operator/tenant-{kind}" for kind in kinds] == file["slos"]


@pytest.mark.parametrize("command", [["lint"], ["simulate", "--months", "1"], ["generate", "openslo"]])
def test_every_command_that_takes_specs_takes_packs(run: Run, command: list[str]) -> None:
    """A pack stands wherever a file does."""
    done = run(*command, *PACK)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_parameter_is_documented() -> None:
    """docs/packs.md has a row for each, with its default."""
    page = (REPOSITORY / "docs/packs.md").read_text()

    for each in PACKS["operator"]:
        assert f"| `{each.name}` | {f'`{each.default}`' if each.default else ''} |".replace("|  |", "| |") in page
