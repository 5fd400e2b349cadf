"""Runs `sloctl push dashboards` against the fake Grafana."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sloctl.cli import run
from tests.support.grafana.state import FakeGrafana

SECRETS = ("t0ken", "passw0rd")
BOARD = {"uid": "a", "title": "A", "description": "What.", "tags": ["mine"], "panels": [{"id": 1, "type": "text"}]}


@dataclass
class Done:
    """What a run of the command came to."""

    code: int
    out: str
    err: str

    @property
    def changes(self) -> dict[str, str]:
        """Give what became of each dashboard, by its uid."""
        lines = [line for line in self.err.splitlines() if line.endswith(")") and "  " in line.strip()]
        return {line.rpartition("(")[2].rstrip(")"): line.strip().partition("  ")[0] for line in lines}


@dataclass
class Pusher:
    """Runs the command on dashboards of its own."""

    grafana: FakeGrafana
    folder: Path
    capsys: pytest.CaptureFixture[str]

    def write(self, uid: str, **changes: Any) -> None:
        """Write a dashboard's file."""
        board = {**BOARD, "uid": uid, "title": uid.upper(), **changes}
        (self.folder / f"{uid}.json").write_text(json.dumps(board))

    def only(self, *uids: str) -> None:
        """Write these dashboards' files, and no others."""
        for file in self.folder.iterdir():
            file.unlink()
        for uid in uids:
            self.write(uid)

    def __call__(self, *args: str) -> Done:
        """Push all of them."""
        code = run(["push", "dashboards", str(self.folder), "--url", self.grafana.url, *args])
        said = self.capsys.readouterr()
        assert not any(secret in said.out + said.err for secret in SECRETS)
        return Done(code, said.out, said.err)


def pusher(
    grafana: FakeGrafana, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Pusher:
    """Give the command, with two dashboards, nobody's credentials, and little patience."""
    for name in ("SLOCTL_TOKEN", "SLOCTL_USER", "SLOCTL_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sloctl.clients.api._LONGEST_PAUSE_S", 0.01)
    found = Pusher(grafana, tmp_path / "boards", capsys)
    found.folder.mkdir()
    found.only("a", "b")
    return found
