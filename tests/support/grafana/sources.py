"""Data sources of the fake Grafana: one that a real Prometheus is behind, and one for logs that is none."""

import json
import re
import time
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

from tests.support.grafana.state import Answer, FakeGrafana, Json, Route

_BUILT_IN = {"__rate_interval": "4m", "__interval": "1m", "__range": "3h"}


def data_sources(grafana: FakeGrafana, **_: Any) -> Answer:
    """List them: the default is no Prometheus."""
    found = [
        {"uid": "logs-1", "name": "logs", "type": "loki", "isDefault": True},
        {"uid": "metrics-1", "name": "metrics", "type": "prometheus", "isDefault": False},
    ]
    return grafana.needs("datasources:read") or (200, found if grafana.prometheus else found[:1])


def label_values(grafana: FakeGrafana, uid: str, label: str, *, query: dict[str, str], **_: Any) -> Answer:
    """Pass a question on to Prometheus."""
    status, said = _ask(grafana, f"label/{label}/values", **query)
    return grafana.needs("datasources:query") or (status, said)


def run_queries(grafana: FakeGrafana, *, body: Any, **_: Any) -> Answer:
    """Run the queries of a panel."""
    refused = grafana.needs("datasources:query")
    if refused:
        return refused
    if any(query["datasource"]["uid"] != "metrics-1" for query in body["queries"]):
        return 404, {"message": "Data source not found"}
    results = {query["refId"]: _run(grafana, query) for query in body["queries"]}
    return 400 if any("error" in each for each in results.values()) else 200, {"results": results}


def _run(grafana: FakeGrafana, query: Json) -> Json:
    expr = re.sub(r"\$\{?(__\w+)\}?", lambda match: _BUILT_IN[match[1]], query["expr"])
    now = time.time()
    if query["instant"]:
        status, said = _ask(grafana, "query", query=expr, time=now)
    else:
        status, said = _ask(grafana, "query_range", query=expr, start=now - 3600, end=now, step=60)
    if status != 200:
        return {"status": 400, "error": said["error"], "errorSource": "downstream"}
    frames = []
    for row in said["data"]["result"]:
        pairs = row["values"] if "values" in row else [row["value"]]
        frames.append({"schema": {}, "data": {"values": [[at * 1000 for at, _ in pairs], [v for _, v in pairs]]}})
    return {"status": 200, "frames": frames or [{"schema": {}, "data": {"values": []}}]}


def _ask(grafana: FakeGrafana, path: str, **parameters: Any) -> Answer:
    try:
        with urlopen(f"{grafana.prometheus}/api/v1/{path}?{urlencode(parameters)}", timeout=30) as response:
            return 200, json.load(response)
    except HTTPError as error:
        return error.code, json.load(error)


ROUTES: list[Route] = [
    ("GET", r"/api/datasources", data_sources),
    ("GET", r"/api/datasources/uid/([^/]+)/resources/api/v1/label/([^/]+)/values", label_values),
    ("POST", r"/api/ds/query", run_queries),
]
