"""The versions of Prometheus that rules are written for."""

from pathlib import Path

import pytest

from tests.support.prometheus import find_program, find_prometheus_3


@pytest.fixture(params=["usual", "3"])
def program(request: pytest.FixtureRequest) -> Path:
    """Give the usual Prometheus, which is of version 2 in Debian, and the Prometheus 3."""
    return find_program("prometheus") if request.param == "usual" else find_prometheus_3()
