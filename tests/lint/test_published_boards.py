"""The faults of published dashboards, in dashboards of their kinds."""

import json
from pathlib import Path
from typing import Any

import pytest

from sloctl.app.lint import lint

Json = dict[str, Any]


def panel(title: str, *exprs: str, **more: object) -> Json:
    """Make a panel as those dashboards have it: without a description or a letter for its queries."""
    targets = [{"expr": expr} for expr in exprs]
    return {"type": "timeseries", "title": title, "datasource": "${DS_PROMETHEUS}", "targets": targets} | more


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
        panel("Reconciliation", 'sum(rate(controller_runtime_reconcile_total{job="$job", pod="$pod"}[5m])) by (pod)'),
        panel("Unfinished work", 'rate(workqueue_unfinished_work_seconds{job="$job"}[5m])'),
        panel("Custom histogram", "histogram_quantile(0.9, sum(rate(my_seconds_bucket[5m])) by (instance))"),
    ],
}
PYRRA: Json = {
    "title": "Pyrra - Detail",
    "uid": "pyrra-detail",
    "schemaVersion": 39,
    "panels": [
        panel("Rate", 'sum(pyrra_requests:rate5m{slo="$slo"}[5m])'),
        panel("Availability", "1 - sum(pyrra_errors_total) / sum(pyrra_requests_total)"),
    ],
}
SLOTH: Json = {
    "title": "SLO / Detail",
    "uid": "slo-detail",
    "editable": True,
    "panels": [
        panel("Remaining error budget", 'slo:period_error_budget_remaining:ratio{sloth_slo="$slo"}', type="singlestat"),
        panel("SLI", 'slo:sli_error:ratio_rate5m{sloth_slo="$slo"}', type="graph"),
    ],
}


@pytest.mark.parametrize(
    ("board", "faults"),
    [
        (
            KUBEBUILDER,
            {
                "dashboard-uid",
                "dropped-le",
                "panel-overlap",
                "panel-title-description-rule",
                "panel-units-rule",
                "rate-on-gauge",
                "target-instance-rule",
                "target-job-rule",
                "target-multi-value",
                "target-rate-interval-rule",
                "template-datasource-rule",
                "template-job-rule",
                "template-on-time-change-reload-rule",
                "uneditable-dashboard",
            },
        ),
        (PYRRA, {"panel-title-description-rule", "target-promql-rule", "target-counter-agg-rule", "target-variables"}),
        (SLOTH, {"panel-plugin", "panel-units-rule", "target-variables", "uneditable-dashboard"}),
    ],
    ids=["kubebuilder", "pyrra", "sloth"],
)
def test_published_faults_are_found(board: Json, faults: set[str], tmp_path: Path) -> None:
    """Whoever wrote a dashboard, what is wrong with it is said."""
    path = tmp_path / "board.json"
    path.write_text(json.dumps(board, indent=2))

    assert faults <= {finding.check for finding in lint([path]).findings}
