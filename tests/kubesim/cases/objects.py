"""Creating, reading, replacing and deleting objects; their names, generation, finalizers and owners."""

from tests.kubesim.conformance import ABSENT, ANY, Step, case, cause, delete, failure, get, patch, post, put
from tests.support.residents import API_VERSION, configmap, resident

RESIDENT_A = {"name": "a", "group": "example.com", "kind": "residents"}
MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"
NAME_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
GONE = failure(404, "NotFound", 'residents.example.com "a" not found', **RESIDENT_A)
CONFLICT = failure(
    409, "Conflict", f'Operation cannot be fulfilled on residents.example.com "a": {MODIFIED}', **RESIDENT_A
)


def held(name: str, **spec: object) -> dict[str, object]:
    """Give a Resident with a finalizer."""
    body = resident(name, **spec)
    return body | {"metadata": body["metadata"] | {"finalizers": ["example.com/hold"]}}


def with_meta(body: dict[str, object], **metadata: object) -> dict[str, object]:
    """Give an object with more metadata."""
    old = body["metadata"]
    assert isinstance(old, dict)
    return body | {"metadata": old | metadata}


def owned(**reference: object) -> dict[str, object]:
    """Give a ConfigMap with an owner of which only some is said."""
    return with_meta(configmap("a"), ownerReferences=[reference])


def unowned(field: str, value: str, why: str) -> dict[str, object]:
    """Give the refusal of an owner."""
    return {
        "message": f'ConfigMap "a" is invalid: metadata.ownerReferences.{field}: Invalid value: "{value}": {why}',
        "details": {"name": "a", "kind": "ConfigMap"},
    }


