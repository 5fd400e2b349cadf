"""What `import sloctl` costs and shows."""

import subprocess
import sys

import pytest

import sloctl


def _modules_after(statement: str) -> set[str]:
    program = f"{statement}; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_importing_sloctl_loads_nothing_heavy() -> None:
    """An operator pays for a part of sloctl when it uses it."""
    loaded = _modules_after("import sloctl")
    assert {"prometheus_client", "opentelemetry", "sloctl.sdk", "asyncio"} & loaded == set()


def test_importing_sloctl_costs_next_to_nothing() -> None:
    """At most 15 ms of processor time; the least of several runs, so that a busy machine says nothing."""
    program = "import time; began = time.process_time(); import sloctl; print(time.process_time() - began)"
    runs = [
        float(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout)
        for _ in range(5)
    ]
    assert min(runs) < 0.015


def test_the_sdk_loads_neither_kopf_nor_the_sdk_of_opentelemetry() -> None:
    """Which framework and which exporter an operator uses is its own business."""
    loaded = _modules_after("import sloctl; sloctl.Instrumentation('operator')")
    assert "prometheus_client" in loaded
    assert {"kopf", "opentelemetry.sdk", "aiohttp", "yaml", "click"} & loaded == set()


def test_every_public_name_is_there_and_no_other_is_shown() -> None:
    """`__all__` is what dir() shows, and each name can be had."""
    assert sorted(sloctl.__all__) == dir(sloctl)
    for name in sloctl.__all__:
        assert getattr(sloctl, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A typo says what it would say on any module."""
    with pytest.raises(AttributeError, match="module 'sloctl' has no attribute 'Instrumentatoin'"):
        sloctl.Instrumentatoin  # noqa: B018 # the access is what fails
