"""Tests that need programs are left out with a reason, but not where that would go unseen."""

import os
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.board.browser import find_chromium
from tests.support.grafana_check import tool
from tests.support.prometheus import REPOSITORY, find_prometheus_3

FINDERS = [
    pytest.param(find_chromium, "apt-get install chromium", id="chromium"),
    pytest.param(find_prometheus_3, "set PROMETHEUS_3 to a folder with prometheus", id="prometheus"),
    pytest.param(partial(find_prometheus_3, "promtool"), "version 3: no promtool", id="promtool"),
    pytest.param(partial(tool, "render"), "set GRAFANA_CHECK to the folder that holds render", id="grafana"),
]


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Find nothing on this machine."""
    for name in ("CI", "CHROMIUM", "PROMETHEUS_3", "GRAFANA_CHECK", "KUBEBUILDER_ASSETS", "KUBECTL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)


@pytest.mark.parametrize(("find", "said"), FINDERS)
def test_without_a_program_tests_are_skipped(find: Callable[[], object], said: str) -> None:
    """The reason says what to install."""
    with pytest.raises(pytest.skip.Exception, match=said):
        find()


@pytest.mark.parametrize("ci", ["true", "1"])
@pytest.mark.parametrize(("find", "said"), FINDERS)
def test_without_a_program_ci_fails(
    find: Callable[[], object], said: str, ci: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There, no tier may be left out, however CI says that it is one."""
    monkeypatch.setenv("CI", ci)

    with pytest.raises(pytest.fail.Exception, match=said):
        find()


def run_ci(folder: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run what CI runs in a checkout with nothing beside it, with a `make` that only says what it is asked for."""
    (folder / ".ci").mkdir()
    (folder / "make").write_text('#!/bin/sh\necho "make $* with CI=$CI"\n')
    (folder / "make").chmod(0o755)
    script = shutil.copy(REPOSITORY / ".ci/run", folder / ".ci/run")
    path = f"{folder}:{os.environ['PATH']}"
    return subprocess.run(
        [script], env=os.environ | {"PATH": path} | env, capture_output=True, text=True, check=True, timeout=30
    )


def test_ci_runs_every_tier(tmp_path: Path) -> None:
    """Each runs as in CI, which is what makes a missing program a failure."""
    tiers = [f"make {tier} with CI=true" for tier in ("test", "long", "e2e")]

    assert run_ci(tmp_path, KUBEBUILDER_ASSETS="/assets").stdout.splitlines() == tiers


def test_ci_needs_no_control_plane_to_draw(tmp_path: Path) -> None:
    """Where none can be had, its tests alone are left out, in a line that says what to set; CI keeps its own value."""
    *tiers, left_out = run_ci(tmp_path, CI="1").stdout.splitlines()

    assert tiers == ["make test with CI=1", "make long with CI=1"]
    assert left_out.startswith("make e2e is left out: KUBEBUILDER_ASSETS is not set")
