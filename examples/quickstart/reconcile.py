"""A reconcile function, measured and scraped, without a cluster."""

from urllib.request import urlopen

import sloctl

obs = sloctl.Instrumentation("quickstart")
GREETED = obs.counter("tenants_greeted", "Tenants greeted.", labels={"tier": sloctl.Enum("gold", "silver")})


@obs.reconcile("tenant")
def reconcile(tenant):
    """Greet a tenant."""
    GREETED.labels(tier=tenant["spec"]["tier"]).inc()


with obs.serve(port=0) as server:
    reconcile({"metadata": {"name": "acme"}, "spec": {"tier": "gold"}})
    scrape = urlopen(f"http://127.0.0.1:{server.port}/metrics").read().decode()
for line in scrape.splitlines():
    if line.startswith(("controller_runtime_reconcile_total", "tenants_greeted_total")):
        print(line)
