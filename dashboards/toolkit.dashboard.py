"""Whether the numbers can be trusted: rules loaded and evaluated in time, what they cost, and what feeds them."""

from sloctl.dashgen import operators, prometheus_dashboard, same_tag_links, target_choices, toolkit

dashboard = prometheus_dashboard(
    "SLO / Toolkit health",
    uid="sloctl-toolkit",
    description=__doc__,
    tags=["sloctl", "slo", "operator"],
    links=[same_tag_links("sloctl dashboards", "sloctl")],
    variables=target_choices(toolkit.FAULTS),
    annotations=[*operators.marks(), toolkit.readings()],
    panels=[
        *toolkit.at_a_glance(),
        *toolkit.evaluations(),
        *toolkit.records(),
        *toolkit.instrumentation(),
        *toolkit.prometheus(),
    ],
)
