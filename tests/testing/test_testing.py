"""What operator authors use in their own tests."""

import asyncio
import subprocess
import sys
from pathlib import Path

import kopf
import pytest

import sloctl
from sloctl.model.errors import UsageError
from sloctl.testing import Telemetry, assert_sample, capture, fresh, sample

OPERATOR = """
import kopf, sloctl

obs = sloctl.Instrumentation("shop")
SOLD = obs.counter("books_sold", "Books sold.")

@obs.reconcile("book")
async def reconcile(body, **_):
    if "price" not in body["spec"]:
        raise kopf.PermanentError("no price")
    SOLD.inc()
"""

TESTS = """
import asyncio, pytest, kopf, operator_code
from sloctl.testing import assert_sample, sample

def test_in_the_same_registry(captured):
    before = sample(operator_code.obs, "books_sold_total")
    asyncio.run(operator_code.reconcile(body={"metadata": {"name": "a"}, "spec": {"price": 5}}))
    assert_sample(operator_code.obs, "books_sold_total", before + 1)
    with pytest.raises(kopf.PermanentError):
        asyncio.run(operator_code.reconcile(body={"metadata": {"name": "a"}, "spec": {}}))
    found = [(done.controller, done.outcome, done.error) for done in captured.reconciles]
    assert found == [("book", "success", None), ("book", "terminal", "PermanentError: no price")]

def test_each_capture_begins_empty(captured):
    assert captured.reconciles == []

def test_fresh(obs, telemetry):
    assert telemetry.obs is obs
    obs.reconcile("book")(lambda: None)()
    assert len(telemetry.reconciles) == 1

def test_difference(obs):
    obs.counter("jobs", "Jobs.").inc()
    assert_sample(obs, "jobs_total", 2)
"""


def test_instrumentations_share_nothing() -> None:
    """Each has a registry and spans of its own."""
    one, other = fresh(), fresh()
    one.obs.counter("jobs", "Jobs.").inc()
    one.obs.reconcile("tenant")(lambda: None)()
    assert_sample(one.obs, "jobs_total", 1)
    assert_sample(other.obs, "jobs_total", None)
    assert (1, 0) == (len(one.spans), len(other.spans))


def test_reconciles_are_recorded(telemetry: Telemetry, obs: sloctl.Instrumentation) -> None:
    """Each that has ended: its controller, what came of it, how long it took, and what it raised."""

    @obs.reconcile("tenant")
    async def reconcile(error: BaseException | None) -> None:
        await asyncio.sleep(0.01)
        if error is not None:
            raise error

    errors = [None, kopf.TemporaryError("later", delay=5), ValueError("no tier"), KeyError(), asyncio.CancelledError()]
    for error in errors:
        if error is None:
            asyncio.run(reconcile(error))
        else:
            with pytest.raises(type(error)):
                asyncio.run(reconcile(error))
    found = [(done.controller, done.outcome, done.error) for done in telemetry.reconciles]
    assert [
        ("tenant", "success", None),
        ("tenant", "requeue_after", "TemporaryError: later"),
        ("tenant", "error", "ValueError: no tier"),
        ("tenant", "error", "KeyError"),
        ("tenant", "cancelled", "CancelledError"),
    ] == found
    assert all(0.01 <= done.duration_s < 5 for done in telemetry.reconciles)


def test_options_reach_the_instrumentation() -> None:
    """Whatever an operator's own would be made with."""
    telemetry = fresh(redact=True)
    telemetry.obs.reconcile("tenant")(lambda body: None)({"kind": "Tenant", "metadata": {"name": "acme"}})
    assert "acme" not in str(telemetry.span("reconcile Tenant").attributes)


def test_a_span_is_found_by_its_name(telemetry: Telemetry, obs: sloctl.Instrumentation) -> None:
    """One that is not there, or not alone, is said with those that are."""
    for controller in ("tenant", "tenant", "database"):
        obs.reconcile(controller)(lambda: None)()
    assert telemetry.span("reconcile database").name == "reconcile database"
    assert len(telemetry.spans_named("reconcile tenant")) == 2
    with pytest.raises(AssertionError, match="2 spans are named 'reconcile tenant'"):
        telemetry.span("reconcile tenant")
    with pytest.raises(
        AssertionError, match="0 spans are named 'reconcile'; those that have ended: 'reconcile tenant'"
    ):
        telemetry.span("reconcile")
    telemetry.clear()
    assert telemetry.spans == ()


