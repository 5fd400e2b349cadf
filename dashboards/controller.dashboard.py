"""The controllers of an operator at work: how much they do, how often it fails, how long it takes, what it costs.

It reads the metrics of controller-runtime, which sloctl's SDK records too; so it serves operators in Go and in Python.
"""

from sloctl.dashgen import operators, prometheus_dashboard, same_tag_links, source_choice, target_choices

dashboard = prometheus_dashboard(
    "Operator / Controllers",
    uid=operators.UID,
    description=__doc__,
    tags=["sloctl", "operator"],
    links=[same_tag_links("sloctl dashboards", "sloctl")],
    variables=[
        *target_choices("controller_runtime_reconcile_total", ("controller", "Controller")),
        source_choice(operators.LOGS, "Loki data source", "loki"),
    ],
    annotations=operators.marks(),
    panels=[
        *operators.at_a_glance(),
        *operators.reconciles(),
        *operators.durations(),
        *operators.queues(),
        *operators.objects(),
        *operators.handlers(),
        *operators.requests(),
        *operators.watches(),
        *operators.webhooks(),
        *operators.processes(),
        *operators.log_lines(),
    ],
)
