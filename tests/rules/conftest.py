"""The versions of Prometheus that rules are written for."""

import os
import shutil
from pathlib import Path

import pytest

from tests.support.prometheus import find_program


@pytest.fixture(params=["usual", "3"])
def program(request: pytest.FixtureRequest) -> Path:
    """Give the usual Prometheus, which is of version 2 in Debian, and the Prometheus 3 in the folder PROMETHEUS_3."""
    if request.param == "usual":
        return find_program("prometheus")
    if "PROMETHEUS_3" not in os.environ and "CI" not in os.environ:
        pytest.skip("PROMETHEUS_3 names no folder with a Prometheus 3")
    found = shutil.which("prometheus", path=os.environ.get("PROMETHEUS_3", ""))
    assert found, "PROMETHEUS_3 names no folder with a Prometheus 3"
    return Path(found)
