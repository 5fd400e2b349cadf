"""An operator that declares metrics of every kind, with every kind of label."""

from prometheus_client import CollectorRegistry

import sloctl

TENANT = {"metadata": {"uid": "1", "name": "acme", "namespace": "shops"}}


class AllKinds:
    """The operator, and something for it to do."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.obs = obs = sloctl.Instrumentation("shop-operator", registry=registry, tracing=False)
        tier = {"tier": sloctl.Enum("gold", "silver")}
        shop = {"shop": sloctl.PerObject()}
        self.made = obs.counter("shops_made", "Shops made, by tier.", labels=tier)
        self.syncs = obs.counter("shop_syncs", "Syncs.", labels=shop)
        self.calls = obs.counter("calls", "Calls.", labels={"host": sloctl.Bounded(50)})
        self.asleep = obs.counter("sleep_seconds", "Time asleep.")
        self.under_way = obs.gauge("syncs_in_flight", "Syncs under way.", intent="in-flight")
        self.shops = obs.gauge("shops", "Shops.", labels=tier)
        self.cache = obs.gauge("cache_bytes", "Size of the cache.")
        self.disk = obs.gauge("disk_used_ratio", "Share of the disk in use.", intent="ratio")
        self.backup = obs.gauge("backup_timestamp_seconds", "Time of the last backup.", intent="timestamp")
        self.phase = obs.state("shop_phase", "Phase.", states=("Pending", "Active", "Failed"), labels=shop)
        self.link = obs.state("upstream_link", "The link to the upstream.", states=("Up", "Down"))
        self.make = obs.histogram("make_seconds", "Time to make one.", buckets="controller-runtime", slo_threshold=2.0)
        self.order = obs.histogram(
            "order_bytes", "Size of an order.", buckets=(100.0, 1000.0), slo_threshold=100.0, native=True
        )

    def act(self) -> None:
        """Let something happen to every metric."""
        self.made.labels(tier="gold").inc()
        self.syncs.labels(shop=TENANT).inc()
        self.calls.labels(host="a").inc()
        self.asleep.inc(0.1)
        self.shops.labels(tier="gold").set(3)
        self.cache.set(1e6)
        self.disk.set(0.5)
        self.backup.set_to_now()
        self.phase.labels(shop=TENANT).set("Active")
        self.link.set("Up")
        self.make.observe(0.3)
        self.order.observe(120)
