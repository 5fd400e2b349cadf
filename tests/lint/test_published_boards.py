"""The faults of published dashboards, in dashboards of their kinds."""

import json
from pathlib import Path
from typing import Any

import pytest

from sloctl.app.lint import lint
from sloctl.model.findings import Finding

Json = dict[str, Any]
QUANTILE = 'histogram_quantile(0.%s, sum(rate(workqueue_queue_duration_seconds_bucket{job="$job"}[5m])) by (le, name))'


def panel(title: str, *exprs: str, kind: str = "timeseries", unit: str = "", **more: object) -> Json:
    """Make a panel as those dashboards have it: without a description or letters for its queries."""
    targets = [{"expr": expr} for expr in exprs]
    defaults = {"unit": unit} if unit else {}
    made = {"type": kind, "title": title, "targets": targets, "fieldConfig": {"defaults": defaults}}
    return made | {"datasource": "${DS_PROMETHEUS}"} | more


KUBEBUILDER: Json = {
    "__inputs": [{"name": "DS_PROMETHEUS", "type": "datasource"}],
    "title": "Controller-Runtime-Metrics",
    "templating": {
        "list": [
            {"name": "job", "type": "query", "query": "label_values(controller_runtime_reconcile_total, job)"},
            {"name": "pod", "type": "query", "query": 'label_values(up{job="$job"}, pod)', "multi": True, "refresh": 2},
        ]
    },
    "panels": [
        panel(
            "Reconciliation count per controller",
            'sum(rate(controller_runtime_reconcile_total{job="$job", pod="$pod"}[5m])) by (instance, pod)',
            unit="cpm",
        ),
        panel(
            "Errors", 'sum(rate(controller_runtime_reconcile_errors_total{job="$job"}[5m])) by (pod)', unit="counts/min"
        ),
        panel("Unfinished work", 'rate(workqueue_unfinished_work_seconds{job="$job"}[5m])', unit="s"),
        panel("Queue depth", 'workqueue_depth{job="$job"}', kind="gauge", unit="short"),
        panel(
            "Time in queue",
            *(QUANTILE % each for each in ("50", "90", "99")),
            unit="s",
            fieldConfig={"defaults": {"unit": "s", "custom": {"stacking": {"mode": "normal"}}}},
        ),
        panel("Custom histogram", "histogram_quantile(0.9, sum(rate(my_seconds_bucket[5m])) by (instance))", unit="s"),
    ],
}
KUBEBUILDER["panels"][0]["targets"][0]["legendFormat"] = "{{controller}}"

PYRRA: Json = {
    "title": "Pyrra - Detail",
    "uid": "pyrra-detail",
    "schemaVersion": 39,
    "panels": [
        panel("Rate", 'sum(pyrra_requests:rate5m{slo="$slo"}[5m])', unit="reqps"),
        panel(
            "Availability", "1 - sum(pyrra_errors_total) / sum(pyrra_requests_total)", kind="stat", unit="percentunit"
        ),
        panel(
            "Objectives",
            "pyrra_objective",
            kind="table",
            unit="percentunit",
            fieldConfig={
                "defaults": {"links": [{"title": "Detail", "url": "/d/pyrra-detail?var-slo=${__data.fields.slo}"}]}
            },
        ),
    ],
}

SLOTH: Json = {
    "title": "SLO / Detail",
    "uid": "slo-detail",
    "editable": True,
    "schemaVersion": 18,
    "links": [{"title": "SLOs", "type": "dashboards", "tags": ["slo"], "keepTime": False, "includeVars": True}],
    "panels": [
        panel("Remaining error budget", 'slo:period_error_budget_remaining:ratio{sloth_slo="$slo"}', kind="singlestat"),
        panel(
            "SLI",
            'slo:sli_error:ratio_rate5m{sloth_slo="$slo"}',
            kind="graph",
            gridPos={"x": 0, "y": 0, "w": 30, "h": 8},
        ),
        panel(
            "Current error ratio",
            "sum(rate(errors_total[5m])) / sum(rate(requests_total[5m]))",
            kind="stat",
            unit="percentunit",
            gridPos={"x": 0, "y": 4, "w": 4, "h": 4},
        ),
    ],
}

