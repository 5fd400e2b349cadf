"""How an answer is written: as it is, as a Table, or as metadata alone; chosen by the Accept header."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from sloctl.kubesim.errors import Obj, not_acceptable
from sloctl.kubesim.objects import Target
from sloctl.kubesim.tables import META_GROUP_VERSION, partial, table

JSON = "application/json"
Form = Literal["", "Table", "PartialObjectMetadata", "PartialObjectMetadataList"]


def negotiate(accept: str, forms: Iterable[Form] = ("",)) -> Form:
    """
    Choose the first representation that the client accepts and the server offers.

    Raises:
        ApiError: 406, when there is none.

    >>> negotiate("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", ("", "Table"))
    'Table'
    """
    for media_type, parameters in _ranges(accept or JSON):
        if media_type not in (JSON, "application/*", "*/*"):
            continue
        wanted = parameters.get("as", "")
        known = not wanted or (parameters.get("g") == "meta.k8s.io" and parameters.get("v") == "v1")
        for form in forms:
            if known and wanted == form:
                return form
    raise not_acceptable([JSON])


def _ranges(accept: str) -> Iterator[tuple[str, dict[str, str]]]:
    for part in accept.split(","):
        media_type, *parameters = (piece.strip() for piece in part.split(";"))
        yield media_type, dict(piece.partition("=")[::2] for piece in parameters)


class Presenter:
    """
    Writes the objects of one request.

    Args:
        target: What the request is about.
        accept: Its Accept header.
        params: Its query; `includeObject` matters here.
        many: The answer is a list.
    """

    def __init__(self, target: Target, accept: str, params: Mapping[str, str], *, many: bool = False) -> None:
        partial_form: Form = "PartialObjectMetadataList" if many else "PartialObjectMetadata"
        self.form = negotiate(accept, ("", "Table", partial_form))
        self._target = target
        self._include = params.get("includeObject", "Metadata")

    def one(self, obj: Obj) -> Obj:
        """Write one object; a Status stays as it is."""
        if obj.get("kind") == "Status" or not self.form:
            return obj
        if self.form == "Table":
            return self._table([obj], {"resourceVersion": obj["metadata"].get("resourceVersion", "")})
        return partial(obj)

    def many(self, objects: list[Obj], metadata: Obj) -> Obj:
        """Write a list."""
        if self.form == "Table":
            return self._table(objects, metadata)
        if self.form:
            items = [partial(obj) for obj in objects]
            return {
                "kind": "PartialObjectMetadataList",
                "apiVersion": META_GROUP_VERSION,
                "metadata": metadata,
                "items": items,
            }
        resource = self._target.resource
        kind = resource.list_kind or f"{resource.kind}List"
        return {"apiVersion": self._target.api_version, "items": objects, "kind": kind, "metadata": metadata}

    def event(self, event: Obj, *, first: bool) -> Obj:
        """Write an event of a watch; only its first Table carries the columns."""
        if event["type"] == "ERROR" or not self.form:
            return event
        if event["type"] == "BOOKMARK" and self.form == "Table":
            shown = self._table([], event["object"]["metadata"])
        else:
            shown = self.one(event["object"])
        if self.form == "Table" and not first:
            shown = shown | {"columnDefinitions": None}
        return event | {"object": shown}

    def _table(self, objects: list[Obj], metadata: Obj) -> Obj:
        return table(self._target.version, objects, metadata, self._include)
