"""What a CRD's schema does to an object: pruning, defaults, validation; and the life of a CRD itself."""

from typing import Any

from tests.kubesim.conformance import ABSENT, ANY, Case, case, cause, failure, get, patch, post
from tests.support.residents import resident


def refused(
    name: str, spec: dict[str, Any], field: str, reason: str, message: str, old: dict[str, str] | None = None
) -> Case:
    """Give the case of a spec with one fault; `old` has field, reason or message as 1.20 words them."""
    now = {"field": field, "reason": reason, "message": message}
    expect = _invalid(**now)
    before = (422, _invalid(**(now | old))) if old else None
    step = post("residents", resident("a", **spec), 422, expect, old=before)
    return case(f"refused: {name}", step, differs=f"words it otherwise: {', '.join(old)}" if old else "")


def _invalid(field: str, reason: str, message: str) -> dict[str, Any]:
    return failure(
        422,
        "Invalid",
        f'Resident.example.com "a" is invalid: {field}: {message}',
        name="a",
        group="example.com",
        kind="Resident",
        causes=[cause(field, reason, message)],
    )


INVALID = "FieldValueInvalid"

CASES = [
    case(
        "unknown fields are pruned, at every depth",
        post(
            "residents",
            resident("a", foo=1, databases=[{"name": "x", "bar": 1}], free={"deep": {"er": 1}}) | {"top": 1},
            expect={
                "top": ABSENT,
                "spec": {"foo": ABSENT, "databases": [{"name": "x", "bar": ABSENT}], "free": {"deep": {"er": 1}}},
            },
            params={"fieldValidation": "Ignore"},
        ),
    ),
    case(
        "unknown fields are refused on request",
        post(
            "residents",
            resident("a", foo=1),
            400,
            failure(
                400,
                "BadRequest",
                'Resident in version "v1" cannot be handled as a Resident: '
                'strict decoding error: unknown field "spec.foo"',
            ),
            params={"fieldValidation": "Strict"},
            old=(201, {"spec": {"foo": ABSENT}}),
        ),
        differs="fieldValidation is newer",
    ),
    case(
        "defaults are filled in, also in lists and for null",
        post(
            "residents",
            resident("a", tier=None, databases=[{"name": "x"}]),
            expect={"spec": {"tier": "silver", "databases": [{"name": "x", "size": 3}]}},
        ),
        patch("merge", "residents/a", {"spec": {"tier": None}}, expect={"spec": {"tier": "silver"}}),
    ),
    case(
        "null is kept where the schema allows it",
        post("residents", resident("a", note=None), expect={"spec": {"note": None}}),
    ),
    case(
        "a number without a fraction is an integer",
        post("residents", resident("a", replicas=2.0), expect={"spec": {"replicas": 2}}),
    ),
    case(
        "int-or-string takes both",
        post("residents", resident("a", port=80), expect={"spec": {"port": 80}}),
        post("residents", resident("b", port="http"), expect={"spec": {"port": "http"}}),
        post("residents", resident("c", port=True), 422, {"details": {"causes": [{"field": "spec.port"}]}}),
    ),
    refused(
        "enum",
        {"tier": "tin"},
        "spec.tier",
        "FieldValueNotSupported",
        'Unsupported value: "tin": supported values: "gold", "silver"',
    ),
    refused(
        "type",
        {"replicas": "x"},
        "spec.replicas",
        "FieldValueTypeInvalid",
        'Invalid value: "string": spec.replicas in body must be of type integer: "string"',
        {"reason": INVALID},
    ),
    refused(
        "integer",
        {"replicas": 1.5},
        "spec.replicas",
        "FieldValueTypeInvalid",
        'Invalid value: "number": spec.replicas in body must be of type integer: "number"',
        {"reason": INVALID},
    ),
    refused(
        "minimum",
        {"replicas": 0},
        "spec.replicas",
        INVALID,
        "Invalid value: 0: spec.replicas in body should be greater than or equal to 1",
    ),
    refused(
        "maximum",
        {"replicas": 9},
        "spec.replicas",
        INVALID,
        "Invalid value: 9: spec.replicas in body should be less than or equal to 5",
    ),
    refused(
        "minLength",
        {"owner": "a"},
        "spec.owner",
        INVALID,
        'Invalid value: "a": spec.owner in body should be at least 2 chars long',
    ),
    refused(
        "maxLength",
        {"owner": "abcdefghi"},
        "spec.owner",
        "FieldValueTooLong",
        "Too long: may not be more than 8 bytes",
        {
            "reason": INVALID,
            "message": 'Invalid value: "abcdefghi": spec.owner in body should be at most 8 chars long',
        },
    ),
    refused(
        "pattern",
        {"owner": "AB"},
        "spec.owner",
        INVALID,
        "Invalid value: \"AB\": spec.owner in body should match '^[a-z]+$'",
    ),
    refused("required", {"owner": None}, "spec.owner", "FieldValueRequired", "Required value"),
    refused(
        "minItems",
        {"databases": []},
        "spec.databases",
        INVALID,
        "Invalid value: 0: spec.databases in body should have at least 1 items",
    ),
    refused(
        "maxItems",
        {"databases": [{"name": "a"}, {"name": "b"}, {"name": "c"}]},
        "spec.databases",
        "FieldValueTooMany",
        "Too many: 3: must have at most 2 items",
        {"reason": INVALID, "message": "Invalid value: 3: spec.databases in body should have at most 2 items"},
    ),
    refused(
        "required in a list",
        {"databases": [{"size": 1}]},
        "spec.databases[0].name",
        "FieldValueRequired",
        "Required value",
        {"field": "spec.databases.name"},
    ),
    refused(
        "additionalProperties",
        {"tags": {"a": 1}},
        "spec.tags.a",
        "FieldValueTypeInvalid",
        'Invalid value: "integer": spec.tags.a in body must be of type string: "integer"',
        {"reason": INVALID},
    ),
    refused(
        "format",
        {"since": "yesterday"},
        "spec.since",
        "FieldValueTypeInvalid",
        'Invalid value: "yesterday": spec.since in body must be of type date-time: "yesterday"',
        {"reason": INVALID},
    ),
    case(
        "an update is validated like a create",
        post("residents", resident("a")),
        patch(
            "merge", "residents/a", {"spec": {"tier": "tin"}}, 422, {"details": {"causes": [{"field": "spec.tier"}]}}
        ),
        patch(
            "merge",
            "residents/a",
            {"spec": None},
            422,
            {"message": 'Resident.example.com "a" is invalid: spec: Required value'},
        ),
        get("residents/a", expect={"metadata": {"resourceVersion": "{rv1}"}}),
    ),
    case(
        "a CRD is established with its names",
        get(
            "crds/residents.example.com",
            expect={
                "metadata": {"generation": ANY, "uid": ANY},
                "spec": {
                    "conversion": {"strategy": "None"},
                    "names": {
                        "singular": "resident",
                        "listKind": "ResidentList",
                        "plural": "residents",
                        "kind": "Resident",
                    },
                },
                "status": {
                    "conditions": [
                        {"type": "NamesAccepted", "status": "True", "reason": "NoConflicts"},
                        {"type": "Established", "status": "True", "reason": "InitialNamesAccepted"},
                    ],
                    "acceptedNames": {"plural": "residents", "kind": "Resident"},
                    "storedVersions": ["v1"],
                },
            },
        ),
    ),
]
