"""The tests of this folder, on the oldest kopf that the instrumentor declares."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import sloctl

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def _oldest() -> str:
    (kopf,) = (Requirement(each) for each in sloctl.KopfInstrumentor().instrumentation_dependencies())
    (bound,) = (each.version for each in kopf.specifier if each.operator == ">=")
    return bound


def _installed(version: str) -> Path:
    """Install that kopf, and it alone, into a folder of its own; once."""
    folder = ROOT / ".cache" / f"kopf-{version}"
    if not folder.exists():
        making = folder.with_name(f"{folder.name}.{os.getpid()}")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run(
            [*command, "--target", str(making), f"kopf=={version}"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"kopf {version} cannot be installed; is a package index reachable?\n{done.stderr}"
        making.rename(folder)
    return folder


@pytest.mark.timeout(300)
def test_everything_holds_on_the_oldest_kopf() -> None:
    """The same tests pass on the lowest version that the instrumentor declares, beside current libraries."""
    version = _oldest()
    environment = os.environ | {"PYTHONPATH": str(_installed(version))}
    asked = "from importlib.metadata import version; import warnings; print(version('kopf'))"
    found = subprocess.run(
        [sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()
    assert f"{found}.".startswith(f"{version}.")
    moved = "ignore:pythonjsonlogger.jsonlogger has been moved:DeprecationWarning"  # kopf's import, not ours
    tests = [str(HERE), f"--ignore={__file__}", "-q", "-p", "no:cacheprovider", "-n", "2", "-W", moved]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *tests], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-10_000:]
