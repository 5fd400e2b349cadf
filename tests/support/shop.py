"""An operator's declarations that tests may import: they hook nothing, and register nothing that others see."""

from prometheus_client import CollectorRegistry

import sloctl

obs = sloctl.Instrumentation("shop", registry=CollectorRegistry())

SOLD = obs.counter("books_sold", "Books sold, by genre.", labels={"genre": sloctl.Enum("crime", "poetry")})
WRAPPING = obs.histogram(
    "books_wrapping_seconds", "Time to wrap a book.", buckets="controller-runtime", slo_threshold=2.0
)
