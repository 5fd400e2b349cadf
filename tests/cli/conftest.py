"""`sloctl push dashboards`, and the Grafana that it pushes to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.grafana import NEW, OLD, FakeGrafana, fake_grafana
from tests.support.grafana.pusher import Pusher, pusher


@pytest.fixture(params=[NEW, OLD], ids=["new", "old"])
def grafana(request: pytest.FixtureRequest) -> Iterator[FakeGrafana]:
    """Run a fake Grafana with the newer API, and one without."""
    with fake_grafana(versions=request.param) as grafana:
        yield grafana


@pytest.fixture
def push(
    grafana: FakeGrafana, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Pusher:
    """Give the command."""
    return pusher(grafana, tmp_path, capsys, monkeypatch)