FLUX: Json = {
    "title": "Flux Control Plane",
    "uid": "flux-control-plane",
    "schemaVersion": 36,
    "templating": {"list": [{"name": "DS_PROMETHEUS", "type": "datasource", "query": "prometheus"}]},
    "panels": [
        panel(
            "", 'sum(container_memory_working_set_bytes{namespace="flux-system", pod=~"kustomize-.+"})', unit="decbits"
        ),
        panel("Reconciliations", 'sum(rate(reconcile_seconds_count{controller="kustomization"}[1m]))', unit="opm"),
        panel("Kubernetes API", "topk(10, rate(rest_client_requests_total[1m]))", kind="flant-statusmap-panel"),
    ],
}

EXPECTED: dict[str, tuple[Json, dict[str, str]]] = {
    "kubebuilder": (
        KUBEBUILDER,
        {
            "dashboard-uid": "",
            "dashboard-schema": "",
            "dropped-le": "Custom histogram",
            "no-value": "Queue depth",
            "panel-ids": "Queue depth",
            "panel-overlap": "Queue depth",
            "panel-title-description-rule": "Queue depth",
            "rate-on-gauge": "Unfinished work",
            "stacked-quantiles": "Time in queue",
            "target-instance-rule": "Queue depth",
            "target-instant": "Queue depth",
            "target-job-rule": "Queue depth",
            "target-legend": "Reconciliation count per controller",
            "target-multi-value": "Reconciliation count per controller",
            "target-priority": "Queue depth",
            "target-rate-interval-rule": "Errors",
            "template-datasource-rule": "",
            "template-job-rule": "",
            "template-on-time-change-reload-rule": "",
            "uneditable-dashboard": "",
            "unit-id": "Errors",
            "unit-of-rate": "Reconciliation count per controller",
        },
    ),
    "pyrra": (
        PYRRA,
        {
            "link-state": "Objectives",
            "panel-datasource-rule": "Rate",
            "panel-title-description-rule": "Rate",
            "target-counter-agg-rule": "Availability",
            "target-instant": "Objectives",
            "target-promql-rule": "Rate",
            "target-variables": "Rate",
            "template-datasource-rule": "",
        },
    ),
    "sloth": (
        SLOTH,
        {
            "dashboard-schema": "",
            "link-state": "",
            "nan-shown": "Current error ratio",
            "no-value": "Current error ratio",
            "panel-overlap": "SLI",
            "panel-plugin": "Remaining error budget",
            "panel-title-description-rule": "SLI",
            "panel-units-rule": "SLI",
            "target-rate-interval-rule": "Current error ratio",
            "target-variables": "SLI",
            "uneditable-dashboard": "",
        },
    ),
    "flux": (
        FLUX,
        {
            "panel-plugin": "Kubernetes API",
            "panel-title-description-rule": "panel 0: ",
            "target-hard-coded": "Reconciliations",
            "target-rate-interval-rule": "Reconciliations",
            "template-datasource-rule": "",
            "unit-of-rate": "Reconciliations",
        },
    ),
}


def found(board: Json, folder: Path) -> list[Finding]:
    """Give what is found."""
    path = folder / "board.json"
    path.write_text(json.dumps(board, indent=2))
    return list(lint([path]).findings)


@pytest.mark.parametrize("name", EXPECTED)
def test_published_faults_are_found(name: str, tmp_path: Path) -> None:
    """Whoever wrote a dashboard, what is wrong with it is said: by line, panel, and what to do."""
    board, faults = EXPECTED[name]
    findings = found(board, tmp_path)

    for check, title in faults.items():
        assert any(each.check == check and title in each.summary for each in findings), check
    assert all(each.line and each.hint for each in findings)


def test_bits_are_not_the_unit_of_bytes(tmp_path: Path) -> None:
    """Memory in bits, as Flux's dashboard shows it, is off by eight."""
    (finding,) = (each for each in found(FLUX, tmp_path) if each.check == "unit-of-rate" and "bits" in each.summary)

    assert "use Bps or bytes" in finding.hint
