"""
Every family that the SDK records by itself.

The first part has the names, labels and bounds of controller-runtime and client-go, so that dashboards and rules made
for Go operators read them. Source: controller-runtime's pkg/internal/controller/metrics, pkg/internal/metrics,
pkg/metrics, pkg/webhook and pkg/certwatcher; component-base's metrics/prometheus/clientgo/fifo.
The second part is sloctl's own.
"""

from typing import Final

from sloctl.model.catalogue import Declaration, Intent, Label
from sloctl.sdk.buckets import LAYOUTS, Layout

BUILTIN: Final[list[Declaration]] = []
"""All of them, in the order in which the documentation shows them."""


def _counter(name: str, documentation: str, *labels: str) -> Declaration:
    return _add(Declaration(name, "counter", documentation, _labels(labels)))


def _gauge(name: str, documentation: str, *labels: str, intent: Intent = "level") -> Declaration:
    return _add(Declaration(name, "gauge", documentation, _labels(labels), intent=intent))


def _histogram(name: str, documentation: str, *labels: str, buckets: Layout | tuple[float, ...]) -> Declaration:
    bounds = LAYOUTS[buckets] if isinstance(buckets, str) else buckets
    return _add(Declaration(name, "histogram", documentation, _labels(labels), buckets=bounds))


def _labels(names: tuple[str, ...]) -> tuple[Label, ...]:
    return tuple(Label(name) for name in names)


def _add(declaration: Declaration) -> Declaration:
    BUILTIN.append(declaration)
    return declaration


_SIZES: Final = (64.0, 256.0, 512.0, *(1024.0 * 4**power for power in range(8)))
_FIFO: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# --- controller-runtime: the controller

RECONCILE_TOTAL: Final = _counter(
    "controller_runtime_reconcile_total",
    "Reconciliations per controller, by what came of them.",
    "controller",
    "result",
)
RECONCILE_ERRORS: Final = _counter(
    "controller_runtime_reconcile_errors_total",
    "Reconciliations per controller that ended in an error.",
    "controller",
)
RECONCILE_TERMINAL: Final = _counter(
    "controller_runtime_terminal_reconcile_errors_total",
    "Reconciliations per controller that ended in an error and are not tried again.",
    "controller",
)
RECONCILE_PANICS: Final = _counter(
    "controller_runtime_reconcile_panics_total",
    "Reconciliations per controller that failed outside the code that reconciles.",
    "controller",
)
RECONCILE_TIMEOUTS: Final = _counter(
    "controller_runtime_reconcile_timeouts_total",
    "Reconciliations per controller that ran out of the time they were given.",
    "controller",
)
RECONCILE_SECONDS: Final = _histogram(
    "controller_runtime_reconcile_time_seconds",
    "Time that a reconciliation took, per controller, without the time it slept.",
    "controller",
    buckets="controller-runtime",
)
MAX_CONCURRENT: Final = _gauge(
    "controller_runtime_max_concurrent_reconciles",
    "Reconciliations that may be under way at once, per controller; +Inf without a limit.",
    "controller",
)
ACTIVE_WORKERS: Final = _gauge(
    "controller_runtime_active_workers",
    "Reconciliations under way, per controller.",
    "controller",
    intent="in-flight",
)

# --- controller-runtime: the work queue

QUEUE_DEPTH: Final = _gauge(
    "workqueue_depth", "Objects that wait to be reconciled.", "name", "controller", "priority", intent="in-flight"
)
QUEUE_ADDS: Final = _counter("workqueue_adds_total", "Objects put into the work queue.", "name", "controller")
QUEUE_SECONDS: Final = _histogram(
    "workqueue_queue_duration_seconds", "Time an object waited.", "name", "controller", buckets="workqueue"
)
WORK_SECONDS: Final = _histogram(
    "workqueue_work_duration_seconds", "Time to process an object.", "name", "controller", buckets="workqueue"
)
UNFINISHED_SECONDS: Final = _gauge(
    "workqueue_unfinished_work_seconds", "Ages of all objects in process, summed.", "name", "controller"
)
LONGEST_RUNNING_SECONDS: Final = _gauge(
    "workqueue_longest_running_processor_seconds", "Age of the oldest object in process.", "name", "controller"
)
QUEUE_RETRIES: Final = _counter(
    "workqueue_retries_total", "Objects put into the work queue with a delay.", "name", "controller"
)

