"""The resources that are there without a CRD, and what the server says of itself."""

from tests.kubesim.cases.objects import with_meta
from tests.kubesim.conformance import ABSENT, ANY, case, cause, delete, failure, get, patch, post, put
from tests.support.residents import configmap, resident

LEASE = {
    "apiVersion": "coordination.k8s.io/v1",
    "kind": "Lease",
    "metadata": {"name": "a"},
    "spec": {"holderIdentity": "me", "leaseDurationSeconds": 15, "renewTime": "2026-01-01T00:00:00.000000Z"},
}
EVENT = {
    "metadata": {"generateName": "made-"},
    "involvedObject": {
        "apiVersion": "example.com/v1",
        "kind": "Resident",
        "name": "a",
        "namespace": "{ns}",
        "uid": "u",
    },
    "type": "Normal",
    "reason": "Made",
    "message": "made",
    "firstTimestamp": "2026-01-01T00:00:00.123456+00:00",
    "lastTimestamp": "2026-01-01T00:00:00.123456+00:00",
    "eventTime": "2026-01-01T00:00:00.123456+00:00",
    "action": "Make",
    "reportingComponent": "example.com/maker",
    "reportingInstance": "one",
}
TERMINATING = {
    "reason": "Forbidden",
    "message": 'configmaps "b" is forbidden: unable to create new content in namespace {ns}-x because it is being '
    "terminated",
    "details": {
        "name": "b",
        "kind": "configmaps",
        "causes": [
            {
                "reason": "NamespaceTerminating",
                "message": "namespace {ns}-x is being terminated",
                "field": "metadata.namespace",
            }
        ],
    },
}