CASES = [
    case(
        "create answers with what the server adds",
        post(
            "residents",
            resident("a"),
            expect={
                "apiVersion": API_VERSION,
                "kind": "Resident",
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
        get("residents/a", expect={"metadata": {"uid": "{uid}", "resourceVersion": "{rv}"}}),
    ),
    case(
        "create of a taken name is 409 AlreadyExists",
        post("residents", resident("a")),
        post(
            "residents",
            resident("a"),
            409,
            failure(409, "AlreadyExists", 'residents.example.com "a" already exists', **RESIDENT_A),
        ),
    ),
    case(
        "what the server sets cannot be chosen by the client",
        post(
            "residents",
            with_meta(resident("a"), uid="mine", generation=7, deletionTimestamp="2020-01-01T00:00:00Z"),
            expect={"metadata": {"generation": 1, "deletionTimestamp": ABSENT}},
        ),
    ),
    case(
        "generateName is completed",
        post(
            "residents",
            with_meta(resident(""), name="", generateName="made-"),
            expect={"metadata": {"generateName": "made-", "name": ANY}},
        ),
    ),
    case(
        "a name is required",
        post(
            "residents",
            with_meta(resident(""), name=""),
            422,
            failure(
                422,
                "Invalid",
                'Resident.example.com "" is invalid: metadata.name: Required value: name or generateName is required',
                group="example.com",
                kind="Resident",
                causes=[
                    cause("metadata.name", "FieldValueRequired", "Required value: name or generateName is required")
                ],
            ),
        ),
    ),
    case(
        "a name is a DNS subdomain",
        post(
            "residents",
            resident("A_b"),
            422,
            failure(
                422,
                "Invalid",
                f'Resident.example.com "A_b" is invalid: metadata.name: Invalid value: "A_b": {NAME_RULE}',
                name="A_b",
                group="example.com",
                kind="Resident",
                causes=[cause("metadata.name", "FieldValueInvalid", f'Invalid value: "A_b": {NAME_RULE}')],
            ),
        ),
    ),
    case(
        "labels and annotations have rules",
        post(
            "residents",
            with_meta(resident("a"), labels={"a b": "c d"}),
            422,
            {"details": {"causes": [{"field": "metadata.labels"}, {"field": "metadata.labels"}]}},
        ),
        post(
            "residents",
            with_meta(resident("a"), annotations={"a b": "anything"}),
            422,
            {"details": {"causes": [{"field": "metadata.annotations"}]}},
        ),
        post("residents", with_meta(resident("a"), labels={"a": 1}), 400, {"reason": "BadRequest"}),
    ),
    case(
        "kind and apiVersion must be those of the path",
        post("residents", resident("a") | {"kind": "Foo"}, 422, {"details": {"causes": [{"field": "kind"}]}}),
        post(
            "residents",
            resident("a") | {"apiVersion": "example.com/v2"},
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
            "residents",
            with_meta(resident("a"), namespace="other"),
            400,
            {"message": "the namespace of the provided object does not match the namespace sent on the request"},
        ),
    ),
    case(
        "a body that is no JSON is 400, another format is 415",
        post("residents", b"{nope", 400, {"reason": "BadRequest"}),
        post("residents", b"[]", 400, {"reason": "BadRequest"}),
        post("residents", b"", 400, {"reason": "BadRequest"}),
        post("residents", b"a: b", 415, {"reason": "UnsupportedMediaType"}, content_type="text/plain"),
        post("residents", resident("a"), content_type=""),
    ),
    case(
        "what is not there is 404",
        get("residents/a", 404, GONE),
        put("residents/a", resident("a"), 404, GONE),
        patch("merge", "residents/a", {}, 404, GONE),
        delete("residents/a", 404, GONE),
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
        get("residents/a/foo", 404, {"reason": "NotFound"}),
    ),
    case(
        "a verb that a path does not have is 405",
        put("configmaps", configmap("a"), 405, {"reason": "MethodNotAllowed"}),
        post("configmaps/a", configmap("a"), 405, {"reason": "MethodNotAllowed"}),
        delete("namespaces", 405, {"reason": "MethodNotAllowed"}),
        Step("HEAD", "configmaps", 405),
    ),
    case(
        "custom resources answer HEAD as they answer GET",
        Step("HEAD", "residents/a", 404),
        post("residents", resident("a")),
        Step("HEAD", "residents/a"),
        Step("HEAD", "residents"),
    ),
    case(
        "custom resources are created wherever POST goes",
        post("residents/a", resident("a"), expect={"metadata": {"name": "a"}}),
        post("residents/a", resident("a"), 409, {"reason": "AlreadyExists"}),
        post("residents/a", resident("b"), expect={"metadata": {"name": "b"}}),
        post("residents/a/status", resident("a"), 405, {"reason": "MethodNotAllowed"}),
    ),
    case(
        "a collection of custom resources is not changed as one",
        put("residents", resident("a"), 400, failure(400, "BadRequest", "name must be provided")),
        patch("merge", "residents", {}, 400, failure(400, "BadRequest", "name must be provided")),
    ),
    case(
        "PUT replaces what is current, and the spec's change counts",
        post("residents", resident("a", tier="gold")),
        put(
            "residents/a",
            with_meta(resident("a"), resourceVersion="{rv}", labels={"x": "y"}),
            expect={
                "metadata": {"generation": 2, "labels": {"x": "y"}, "uid": "{uid}", "namespace": "{ns}"},
                "spec": {"owner": "ann", "tier": "silver"},
            },
        ),
    ),
    case(
        "PUT of the same changes nothing, not even the resourceVersion",
        post("residents", resident("a")),
        put(
            "residents/a",
            with_meta(resident("a"), resourceVersion="{rv}"),
            expect={"metadata": {"resourceVersion": "{rv1}"}},
        ),
    ),
    case(
        "PUT over a newer state is 409",
        post("residents", resident("a")),
        patch("merge", "residents/a", {"spec": {"tier": "gold"}}),
        put("residents/a", with_meta(resident("a"), resourceVersion="{rv1}"), 409, CONFLICT),
    ),
    case(
        "PUT of a custom resource needs a resourceVersion",
        post("residents", resident("a")),
        put(
            "residents/a",
            resident("a"),
            422,
            {
                "message": 'residents.example.com "a" is invalid: metadata.resourceVersion: Invalid value: 0x0: '
                "must be specified for an update"
            },
        ),
    ),
    case(
        "PUT of a ConfigMap without resourceVersion overwrites",
        post("configmaps", configmap("a")),
        put("configmaps/a", configmap("a", b="2"), expect={"data": {"a": ABSENT, "b": "2"}}),
        put("configmaps/a", with_meta(configmap("a"), resourceVersion="{rv1}"), 409, {"reason": "Conflict"}),
        put("configmaps/a", with_meta(configmap("a", c="3"), resourceVersion="0"), expect={"data": {"c": "3"}}),
    ),
    case(
        "PUT must name the object of the path",
        post("residents", resident("a")),
        put(
            "residents/a",
            with_meta(resident("b"), resourceVersion="{rv}"),
            400,
            {"message": "the name of the object (b) does not match the name on the URL (a)"},
        ),
        put(
            "residents/a",
            with_meta(resident("a"), resourceVersion="{rv}", namespace="x"),
            400,
            {"message": "the namespace of the object (x) does not match the namespace on the request ({ns})"},
        ),
        put("residents/a", with_meta(resident("a"), resourceVersion="{rv}", uid="other"), 409, {"reason": "Conflict"}),
    ),
    case(
        "metadata alone does not count as a change of the spec",
        post("residents", resident("a")),
        patch("merge", "residents/a", {"metadata": {"labels": {"x": "y"}}}, expect={"metadata": {"generation": 1}}),
        patch("merge", "residents/a", {"spec": {"tier": "gold"}}, expect={"metadata": {"generation": 2}}),
    ),
    case(
        "ConfigMaps have no generation",
        post("configmaps", configmap("a"), expect={"metadata": {"generation": ABSENT}}),
    ),
    case(
        "delete without finalizers removes at once",
        post("residents", resident("a")),
        delete(
            "residents/a",
            expect={"kind": "Status", "status": "Success", "details": RESIDENT_A | {"uid": "{uid}"}},
        ),
        get("residents/a", 404, GONE),
    ),
    case(
        "delete of a ServiceAccount answers with the object",
        post("serviceaccounts", {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}}),
        delete("serviceaccounts/a", expect={"kind": "ServiceAccount", "metadata": {"name": "a"}}),
    ),
    case(
        "a finalizer holds a deleted object until it is taken away",
        post("residents", held("a")),
        delete(
            "residents/a",
            expect={
                "kind": "Resident",
                "metadata": {"deletionTimestamp": ANY, "deletionGracePeriodSeconds": 0, "generation": 2},
            },
        ),
        delete("residents/a", expect={"metadata": {"resourceVersion": "{rv}", "generation": 2}}),
        patch("merge", "residents/a", {"spec": {"tier": "gold"}}, expect={"metadata": {"generation": 3}}),
        patch(
            "merge",
            "residents/a",
            {"metadata": {"finalizers": ["example.com/hold", "example.com/more"]}},
            422,
            {
                "message": 'Resident.example.com "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can '
                'be added if the object is being deleted, found new finalizers []string{"example.com/more"}'
            },
        ),
        patch(
            "merge",
            "residents/a",
            {"metadata": {"finalizers": None}},
            expect={"metadata": {"finalizers": ABSENT, "deletionTimestamp": ANY}},
        ),
        get("residents/a", 404, GONE),
    ),
    case(
        "deletion can be tied to a uid and a resourceVersion",
        post("residents", resident("a")),
        delete(
            "residents/a",
            409,
            {
                "reason": "Conflict",
                "message": 'Operation cannot be fulfilled on Resident.example.com "a": the UID in the precondition (x) '
                "does not match the UID in record ({uid}). The object might have been deleted and then recreated",
            },
            {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": "x"}},
        ),
        delete(
            "residents/a",
            409,
            {
                "reason": "Conflict",
                "message": 'Operation cannot be fulfilled on Resident.example.com "a": the ResourceVersion in the '
                "precondition (1) does not match the ResourceVersion in record ({rv}). The object might have been "
                "modified",
            },
            {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"resourceVersion": "1"}},
        ),
        delete(
            "residents/a",
            body={
                "apiVersion": "v1",
                "kind": "DeleteOptions",
                "preconditions": {"uid": "{uid}", "resourceVersion": "{rv}"},
            },
        ),
    ),
    case(
        "unknown options of a deletion are 422",
        post("residents", resident("a")),
        delete("residents/a", 422, {"reason": "Invalid"}, params={"propagationPolicy": "Foo"}),
        delete("residents/a", 422, {"reason": "Invalid"}, params={"dryRun": "Some"}),
        get("residents/a"),
    ),
    case(
        "a dry run changes nothing",
        post("residents", resident("a"), expect={"metadata": {"uid": ANY}}, params={"dryRun": "All"}),
        get("residents/a", 404),
        post("residents", resident("a")),
        patch(
            "merge",
            "residents/a",
            {"spec": {"tier": "gold"}},
            expect={"spec": {"tier": "gold"}},
            params={"dryRun": "All"},
        ),
        delete("residents/a", params={"dryRun": "All"}),
        get("residents/a", expect={"spec": {"tier": "silver"}}),
    ),
    case(
        "deletecollection deletes what a selector chooses",
        post("residents", with_meta(resident("a"), labels={"x": "1"})),
        post("residents", with_meta(resident("b"), labels={"x": "2"})),
        delete(
            "residents",
            expect={"kind": "ResidentList", "items": [{"metadata": {"name": "a"}}]},
            params={"labelSelector": "x=1"},
        ),
        get("residents", expect={"items": [{"metadata": {"name": "b"}}]}),
    ),
    case(
        "an owner is named in full, and one at most is the controller",
        post(
            "configmaps",
            owned(kind="x", name="x", uid="u"),
            422,
            unowned("apiVersion", "", "version must not be empty"),
        ),
        post(
            "configmaps",
            owned(apiVersion="a/b/c", kind="x", name="x", uid="u"),
            422,
            unowned("apiVersion", "a/b/c", "version must not be empty"),
        ),
        post(
            "configmaps", owned(apiVersion="v1", name="x", uid="u"), 422, unowned("kind", "", "kind must not be empty")
        ),
        post(
            "configmaps", owned(apiVersion="v1", kind="x", uid="u"), 422, unowned("name", "", "name must not be empty")
        ),
        post(
            "configmaps", owned(apiVersion="v1", kind="x", name="x"), 422, unowned("uid", "", "uid must not be empty")
        ),
        post("configmaps", owned(apiVersion=1, kind="x", name="x", uid="u"), 400, {"reason": "BadRequest"}),
        post(
            "configmaps",
            with_meta(
                configmap("a"),
                ownerReferences=[
                    {"apiVersion": "v1", "kind": "x", "name": "x", "uid": uid, "controller": True} for uid in "uv"
                ],
            ),
            422,
            {"details": {"causes": [{"field": "metadata.ownerReferences", "reason": "FieldValueInvalid"}]}},
        ),
    ),
    case(
        "dependents go after their owner, and finalizers hold them",
        post("residents", resident("owner")),
        post(
            "configmaps",
            with_meta(
                configmap("free"),
                ownerReferences=[{"apiVersion": API_VERSION, "kind": "Resident", "name": "owner", "uid": "{uid}"}],
            ),
        ),
        get("residents/owner"),
        post(
            "configmaps",
            with_meta(
                configmap("held"),
                finalizers=["example.com/hold"],
                ownerReferences=[{"apiVersion": API_VERSION, "kind": "Resident", "name": "owner", "uid": "{uid}"}],
            ),
        ),
        delete("residents/owner"),
        get("configmaps/free", 404, soon=True),
        get("configmaps/held", expect={"metadata": {"finalizers": ["example.com/hold"]}}),
        patch("merge", "configmaps/held", {"metadata": {"finalizers": None}}),
        get("configmaps/held", 404, soon=True),
    ),
]
