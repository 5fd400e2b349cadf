"""Patches of each kind, their conflicts, and the status subresource."""

from tests.kubesim.cases.objects import CONFLICT, held
from tests.kubesim.conformance import ABSENT, ANY, case, failure, get, patch, post, put
from tests.support.residents import API_VERSION, configmap, resident

REJECTED = failure(422, "Invalid", "the server rejected our request due to an error in our request") | {"details": {}}
SILVER = {"spec": {"owner": "ann", "tier": "silver"}}
TWO = {"spec": {"owner": "ann", "replicas": 2}}
PLAIN = {"apiVersion": API_VERSION, "kind": "Plain", "metadata": {"name": "a"}, "size": 1, "status": {"x": 1}}


NO_FIT = {"reason": "Invalid", "details": {"causes": [{"field": "patch", "reason": "FieldValueInvalid"}]}}


def owners(*references: dict[str, str]) -> dict[str, object]:
    """Give a patch of the owners, which are ConfigMaps."""
    return {
        "metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap"} | owner for owner in references]}
    }


CASES = [
    case(
        "merge patch: null removes, maps merge, lists are replaced",
        post("residents", resident("a", tags={"x": "1", "y": "2"}, databases=[{"name": "one"}])),
        patch(
            "merge",
            "residents/a",
            {"spec": {"tags": {"x": None, "z": "3"}, "databases": [{"name": "two"}]}},
            expect={"spec": {"tags": {"x": ABSENT, "y": "2", "z": "3"}, "databases": [{"name": "two", "size": 3}]}},
        ),
    ),
    case(
        "merge patch with a stale resourceVersion is 409",
        post("residents", resident("a")),
        patch("merge", "residents/a", {"spec": {"tier": "gold"}}),
        patch("merge", "residents/a", {"metadata": {"resourceVersion": "{rv1}", "labels": {"x": "y"}}}, 409, CONFLICT),
    ),
    case(
        "merge patch that changes nothing keeps the resourceVersion",
        post("residents", resident("a")),
        patch("merge", "residents/a", {"spec": {"owner": "ann"}}, expect={"metadata": {"resourceVersion": "{rv1}"}}),
    ),
    case(
        "a patch cannot change name, namespace, uid or kind",
        post("residents", resident("a")),
        patch(
            "merge",
            "residents/a",
            {"metadata": {"name": "q"}},
            400,
            {"message": "the name of the object (q) does not match the name on the URL (a)"},
        ),
        patch("merge", "residents/a", {"metadata": {"namespace": "q"}}, 400, {"reason": "BadRequest"}),
        patch(
            "merge",
            "residents/a",
            {"metadata": {"uid": "q"}},
            422,
            {
                "message": 'Resident.example.com "a" is invalid: metadata.uid: Invalid value: "q": field is immutable',
                "details": {"name": "a", "group": "example.com", "kind": "Resident"},
            },
        ),
        patch("merge", "residents/a", {"kind": "Foo"}, 422, {"details": {"causes": [{"field": "kind"}]}}),
        patch("merge", "residents/a", {"apiVersion": "v7"}, 422, {"details": {"causes": [{"field": "apiVersion"}]}}),
    ),
    case(
        "a patch into what the kind cannot be is 422, where a create is 400",
        post("residents", resident("a")),
        patch("merge", "residents/a", {"metadata": {"labels": {"a": 1}}}, 422, NO_FIT),
        patch("merge", "residents/a", {"metadata": 7}, 422, NO_FIT),
        patch("merge", "residents/a", {"kind": None}, 422, NO_FIT),
        post("configmaps", configmap("a")),
        patch("merge", "configmaps/a", {"data": {"a": 1}}, 422, NO_FIT),
        patch("strategic", "configmaps/a", {"data": {"a": 1}}, 422, NO_FIT),
        patch("merge", "configmaps/a", {"binaryData": {"b": "!"}}, 422, NO_FIT),
    ),
    case(
        "a merge patch that is no map is 422",
        post("residents", resident("a")),
        patch("merge", "residents/a", [1], 422, {"reason": "Invalid"}),
    ),
    case(
        "json patch applies its operations in order",
        post("residents", resident("a")),
        patch(
            "json",
            "residents/a",
            [
                {"op": "test", "path": "/spec/owner", "value": "ann"},
                {"op": "replace", "path": "/spec/owner", "value": "bob"},
                {"op": "add", "path": "/metadata/finalizers", "value": ["example.com/hold"]},
                {"op": "add", "path": "/metadata/finalizers/-", "value": "example.com/more"},
            ],
            expect={
                "metadata": {"finalizers": ["example.com/hold", "example.com/more"], "generation": 2},
                "spec": {"owner": "bob"},
            },
        ),
        patch("merge", "residents/a", {"metadata": {"finalizers": None}}),
    ),
    case(
        "json patch with a failed test is 422 and changes nothing",
        post("residents", resident("a")),
        patch(
            "json",
            "residents/a",
            [
                {"op": "replace", "path": "/spec/owner", "value": "bob"},
                {"op": "test", "path": "/metadata/resourceVersion", "value": "1"},
            ],
            422,
            REJECTED,
        ),
        get("residents/a", expect={"spec": {"owner": "ann"}, "metadata": {"resourceVersion": "{rv1}"}}),
    ),
    case(
        "json patch of a path that is not there is 422",
        post("residents", resident("a")),
        patch("json", "residents/a", [{"op": "remove", "path": "/spec/nope"}], 422, REJECTED),
        patch("json", "residents/a", [{"op": "test", "path": "/spec/nope", "value": 1}], 422, REJECTED),
        patch("json", "residents/a", [{"op": "foo", "path": "/spec/owner"}], 422, REJECTED),
        patch("json", "residents/a", [{"op": "replace", "path": "/spec/no/pe", "value": 1}], 422, REJECTED),
        patch("json", "residents/a", [{"op": "copy", "from": "/spec/no/pe", "path": "/spec/tier"}], 422, REJECTED),
        patch("json", "residents/a", [{"op": "copy", "path": "/spec/tier"}], 422, REJECTED),
        patch("json", "residents/a", [{"op": "move", "from": "/spec/nope", "path": "/spec/tier"}], 422, REJECTED),
    ),
    case(
        "json patch reads a key that a map lacks as null",
        post("residents", resident("a", tier="gold")),
        patch("json", "residents/a", [{"op": "test", "path": "/spec/nope", "value": None}]),
        patch("json", "residents/a", [{"op": "copy", "from": "/spec/nope", "path": "/spec/tier"}], expect=SILVER),
        patch("json", "residents/a", [{"op": "copy", "from": "/spec/nope", "path": "/spec/owner"}], 422),
        patch("json", "residents/a", [{"op": "replace", "path": "/spec/replicas", "value": 2}], expect=TWO),
    ),
    case(
        "a json patch that is no list is 400",
        post("residents", resident("a")),
        patch("json", "residents/a", {"op": "test"}, 400, {"reason": "BadRequest"}),
        patch("json", "residents/a", b"{x", 400, {"reason": "BadRequest"}),
    ),
    case(
        "custom resources take no strategic patch",
        post("residents", resident("a")),
        patch("strategic", "residents/a", {"spec": {"tier": "gold"}}, 415, {"reason": "UnsupportedMediaType"}),
    ),
    case(
        "strategic patch of a ConfigMap merges maps",
        post("configmaps", configmap("a", x="1", y="2")),
        patch(
            "strategic",
            "configmaps/a",
            {"data": {"x": None, "z": "3"}},
            expect={"data": {"x": ABSENT, "y": "2", "z": "3"}},
        ),
        patch(
            "strategic",
            "configmaps/a",
            {"data": {"$patch": "replace", "q": "4"}},
            expect={"data": {"$patch": ABSENT, "y": ABSENT, "z": ABSENT, "q": "4"}},
        ),
    ),
    case(
        "strategic patch merges owners by uid and finalizers by value",
        post("configmaps", configmap("a")),
        patch("strategic", "configmaps/a", {"metadata": {"finalizers": ["example.com/x"]}}),
        patch(
            "strategic",
            "configmaps/a",
            {"metadata": {"finalizers": ["example.com/y"]}},
            expect={"metadata": {"finalizers": ["example.com/y", "example.com/x"]}},
        ),
        patch(
            "strategic",
            "configmaps/a",
            {"metadata": {"$deleteFromPrimitiveList/finalizers": ["example.com/y", "example.com/x"]}},
            expect={"metadata": {"finalizers": ABSENT}},
        ),
        post("configmaps", configmap("owner")),
        patch("strategic", "configmaps/a", owners({"name": "x", "uid": "{uid}"})),
        patch(
            "strategic",
            "configmaps/a",
            owners({"name": "y", "uid": "none"}),
            expect={"metadata": {"ownerReferences": [{"name": "y", "uid": "none"}, {"name": "x"}]}},
        ),
    ),
    case(
        "status is apart from the rest",
        post("residents", resident("a") | {"status": {"phase": "mine"}}, expect={"status": ABSENT}),
        patch("merge", "residents/a", {"status": {"phase": "mine"}}, expect={"status": ABSENT}),
        patch(
            "merge",
            "residents/a/status",
            {"status": {"phase": "Active"}, "spec": {"tier": "gold"}, "metadata": {"labels": {"x": "y"}}},
            expect={
                "status": {"phase": "Active"},
                "spec": {"tier": "silver"},
                "metadata": {"labels": ABSENT, "generation": 1},
            },
        ),
        get("residents/a/status", expect={"kind": "Resident", "status": {"phase": "Active"}}),
        put(
            "residents/a",
            resident("a", tier="gold") | {"metadata": {"name": "a", "resourceVersion": "{rv}"}},
            expect={"status": {"phase": "Active"}, "spec": {"tier": "gold"}, "metadata": {"generation": 2}},
        ),
    ),
    case(
        "PUT of the status takes the status alone",
        post("residents", resident("a")),
        put(
            "residents/a/status",
            resident("a", owner="eve")
            | {"metadata": {"name": "a", "resourceVersion": "{rv}"}, "status": {"phase": "Active"}},
            expect={"spec": {"owner": "ann"}, "status": {"phase": "Active"}, "metadata": {"generation": 1}},
        ),
        put(
            "residents/a/status",
            resident("a") | {"metadata": {"name": "a", "resourceVersion": "{rv1}"}, "status": {"phase": "Late"}},
            409,
            CONFLICT,
        ),
    ),
    case(
        "json patch of the status takes the status alone",
        post("residents", resident("a")),
        patch(
            "json",
            "residents/a/status",
            [
                {"op": "test", "path": "/metadata/resourceVersion", "value": "{rv}"},
                {"op": "add", "path": "/status", "value": {"phase": "Active"}},
                {"op": "replace", "path": "/spec/owner", "value": "eve"},
            ],
            expect={"spec": {"owner": "ann"}, "status": {"phase": "Active"}},
        ),
    ),
    case(
        "without the subresource, status is data like any other",
        post("plains", PLAIN, expect={"size": 1, "status": {"x": 1}}),
        patch("merge", "plains/a", {"status": {"x": 2}}, expect={"status": {"x": 2}, "metadata": {"generation": 2}}),
        patch("merge", "plains/a/status", {"status": {"x": 3}}, 404, {"reason": "NotFound"}),
    ),
    case(
        "the status of an object that is going away can be written",
        post("residents", held("a")),
        patch("merge", "residents/a/status", {"status": {"phase": "Leaving"}}, expect={"status": {"phase": "Leaving"}}),
        patch("merge", "residents/a", {"metadata": {"finalizers": None}}, expect={"metadata": {"uid": ANY}}),
    ),
]
