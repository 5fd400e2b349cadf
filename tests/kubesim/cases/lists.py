"""Lists and their pages, selectors, watches, and the forms in which answers are written."""

from typing import Any

from tests.kubesim.cases.objects import with_meta
from tests.kubesim.conformance import (
    ABSENT,
    ANY,
    PARTIAL,
    PARTIALS,
    SECONDS,
    TABLE,
    Case,
    case,
    cause,
    delete,
    failure,
    get,
    patch,
    post,
    watch,
)
from tests.support.residents import API_VERSION, configmap, resident


def event(type_: str, name: str, **obj: Any) -> dict[str, Any]:
    """Give an event of a watch."""
    return {"type": type_, "object": {"metadata": {"name": name}} | obj}


def items(*names: str) -> dict[str, Any]:
    """Give a list of objects with just these names."""
    return {"items": [{"metadata": {"name": name}} for name in names]}


def selected(selector: str, *names: str) -> Case:
    """Give the case of a label selector over two labelled objects and one without labels."""
    return case(
        f"label selector {selector}",
        post("residents", with_meta(resident("a"), labels={"tier": "gold", "new": ""})),
        post("residents", with_meta(resident("b"), labels={"tier": "silver"})),
        post("residents", resident("c")),
        get("residents", expect=items(*names), params={"labelSelector": selector}),
    )


def unreadable(parameter: str, text: str, message: str) -> Case:
    """Give the case of a selector that is refused."""
    return case(
        f"{parameter} {text!r} is 400",
        get("residents", 400, failure(400, "BadRequest", message), params={parameter: text}),
    )