# --- client-go: requests to the API server

REST_REQUESTS: Final = _counter(
    "rest_client_requests_total", "Requests, by the code of the answer.", "code", "method", "host"
)
REST_SECONDS: Final = _histogram(
    "rest_client_request_duration_seconds", "Time to the answer's headers.", "verb", "host", buckets="rest-client"
)
REST_LIMITER_SECONDS: Final = _histogram(
    "rest_client_rate_limiter_duration_seconds",
    "Time a request waited for its turn.",
    "verb",
    "host",
    buckets="rest-client",
)
REST_DNS_SECONDS: Final = _histogram(
    "rest_client_dns_resolution_duration_seconds", "Time to resolve the host's name.", "host", buckets="rest-client"
)
REST_REQUEST_BYTES: Final = _histogram(
    "rest_client_request_size_bytes", "Size of a request's body.", "verb", "host", buckets=_SIZES
)
REST_RESPONSE_BYTES: Final = _histogram(
    "rest_client_response_size_bytes", "Size of an answer's body.", "verb", "host", buckets=_SIZES
)
REST_RETRIES: Final = _counter(
    "rest_client_request_retries_total", "Requests that were sent again.", "code", "verb", "host"
)

# --- client-go: leader election

LEADER_STATUS: Final = _gauge(
    "leader_election_master_status", "1 where this process leads, 0 where it stands by.", "name"
)
LEADER_SLOWPATH: Final = _counter("leader_election_slowpath_total", "Renewals that had to read the lock again.", "name")

# --- controller-runtime: webhooks and their certificates

WEBHOOK_REQUESTS: Final = _counter(
    "controller_runtime_webhook_requests_total", "Admission requests, by the code of the answer.", "webhook", "code"
)
WEBHOOK_SECONDS: Final = _histogram(
    "controller_runtime_webhook_latency_seconds",
    "Time to answer an admission request.",
    "webhook",
    buckets="workqueue",
)
WEBHOOK_IN_FLIGHT: Final = _gauge(
    "controller_runtime_webhook_requests_in_flight",
    "Admission requests being answered.",
    "webhook",
    intent="in-flight",
)
WEBHOOK_PANICS: Final = _counter(
    "controller_runtime_webhook_panics_total", "Admission requests that failed outside the webhook's own code."
)
CONVERSION_PANICS: Final = _counter(
    "controller_runtime_conversion_webhook_panics_total",
    "Conversion requests that failed outside the converter's own code.",
)
CERTIFICATE_READS: Final = _counter("certwatcher_read_certificate_total", "Times the certificate was read.")
CERTIFICATE_ERRORS: Final = _counter(
    "certwatcher_read_certificate_errors_total", "Times the certificate could not be read."
)

# --- client-go: informers

INFORMER_QUEUED: Final = _gauge(
    "informer_queued_items", "Events that wait to be handed on.", "name", "group", "version", "resource"
)
INFORMER_SECONDS: Final = _histogram(
    "informer_processing_latency_seconds",
    "Time to hand an event on.",
    "name",
    "group",
    "version",
    "resource",
    buckets=_FIFO,
)
INFORMER_VERSION: Final = _gauge(
    "informer_store_resource_version",
    "The last 15 digits of the newest resource version seen.",
    "name",
    "group",
    "version",
    "resource",
)

# --- sloctl: what Go operators do not see

