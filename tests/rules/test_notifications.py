"""Who is told about alerts, as a real Alertmanager does it."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import yaml

from sloctl.model.alerting import AlertCondition, Alerting, AlertRequest, NotificationTarget
from sloctl.model.slo import Slo
from sloctl.rulegen import rule_groups
from sloctl.rulegen.routing import routing
from sloctl.specio.alertmanager import alertmanager_chunks
from sloctl.specio.rulefile import rule_file
from tests.rules.samples import slo
from tests.support.alertmanager import alertmanager, until, webhook
from tests.support.prometheus import find_program, prometheus

ON_CALL, TEAM = NotificationTarget("on-call", "pager", description="whoever\nis up"), NotificationTarget("team", "mail")
BURNS = AlertRequest("burns", AlertCondition("fast", "page", "gt", 10, 3600), (ON_CALL, TEAM), when_breaching=True)
BLIND = AlertRequest("blind", AlertCondition("fast", "page", "gt", 10, 3600), (TEAM,), when_no_data=True)


def config(*slos: Slo) -> str:
    """Write the configuration for the alerts of SLOs."""
    return "".join(alertmanager_chunks(routing(slos), "a test"))


def receivers(path: Path, **labels: str) -> list[str]:
    """Ask amtool who is told about an alert."""
    given = [f"{name}={value}" for name, value in labels.items()]
    command = [find_program("amtool"), "config", "routes", "test", f"--config.file={path}", *given]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().split(",")


def test_alerts_go_to_the_targets_of_their_requests(tmp_path: Path) -> None:
    """Each target of a request is told, of the SLOs that name it alone, and a default receiver of everything else."""
    asking = replace(slo(), name="a.b", alerting=Alerting(requests=(BURNS, BLIND)))
    path = tmp_path / "alertmanager.yml"
    path.write_text(config(asking, slo()))

    subprocess.run([find_program("amtool"), "check-config", path], capture_output=True, check=True)

    burn, blind = {"alertname": "SLOBurn"}, {"alertname": "SLONoData"}
    assert receivers(path, **burn, slo_id="service/a.b", slo_request="burns") == ["on-call", "team"]
    assert receivers(path, **blind, slo_id="service/a.b") == ["team"]
    assert receivers(path, **burn, slo_id="service/axb", slo_request="burns") == ["slo"]
    assert receivers(path, **burn, slo_id="service/s", slo_tier="page") == ["slo"]


@contextlib.contextmanager
def failing() -> Iterator[str]:
    """Serve a counter of requests that all fail, ten each second; gives its address."""
    started = time.monotonic()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            count = round(10 * (time.monotonic() - started))
            self.wfile.write(f'requests_total{{code="500"}} {count}\n'.encode())

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_one_incident_gives_one_notification(tmp_path: Path) -> None:
    """While everything fails, page and ticket fire both, and one notification goes out, which is the page."""
    (tmp_path / "slo.rules.yaml").write_text(rule_file(rule_groups(slo(), slice_s=1), "a test"))
    with webhook() as hook, failing() as target:
        whole: dict[str, Any] = yaml.safe_load(config(slo()))
        whole["route"] |= {"group_wait": "3s", "group_interval": "1s"}
        whole["receivers"][0]["webhook_configs"] = [{"url": hook.url}]
        (tmp_path / "alertmanager.yml").write_text(yaml.safe_dump(whole))
        with alertmanager(tmp_path / "alertmanager.yml", tmp_path) as manager:
            server = {
                "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
                "rule_files": [str(tmp_path / "slo.rules.yaml")],
                "scrape_configs": [{"job_name": "failing", "static_configs": [{"targets": [target]}]}],
                "alerting": {"alertmanagers": [{"static_configs": [{"targets": [manager.address]}]}]},
            }

            def states() -> dict[str, str]:
                return {alert["labels"]["slo_tier"]: alert["status"]["state"] for alert in manager.alerts()}

            with prometheus(yaml.safe_dump(server), tmp_path):
                until(lambda: hook.notifications, "a notification", seconds=60)
                until(lambda: states() == {"page": "active", "ticket": "suppressed"}, "both alerts")
                seen = time.monotonic()
                until(lambda: time.monotonic() > seen + 5, "some intervals of the group")

    (notification,) = hook.notifications
    assert [alert["labels"]["slo_tier"] for alert in notification["alerts"]] == ["page"]
    assert notification["alerts"][0]["annotations"]["runbook_url"] == "docs/runbook.md#sloburn"