def secret(**more: object) -> dict[str, object]:
    """Give a Secret."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}} | more


CASES = [
    case(
        "an object needs its namespace",
        post(
            "/apis/example.com/v1/namespaces/not-there/residents",
            resident("a"),
            404,
            failure(404, "NotFound", 'namespaces "not-there" not found', name="not-there", kind="namespaces"),
        ),
    ),
    case(
        "a namespace is active, and knows its own name",
        get(
            "namespaces/{ns}",
            expect={
                "spec": {"finalizers": ["kubernetes"]},
                "status": {"phase": "Active"},
                "metadata": {"labels": {"kubernetes.io/metadata.name": "{ns}"}},
            },
            old=(200, {"status": {"phase": "Active"}, "metadata": {"labels": ABSENT}}),
        ),
        differs="the label with the namespace's name is newer (1.21)",
    ),
    case(
        "a deleted namespace takes its content along, and waits for finalizers",
        post("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "{ns}-x"}}),
        post("/api/v1/namespaces/{ns}-x/configmaps", with_meta(configmap("a"), finalizers=["example.com/hold"])),
        delete(
            "namespaces/{ns}-x", expect={"status": {"phase": "Terminating"}, "metadata": {"deletionTimestamp": ANY}}
        ),
        post("/api/v1/namespaces/{ns}-x/configmaps", configmap("b"), 403, TERMINATING),
        get("namespaces/{ns}-x", expect={"status": {"phase": "Terminating"}}),
        patch("merge", "/api/v1/namespaces/{ns}-x/configmaps/a", {"metadata": {"finalizers": None}}),
        get("namespaces/{ns}-x", 404, soon=True),
        get("/api/v1/namespaces/{ns}-x/configmaps/a", 404),
    ),
    case(
        "the first namespaces may not be deleted",
        delete(
            "namespaces/default",
            403,
            failure(
                403,
                "Forbidden",
                'namespaces "default" is forbidden: this namespace may not be deleted',
                name="default",
                kind="namespaces",
            ),
        ),
    ),
    case(
        "a namespace's name is a DNS label",
        post(
            "namespaces",
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a.b"}},
            422,
            {"details": {"kind": "Namespace", "causes": [{"field": "metadata.name"}]}},
        ),
    ),
    case(
        "a lease is claimed once and renewed by its version",
        post("leases", LEASE, expect={"spec": LEASE["spec"], "metadata": {"generation": ABSENT}}),
        post("leases", LEASE, 409, {"reason": "AlreadyExists"}),
        put(
            "leases/a",
            with_meta(LEASE, resourceVersion="{rv}") | {"spec": {"holderIdentity": "you"}},
            expect={"spec": {"holderIdentity": "you", "renewTime": ABSENT}},
        ),
        put("leases/a", with_meta(LEASE, resourceVersion="{rv1}"), 409, {"reason": "Conflict"}),
        put("leases/a", LEASE, 422, {"reason": "Invalid"}),
        put("leases/b", with_meta(LEASE, name="b"), 201, {"metadata": {"name": "b"}}),
    ),
    case(
        "a lease's times have six digits of fraction, its duration is positive",
        *(
            post("leases", LEASE | {"spec": {"renewTime": time}}, 400, {"reason": "BadRequest"})
            for time in ("2026-01-01T00:00:00Z", "2026-13-01T00:00:00.000000Z", "2026-01-01", "x", "", 5)
        ),
        post(
            "leases",
            LEASE | {"spec": {"leaseDurationSeconds": 0}},
            422,
            {"details": {"causes": [{"field": "spec.leaseDurationSeconds"}]}},
        ),
    ),
    case(
        "an Event is stored in the server's time formats, kind or not",
        post(
            "events",
            EVENT,
            expect={
                "kind": "Event",
                "apiVersion": "v1",
                "firstTimestamp": "2026-01-01T00:00:00Z",
                "lastTimestamp": "2026-01-01T00:00:00Z",
                "eventTime": "2026-01-01T00:00:00.123456Z",
                "source": {},
            },
        ),
        post(
            "events",
            EVENT | {"eventTime": None, "metadata": {"name": "short"}, "reportingComponent": None},
            expect={"eventTime": None, "reportingComponent": ""},
        ),
        delete("events/short"),
        post("events", EVENT | {"reportingComponent": None}, 422, {"reason": "Invalid"}),
        post("events", EVENT | {"firstTimestamp": "yesterday"}, 400, {"reason": "BadRequest"}),
        get(
            "events",
            expect={"items": [{"reason": "Made"}]},
            params={"fieldSelector": "involvedObject.name=a,reason=Made"},
        ),
        get("events", expect={"items": []}, params={"fieldSelector": "involvedObject.name=b"}),
        get("events", 400, {"reason": "BadRequest"}, params={"fieldSelector": "message=made"}),
    ),
    case(
        "a Secret's plain text is stored in base64",
        post(
            "secrets",
            secret(stringData={"a": "b"}, data={"z": "Yg=="}),
            expect={"data": {"a": "Yg==", "z": "Yg=="}, "stringData": ABSENT, "type": "Opaque"},
        ),
        post("secrets", secret(data={"z": "!!"}), 400, {"reason": "BadRequest"}),
        get("secrets", expect={"items": []}, params={"fieldSelector": "type=other"}),
    ),
    case(
        "a ConfigMap holds strings under plain keys",
        post("configmaps", configmap("a") | {"foo": 1}, expect={"foo": ABSENT}, params={"fieldValidation": "Ignore"}),
        post("configmaps", configmap("b") | {"data": {"a": 1}}, 400, {"reason": "BadRequest"}),
        post(
            "configmaps",
            configmap("b") | {"data": {"a b": "1"}},
            422,
            {"details": {"name": "b", "kind": "ConfigMap", "causes": [{"field": "data[a b]"}]}},
        ),
        post(
            "configmaps",
            configmap("b") | {"data": {"a": "1"}, "binaryData": {"a": "MQ=="}},
            422,
            {
                "details": {
                    "causes": [
                        cause(
                            "data[a]", "FieldValueInvalid", 'Invalid value: "a": duplicate of key present in binaryData'
                        )
                    ]
                },
            },
        ),
        post("configmaps", configmap("b") | {"binaryData": {"a": "!"}}, 400, {"reason": "BadRequest"}),
    ),
    case(
        "discovery lists what is served",
        get("/api", expect={"kind": "APIVersions", "versions": ["v1"]}),
        get(
            "/apis/example.com",
            expect={"kind": "APIGroup", "name": "example.com", "preferredVersion": {"groupVersion": "example.com/v1"}},
        ),
        get(
            "/apis/coordination.k8s.io/v1", expect={"kind": "APIResourceList", "groupVersion": "coordination.k8s.io/v1"}
        ),
        get(
            "/apis/apiextensions.k8s.io", expect={"name": "apiextensions.k8s.io", "preferredVersion": {"version": "v1"}}
        ),
        get("/version", expect={"major": "1", "minor": ANY, "gitVersion": ANY}),
        get("/apis/example.org", 404),
    ),
    case(
        "probes answer ok",
        get("/healthz", expect="ok"),
        get("/livez", expect="ok"),
        get("/readyz", expect="ok"),
    ),
]
