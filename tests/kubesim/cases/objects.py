"""Creating, reading, replacing and deleting objects; their names, generation, finalizers and owners."""

from tests.kubesim.conformance import ABSENT, ANY, case, cause, delete, failure, get, patch, post, put
from tests.support.tenants import API_VERSION, configmap, tenant

TENANT_A = {"name": "a", "group": "example.com", "kind": "tenants"}
MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"
NAME_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
GONE = failure(404, "NotFound", 'tenants.example.com "a" not found', **TENANT_A)
CONFLICT = failure(409, "Conflict", f'Operation cannot be fulfilled on tenants.example.com "a": {MODIFIED}', **TENANT_A)


def held(name: str, **spec: object) -> dict[str, object]:
    """Give a Tenant with a finalizer."""
    body = tenant(name, **spec)
    return body | {"metadata": body["metadata"] | {"finalizers": ["example.com/hold"]}}


def with_meta(body: dict[str, object], **metadata: object) -> dict[str, object]:
    """Give an object with more metadata."""
    old = body["metadata"]
    assert isinstance(old, dict)
    return body | {"metadata": old | metadata}


CASES = [
    case(
        "create answers with what the server adds",
        post(
            "tenants",
            tenant("a"),
            expect={
                "apiVersion": API_VERSION,
                "kind": "Tenant",
                "metadata": {
                    "name": "a",
                    "namespace": "{ns}",
                    "uid": ANY,
                    "resourceVersion": ANY,
                    "generation": 1,
                    "creationTimestamp": ANY,
                },
                "spec": {"owner": "ann", "tier": "silver"},
            },
        ),
        get("tenants/a", expect={"metadata": {"uid": "{uid}", "resourceVersion": "{rv}"}}),
    ),
    case(
        "create of a taken name is 409 AlreadyExists",
        post("tenants", tenant("a")),
        post(
            "tenants",
            tenant("a"),
            409,
            failure(409, "AlreadyExists", 'tenants.example.com "a" already exists', **TENANT_A),
        ),
    ),
    case(
        "what the server sets cannot be chosen by the client",
        post(
            "tenants",
            with_meta(tenant("a"), uid="mine", generation=7, deletionTimestamp="2020-01-01T00:00:00Z"),
            expect={"metadata": {"generation": 1, "deletionTimestamp": ABSENT}},
        ),
    ),
    case(
        "generateName is completed",
        post(
            "tenants",
            with_meta(tenant(""), name="", generateName="made-"),
            expect={"metadata": {"generateName": "made-", "name": ANY}},
        ),
    ),
    case(
        "a name is required",
        post(
            "tenants",
            with_meta(tenant(""), name=""),
            422,
            failure(
                422,
                "Invalid",
                'Tenant.example.com "" is invalid: metadata.name: Required value: name or generateName is required',
                group="example.com",
                kind="Tenant",
                causes=[
                    cause("metadata.name", "FieldValueRequired", "Required value: name or generateName is required")
                ],
            ),
        ),
    ),
    case(
        "a name is a DNS subdomain",
        post(
            "tenants",
            tenant("A_b"),
            422,
            failure(
                422,
                "Invalid",
                f'Tenant.example.com "A_b" is invalid: metadata.name: Invalid value: "A_b": {NAME_RULE}',
                name="A_b",
                group="example.com",
                kind="Tenant",
                causes=[cause("metadata.name", "FieldValueInvalid", f'Invalid value: "A_b": {NAME_RULE}')],
            ),
        ),
    ),
    case(
        "labels and annotations have rules",
        post(
            "tenants",
            with_meta(tenant("a"), labels={"a b": "c d"}),
            422,
            {"details": {"causes": [{"field": "metadata.labels"}, {"field": "metadata.labels"}]}},
        ),
        post(
            "tenants",
            with_meta(tenant("a"), annotations={"a b": "anything"}),
            422,
            {"details": {"causes": [{"field": "metadata.annotations"}]}},
        ),
        post("tenants", with_meta(tenant("a"), labels={"a": 1}), 400, {"reason": "BadRequest"}),
    ),
    case(
        "kind and apiVersion must be those of the path",
        post("tenants", tenant("a") | {"kind": "Foo"}, 422, {"details": {"causes": [{"field": "kind"}]}}),
        post(
            "tenants",
            tenant("a") | {"apiVersion": "example.com/v2"},
            400,
            failure(
                400,
                "BadRequest",
                "the API version in the data (example.com/v2) does not match the expected API version (example.com/v1)",
            ),
        ),
    ),
    case(
        "the namespace in the object must be that of the path",
        post(
            "tenants",
            with_meta(tenant("a"), namespace="other"),
            400,
            {"message": "the namespace of the provided object does not match the namespace sent on the request"},
        ),
    ),
    case(
        "a body that is no JSON is 400, another format is 415",
        post("tenants", b"{nope", 400, {"reason": "BadRequest"}),
        post("tenants", b"[]", 400, {"reason": "BadRequest"}),
        post("tenants", b"", 400, {"reason": "BadRequest"}),
        post("tenants", b"a: b", 415, {"reason": "UnsupportedMediaType"}, content_type="text/plain"),
        post("tenants", tenant("a"), content_type=""),
    ),
    case(
        "what is not there is 404",
        get("tenants/a", 404, GONE),
        put("tenants/a", tenant("a"), 404, GONE),
        patch("merge", "tenants/a", {}, 404, GONE),
        delete("tenants/a", 404, GONE),
        get(
            "configmaps/a",
            404,
            failure(404, "NotFound", 'configmaps "a" not found', name="a", kind="configmaps"),
        ),
    ),
    case(
        "an unknown resource, group or subresource is 404",
        get("/apis/example.com/v1/namespaces/{ns}/foos", 404),
        get("/apis/example.org/v1/foos", 404),
        get(
            "/api/v1/namespaces/{ns}/foos",
            404,
            failure(404, "NotFound", "the server could not find the requested resource"),
        ),
        get("tenants/a/foo", 404, {"reason": "NotFound"}),
    ),
    case(
        "a verb that a path does not have is 405",
        put("configmaps", configmap("a"), 405, {"reason": "MethodNotAllowed"}),
        post("configmaps/a", configmap("a"), 405, {"reason": "MethodNotAllowed"}),
        delete("namespaces", 405, {"reason": "MethodNotAllowed"}),
    ),
    case(
        "PUT replaces what is current, and the spec's change counts",
        post("tenants", tenant("a", tier="gold")),
        put(
            "tenants/a",
            with_meta(tenant("a"), resourceVersion="{rv}", labels={"x": "y"}),
            expect={
                "metadata": {"generation": 2, "labels": {"x": "y"}, "uid": "{uid}", "namespace": "{ns}"},
                "spec": {"owner": "ann", "tier": "silver"},
            },
        ),
    ),
    case(
        "PUT of the same changes nothing, not even the resourceVersion",
        post("tenants", tenant("a")),
        put(
            "tenants/a",
            with_meta(tenant("a"), resourceVersion="{rv}"),
            expect={"metadata": {"resourceVersion": "{rv1}"}},
        ),
    ),
    case(
        "PUT over a newer state is 409",
        post("tenants", tenant("a")),
        patch("merge", "tenants/a", {"spec": {"tier": "gold"}}),
        put("tenants/a", with_meta(tenant("a"), resourceVersion="{rv1}"), 409, CONFLICT),
    ),
    case(
        "PUT of a custom resource needs a resourceVersion",
        post("tenants", tenant("a")),
        put(
            "tenants/a",
            tenant("a"),
            422,
            {
                "message": 'tenants.example.com "a" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be '
                "specified for an update"
            },
        ),
    ),
    case(
        "PUT of a ConfigMap without resourceVersion overwrites",
        post("configmaps", configmap("a")),
        put("configmaps/a", configmap("a", b="2"), expect={"data": {"a": ABSENT, "b": "2"}}),
        put("configmaps/a", with_meta(configmap("a"), resourceVersion="{rv1}"), 409, {"reason": "Conflict"}),
    ),
    case(
        "PUT must name the object of the path",
        post("tenants", tenant("a")),
        put(
            "tenants/a",
            with_meta(tenant("b"), resourceVersion="{rv}"),
            400,
            {"message": "the name of the object (b) does not match the name on the URL (a)"},
        ),
        put(
            "tenants/a",
            with_meta(tenant("a"), resourceVersion="{rv}", namespace="x"),
            400,
            {"message": "the namespace of the object (x) does not match the namespace on the request ({ns})"},
        ),
        put("tenants/a", with_meta(tenant("a"), resourceVersion="{rv}", uid="other"), 409, {"reason": "Conflict"}),
    ),
    case(
        "metadata alone does not count as a change of the spec",
        post("tenants", tenant("a")),
        patch("merge", "tenants/a", {"metadata": {"labels": {"x": "y"}}}, expect={"metadata": {"generation": 1}}),
        patch("merge", "tenants/a", {"spec": {"tier": "gold"}}, expect={"metadata": {"generation": 2}}),
    ),
    case(
        "ConfigMaps have no generation",
        post("configmaps", configmap("a"), expect={"metadata": {"generation": ABSENT}}),
    ),
    case(
        "delete without finalizers removes at once",
        post("tenants", tenant("a")),
        delete(
            "tenants/a",
            expect={"kind": "Status", "status": "Success", "details": TENANT_A | {"uid": "{uid}"}},
        ),
        get("tenants/a", 404, GONE),
    ),
    case(
        "delete of a ServiceAccount answers with the object",
        post("serviceaccounts", {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}}),
        delete("serviceaccounts/a", expect={"kind": "ServiceAccount", "metadata": {"name": "a"}}),
    ),
    case(
        "a finalizer holds a deleted object until it is taken away",
        post("tenants", held("a")),
        delete(
            "tenants/a",
            expect={
                "kind": "Tenant",
                "metadata": {"deletionTimestamp": ANY, "deletionGracePeriodSeconds": 0, "generation": 2},
            },
        ),
        delete("tenants/a", expect={"metadata": {"resourceVersion": "{rv}", "generation": 2}}),
        patch("merge", "tenants/a", {"spec": {"tier": "gold"}}, expect={"metadata": {"generation": 3}}),
        patch(
            "merge",
            "tenants/a",
            {"metadata": {"finalizers": ["example.com/hold", "example.com/more"]}},
            422,
            {
                "message": 'Tenant.example.com "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can '
                'be added if the object is being deleted, found new finalizers []string{"example.com/more"}'
            },
        ),
        patch(
            "merge",
            "tenants/a",
            {"metadata": {"finalizers": None}},
            expect={"metadata": {"finalizers": ABSENT, "deletionTimestamp": ANY}},
        ),
        get("tenants/a", 404, GONE),
    ),
    case(
        "deletion can be tied to a uid and a resourceVersion",
        post("tenants", tenant("a")),
        delete(
            "tenants/a",
            409,
            {
                "reason": "Conflict",
                "message": 'Operation cannot be fulfilled on Tenant.example.com "a": the UID in the precondition (x) '
                "does not match the UID in record ({uid}). The object might have been deleted and then recreated",
            },
            {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": "x"}},
        ),
        delete(
            "tenants/a",
            409,
            {
                "reason": "Conflict",
                "message": 'Operation cannot be fulfilled on Tenant.example.com "a": the ResourceVersion in the '
                "precondition (1) does not match the ResourceVersion in record ({rv}). The object might have been "
                "modified",
            },
            {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"resourceVersion": "1"}},
        ),
        delete(
            "tenants/a",
            body={
                "apiVersion": "v1",
                "kind": "DeleteOptions",
                "preconditions": {"uid": "{uid}", "resourceVersion": "{rv}"},
            },
        ),
    ),
    case(
        "unknown options of a deletion are 422",
        post("tenants", tenant("a")),
        delete("tenants/a", 422, {"reason": "Invalid"}, params={"propagationPolicy": "Foo"}),
        delete("tenants/a", 422, {"reason": "Invalid"}, params={"dryRun": "Some"}),
        get("tenants/a"),
    ),
    case(
        "a dry run changes nothing",
        post("tenants", tenant("a"), expect={"metadata": {"uid": ANY}}, params={"dryRun": "All"}),
        get("tenants/a", 404),
        post("tenants", tenant("a")),
        patch(
            "merge",
            "tenants/a",
            {"spec": {"tier": "gold"}},
            expect={"spec": {"tier": "gold"}},
            params={"dryRun": "All"},
        ),
        delete("tenants/a", params={"dryRun": "All"}),
        get("tenants/a", expect={"spec": {"tier": "silver"}}),
    ),
    case(
        "deletecollection deletes what a selector chooses",
        post("tenants", with_meta(tenant("a"), labels={"x": "1"})),
        post("tenants", with_meta(tenant("b"), labels={"x": "2"})),
        delete(
            "tenants",
            expect={"kind": "TenantList", "items": [{"metadata": {"name": "a"}}]},
            params={"labelSelector": "x=1"},
        ),
        get("tenants", expect={"items": [{"metadata": {"name": "b"}}]}),
    ),
    case(
        "dependents go after their owner, and finalizers hold them",
        post("tenants", tenant("owner")),
        post(
            "configmaps",
            with_meta(
                configmap("free"),
                ownerReferences=[{"apiVersion": API_VERSION, "kind": "Tenant", "name": "owner", "uid": "{uid}"}],
            ),
        ),
        get("tenants/owner"),
        post(
            "configmaps",
            with_meta(
                configmap("held"),
                finalizers=["example.com/hold"],
                ownerReferences=[{"apiVersion": API_VERSION, "kind": "Tenant", "name": "owner", "uid": "{uid}"}],
            ),
        ),
        delete("tenants/owner"),
        get("configmaps/free", 404, soon=True),
        get("configmaps/held", expect={"metadata": {"finalizers": ["example.com/hold"]}}),
        patch("merge", "configmaps/held", {"metadata": {"finalizers": None}}),
        get("configmaps/held", 404, soon=True),
    ),
]
