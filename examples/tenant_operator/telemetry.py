"""What the operator tells about itself, beside the families that every controller has."""

import sloctl

obs = sloctl.Instrumentation("tenant-operator", version="1.0.0")
sloctl.KopfInstrumentor().instrument(obs=obs)

TIER = sloctl.Enum("gold", "silver")

PROVISIONED = obs.counter("tenant_databases_provisioned", "Database files made, by tier.", labels={"tier": TIER})
PROVISIONING = obs.histogram(
    "tenant_database_provisioning_seconds",
    "Time to make a database file, when there was none.",
    buckets="controller-runtime",
    slo_threshold=2.0,
)
TENANTS_ACTIVE = obs.gauge("tenants_active", "Tenants in phase Active.")