CASES = [
    case(
        "a list is sorted by name and has a revision to watch from",
        post("residents", resident("b")),
        post("residents", resident("a")),
        get(
            "residents",
            expect={"apiVersion": API_VERSION, "kind": "ResidentList", "metadata": {"resourceVersion": ANY}}
            | items("a", "b"),
        ),
        get("/apis/example.com/v1/namespaces/not-there/residents", expect=items()),
    ),
    selected("tier=gold", "a"),
    selected("tier==gold", "a"),
    selected("tier!=gold", "b", "c"),
    selected("tier in (gold, silver)", "a", "b"),
    selected("tier notin (gold)", "b", "c"),
    selected("tier", "a", "b"),
    selected("!tier", "c"),
    selected("tier,new=", "a"),
    unreadable("labelSelector", "a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
    unreadable(
        "labelSelector", "a b", "unable to parse requirement: found 'b', expected: '=', '!=', '==', 'in', notin'"
    ),
    unreadable("fieldSelector", "spec", "invalid selector: 'spec'; can't understand 'spec'"),
    unreadable("fieldSelector", "spec.owner=ann", "field label not supported: spec.owner"),
    unreadable("limit", "x", 'strconv.ParseInt: parsing "x": invalid syntax'),
    case(
        "field selectors choose by name",
        post("residents", resident("a")),
        post("residents", resident("b")),
        get("residents", expect=items("b"), params={"fieldSelector": "metadata.name=b"}),
        get("residents", expect=items("a"), params={"fieldSelector": "metadata.name!=b,metadata.namespace={ns}"}),
    ),
    case(
        "a long list comes in pages of one state",
        *(post("residents", resident(name)) for name in "abc"),
        get(
            "residents",
            expect=items("a", "b") | {"metadata": {"continue": ANY, "remainingItemCount": 1}},
            params={"limit": "2"},
        ),
        post("residents", resident("d")),
        get(
            "residents",
            expect=items("c") | {"metadata": {"continue": "", "remainingItemCount": ABSENT}},
            params={"limit": "2", "continue": "{continue}"},
        ),
        get("residents", 400, {"reason": "BadRequest"}, params={"continue": "nonsense"}),
        get(
            "residents",
            400,
            {"message": "specifying resource version is not allowed when using continue"},
            params={"continue": "{continue}", "resourceVersion": "5"},
        ),
    ),
    case(
        "a list can be of an exact revision",
        post("residents", resident("a")),
        post("residents", resident("b")),
        patch("merge", "residents/a", {"spec": {"tier": "gold"}}),
        delete("residents/b"),
        get("residents", expect=items("a"), params={"resourceVersion": "{rv1}", "resourceVersionMatch": "Exact"}),
        get(
            "residents",
            expect={"items": [{"spec": {"tier": "silver"}}, {"metadata": {"name": "b"}}]},
            params={"resourceVersion": "{rv2}", "resourceVersionMatch": "Exact"},
        ),
        get("residents", expect=items("a"), params={"resourceVersion": "{rv3}"}),
    ),
    case(
        "resourceVersionMatch has rules",
        get(
            "residents",
            422,
            failure(
                422,
                "Invalid",
                'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is '
                "forbidden unless resourceVersion is provided",
                group="meta.k8s.io",
                kind="ListOptions",
                causes=[
                    cause(
                        "resourceVersionMatch",
                        "FieldValueForbidden",
                        "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
                    )
                ],
            ),
            params={"resourceVersionMatch": "Exact"},
        ),
        get("residents", 422, {"reason": "Invalid"}, params={"resourceVersionMatch": "Foo", "resourceVersion": "1"}),
        get("residents", 422, {"reason": "Invalid"}, params={"resourceVersionMatch": "Exact", "resourceVersion": "0"}),
    ),
    case(
        "a watch begins with what is there",
        post("residents", resident("a")),
        watch("residents", event("ADDED", "a", kind="Resident", apiVersion=API_VERSION)),
        watch("residents", event("ADDED", "a"), resourceVersion="0", watch="1"),
    ),
    case(
        "a watch from a revision tells what came after it",
        post("residents", resident("a")),
        patch("merge", "residents/a", {"spec": {"tier": "gold"}}),
        post("residents", resident("b")),
        delete("residents/a"),
        watch(
            "residents",
            event("MODIFIED", "a", spec={"tier": "gold", "owner": "ann"}),
            event("ADDED", "b"),
            event("DELETED", "a"),
            resourceVersion="{rv1}",
        ),
    ),
    case(
        "a deletion with a finalizer is a change, then the end",
        post("residents", with_meta(resident("a"), finalizers=["example.com/hold"])),
        delete("residents/a"),
        patch("merge", "residents/a", {"metadata": {"finalizers": None}}),
        watch(
            "residents",
            {"type": "MODIFIED", "object": {"metadata": {"name": "a", "deletionTimestamp": ANY, "generation": 2}}},
            {"type": "DELETED", "object": {"metadata": {"name": "a", "finalizers": ["example.com/hold"]}}},
            resourceVersion="{rv1}",
        ),
    ),
    case(
        "a watch with a selector sees objects come and go",
        post("residents", resident("a")),
        patch("merge", "residents/a", {"metadata": {"labels": {"x": "1"}}}),
        patch("merge", "residents/a", {"metadata": {"labels": {"x": "2"}}}),
        watch(
            "residents",
            event("ADDED", "a"),
            event("DELETED", "a"),
            resourceVersion="{rv1}",
            labelSelector="x=1",
        ),
    ),
    case(
        "a watch from a forgotten revision is told 410",
        post("residents", resident("a")),
        watch(
            "residents",
            {
                "type": "ERROR",
                "object": {"kind": "Status", "status": "Failure", "reason": "Expired", "code": 410, "message": ANY},
            },
            resourceVersion="1",
        ),
    ),
    case(
        "a watch with bookmarks gets one before its timeout",
        post("residents", resident("a")),
        watch(
            "residents",
            {
                "type": "BOOKMARK",
                "object": {"kind": "Resident", "apiVersion": API_VERSION, "metadata": {"resourceVersion": ANY}},
            },
            resourceVersion="{rv1}",
            allowWatchBookmarks="true",
            timeoutSeconds="5",
        ),
    ),
    case(
        "a custom resource is a Table with its columns",
        post("residents", resident("a", replicas=2)),
        patch("merge", "residents/a/status", {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}),
        get(
            "residents",
            expect={
                "kind": "Table",
                "apiVersion": "meta.k8s.io/v1",
                "columnDefinitions": [
                    {"name": "Name", "type": "string", "format": "name", "priority": 0},
                    {"name": "Owner", "type": "string", "format": "", "priority": 0},
                    {"name": "Phase", "type": "string"},
                    {"name": "Ready", "type": "string"},
                    {"name": "Replicas", "type": "integer", "priority": 1},
                    {"name": "Age", "type": "date"},
                ],
                "rows": [
                    {
                        "cells": ["a", "ann", None, "True", 2, SECONDS],
                        "object": {
                            "kind": "PartialObjectMetadata",
                            "apiVersion": "meta.k8s.io/v1",
                            "metadata": {"name": "a"},
                            "spec": ABSENT,
                        },
                    }
                ],
            },
            accept=TABLE,
        ),
        get("residents/a", expect={"kind": "Table", "rows": [{"cells": ANY}]}, accept=TABLE),
        get("residents", expect={"rows": [{"object": None}]}, accept=TABLE, params={"includeObject": "None"}),
        get("residents/b", 404, {"kind": "Status"}, accept=TABLE),
    ),
    case(
        "a built-in resource is a Table",
        post("configmaps", with_meta(configmap("a", x="1", y="2"), labels={"mine": ""})),
        get(
            "configmaps",
            expect={
                "columnDefinitions": [{"name": "Name"}, {"name": "Data"}, {"name": "Age"}],
                "rows": [{"cells": ["a", 2, SECONDS]}],
            },
            accept=TABLE,
            params={"labelSelector": "mine"},
        ),
    ),
    case(
        "metadata can be asked for alone",
        post("residents", resident("a")),
        get(
            "residents/a",
            expect={"kind": "PartialObjectMetadata", "metadata": {"name": "a"}, "spec": ABSENT},
            accept=PARTIAL,
        ),
        get(
            "residents",
            expect={
                "kind": "PartialObjectMetadataList",
                "items": [{"kind": "PartialObjectMetadata", "metadata": {"name": "a"}, "spec": ABSENT}],
            },
            accept=PARTIALS,
        ),
    ),
    case(
        "a form that is not offered is 406",
        post("residents", resident("a")),
        get("residents/a", 406, {"reason": "NotAcceptable"}, accept="text/html"),
        get("residents/a", 406, {"reason": "NotAcceptable"}, accept="application/json;as=Foo;v=v1;g=meta.k8s.io"),
        get("residents/a", accept="*/*"),
    ),
]