RECONCILE_CANCELLED: Final = _counter(
    "sloctl_reconcile_cancelled_total",
    "Reconciliations per controller that were cancelled: neither good nor bad.",
    "controller",
)
HANDLER_OUTCOMES: Final = _counter(
    "sloctl_handler_outcomes_total",
    "Calls of a handler, by what came of them and whether it was the first attempt.",
    "controller",
    "handler",
    "outcome",
    "attempt",
)
HANDLER_SECONDS: Final = _histogram(
    "sloctl_handler_duration_seconds",
    "Time that a handler took.",
    "controller",
    "handler",
    buckets="controller-runtime",
)
CONVERGENCE_SECONDS: Final = _histogram(
    "sloctl_convergence_seconds",
    "Time from when a generation was first seen until its object was ready.",
    "controller",
    buckets=(*LAYOUTS["controller-runtime"], 120.0, 300.0, 600.0, 1800.0, 3600.0),
)
DELETION_SECONDS: Final = _histogram(
    "sloctl_deletion_seconds",
    "Time from the request to delete an object until a finalizer was removed.",
    "controller",
    "finalizer",
    buckets=(*LAYOUTS["controller-runtime"], 120.0, 300.0, 600.0, 1800.0, 3600.0),
)
FINALIZER_AGE_SECONDS: Final = _gauge(
    "sloctl_finalizer_age_seconds",
    "How long the oldest object that is being deleted has waited for a finalizer.",
    "controller",
    "finalizer",
)
SLEEP_SECONDS: Final = _counter(
    "sloctl_sleep_seconds_total",
    "Time that processing slept, by reason.",
    "controller",
    "reason",
)
PATCHES: Final = _counter("sloctl_patches_total", "Patches that the framework sent for its own ends.", "controller")
PATCH_CONFLICTS: Final = _counter(
    "sloctl_patch_conflicts_total", "Patches that met an object that had changed meanwhile.", "controller"
)
WATCH_EVENTS: Final = _counter("sloctl_watch_events_total", "Watch events, by type.", "resource", "type")
WATCH_RELISTS: Final = _counter(
    "sloctl_watch_relists_total", "Lists after the first one: each means that a watch lost its place.", "resource"
)
WATCH_EXPIRED: Final = _counter(
    "sloctl_watch_expired_total", "Watches that ended because their resource version was too old (410).", "resource"
)
WATCH_RECONNECTS: Final = _counter("sloctl_watch_reconnects_total", "Watch requests after the first one.", "resource")
WATCH_LIST_SECONDS: Final = _histogram(
    "sloctl_watch_list_duration_seconds", "Time to list a resource.", "resource", buckets="rest-client"
)
WATCH_AGE_SECONDS: Final = _gauge(
    "sloctl_watch_stream_age_seconds", "Time since the last event or bookmark of a watch.", "resource"
)
BUILD_INFO: Final = _gauge(
    "sloctl_build_info", "1, for the operator and the version of it that runs.", "operator", "version"
)
LOOP_LAG_SECONDS: Final = _gauge(
    "sloctl_event_loop_lag_seconds", "How late the event loop is, now or at worst in the last 15 seconds."
)
LEADERLESS_SECONDS: Final = _counter(
    "sloctl_leaderless_seconds_total", "Time in which this process knew of no leader.", "name"
)
SPANS_DROPPED: Final = _counter(
    "sloctl_spans_dropped_total", "Spans that were recorded and did not reach their exporter.", "reason"
)
LABEL_OVERFLOW: Final = _counter(
    "sloctl_label_overflow_total", "Uses of a label's value beyond the declared bound.", "metric", "label"
)
DEGRADED: Final = _gauge(
    "sloctl_instrumentation_degraded",
    "1 where a hook does not fit the installed framework, or a metric's name is taken, and is left out.",
    "hook",
)
INTERNAL_ERRORS: Final = _counter(
    "sloctl_internal_errors_total",
    "Faults inside the instrumentation and in its use, by kind. None of them reached the operator.",
    "kind",
)