@pytest.fixture
def jobs(obs: sloctl.Instrumentation) -> sloctl.Instrumentation:
    """Give an operator with a counter that has counted."""
    labels = {"tier": sloctl.Enum("gold", "silver"), "kind": sloctl.Enum("big", "small")}
    obs.counter("jobs", "Jobs.", labels=labels).labels(tier="gold", kind="big").inc(2)
    return obs


def test_a_value_that_is_right_passes(jobs: sloctl.Instrumentation) -> None:
    """Numbers, what is about a number, and the absence of a series."""
    assert_sample(jobs, "jobs_total", 2, tier="gold", kind="big")
    assert_sample(jobs, "jobs_total", pytest.approx(2.0001, abs=0.01), kind="big", tier="gold")
    assert_sample(jobs, "jobs_total", 0, tier="silver", kind="big")
    assert_sample(jobs, "jobs_total", None, tier="bronze", kind="big")
    assert sample(jobs, "jobs_total", tier="gold", kind="big") == 2


@pytest.mark.parametrize(
    ("name", "value", "labels", "message"),
    [
        ("jobs_total", 3, {"tier": "gold", "kind": "big"}, 'jobs_total{tier="gold",kind="big"} is 2.0, not 3'),
        ("jobs_total", None, {"tier": "gold", "kind": "big"}, 'jobs_total{tier="gold",kind="big"} is 2.0, not None'),
        (
            "jobs_total",
            1,
            {"tier": "silver"},
            """there is no jobs_total{tier="silver"}, which should be 1
of that name there are:
  jobs_total{tier="silver",kind="big"} 0.0
  jobs_total{tier="silver",kind="small"} 0.0
""",
        ),
        ("jobs", 1, {}, "there is no jobs, which should be 1\nno metric has that name; near it: jobs_total"),
        ("job_total", 1, {}, "no metric has that name; near it: jobs_total"),
        ("zzz", 1, {}, "no metric has that name; near it: none"),
    ],
)
def test_a_difference_is_explained(
    jobs: sloctl.Instrumentation, name: str, value: object, labels: dict[str, str], message: str
) -> None:
    """With what was found instead, the nearest first."""
    with pytest.raises(AssertionError) as failed:
        assert_sample(jobs, name, value, **labels)
    assert message in str(failed.value)


def test_many_series_are_not_all_listed(obs: sloctl.Instrumentation) -> None:
    """A message stays readable."""
    obs.counter("jobs", "Jobs.", labels={"kind": sloctl.Enum(*(f"k{n}" for n in range(30)))})
    with pytest.raises(AssertionError, match="and 20 more"):
        assert_sample(obs, "jobs_total", 1)


def test_a_plugin_brings_the_fixtures(tmp_path: Path) -> None:
    """In an operator's own tests: captured for one that is a module, fresh for one that takes its instrumentation."""
    (tmp_path / "operator_code.py").write_text(OPERATOR)
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["sloctl.testing"]')
    (tmp_path / "test_operator.py").write_text(TESTS)

    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-W",
            "error",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:asyncio",
            "--rootdir",
            ".",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=60,
    )

    assert "1 failed, 3 passed" in done.stdout, done.stdout + done.stderr
    assert "E       AssertionError: jobs_total is 1.0, not 2" in done.stdout
    assert "in assert_sample" not in done.stdout


def test_no_fixture_is_there_uninvited() -> None:
    """Who installs sloctl finds no fixture in their tests that they have not asked for."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--fixtures", "-q", "-p", "no:cacheprovider", "--rootdir", "/", "/dev/null"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "sloctl" not in done.stdout


@pytest.mark.parametrize("package", ["pytest", "opentelemetry.sdk"])
def test_a_missing_extra_is_explained(package: str) -> None:
    """What the tests need is not part of what an operator installs."""
    program = f"import sys; sys.modules[{package!r}] = None\nimport sloctl, sloctl.sdk\nimport sloctl.testing"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)

    told, hint = done.stderr.splitlines()[-2:]
    assert "MissingExtraError: the package" in told
    assert package in told
    assert hint == 'pip install "sloctl[testing]"'


def test_a_provider_that_cannot_be_asked_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no SDK does not say what it records."""
    from opentelemetry import trace

    monkeypatch.setattr(trace, "_TRACER_PROVIDER", trace.NoOpTracerProvider())
    with pytest.raises(UsageError, match="NoOpTracerProvider"), capture():
        pass
