"""Reads a catalogue of metrics, as `sloctl generate catalogue` writes it."""

from typing import Final, cast, get_args

from sloctl.model.catalogue import Declaration, Intent, Label, LabelKind, MetricKind
from sloctl.model.errors import SpecError
from sloctl.specio.reader import Fields, Reader
from sloctl.specio.tree import Value, documents

_FAMILY: Final = (
    "documentation",
    "labels",
    "intent",
    "drop_after_s",
    "buckets",
    "slo_threshold",
    "native",
    "unit",
    "staleness",
)


def read_catalogue(text: str, path: str) -> list[Declaration]:
    """
    Read a catalogue: a list of metric families, or a mapping whose ``metrics`` are that list.

    Args:
        text: JSON or YAML.
        path: How findings name the file.

    Raises:
        SpecError: It is none.
    """
    values, findings = documents(text, path)
    reader = _CatalogueReader()
    reader.findings += findings
    families = [family for value in values for family in reader.families(value)]
    if reader.findings:
        raise SpecError(reader.findings)
    return families


class _CatalogueReader(Reader):
    def families(self, value: Value) -> list[Declaration]:
        if isinstance(value.data, dict) and "metrics" in value.data:
            value = value.data["metrics"]
        families = [self._family(item, f"[{number}]") for number, item in enumerate(self.items(value, "the catalogue"))]
        return [family for family in families if family is not None]

    def _family(self, value: Value, where: str) -> Declaration | None:
        fields = self.fields(value, where, Fields(["name", "kind"], _FAMILY))
        if "name" not in fields or "kind" not in fields:
            return None
        name = self.text(fields["name"], f"{where}.name")
        kind = self.choice(fields["kind"], f"{where}.kind", get_args(MetricKind))
        intent = self.choice(fields["intent"], f"{where}.intent", get_args(Intent)) if "intent" in fields else "level"
        items = self.items(fields["labels"], f"{where}.labels") if "labels" in fields else []
        labels = [self._label(item, f"{where}.labels[{number}]") for number, item in enumerate(items)]
        if name is None or kind is None or intent is None:
            return None
        return Declaration(
            name,
            cast(MetricKind, kind),
            self.optional(fields, "documentation", where),
            tuple(labels),
            cast(Intent, intent),
            slo_threshold=self.get(self.number, fields, "slo_threshold", where),
            native=bool(self.get(self.flag, fields, "native", where)),
        )

    def _label(self, value: Value, where: str) -> Label:
        fields = self.fields(value, where, Fields(["name"], ["kind", "values", "limit"]))
        name = self.text(fields["name"], f"{where}.name") if "name" in fields else None
        kind = self.choice(fields["kind"], f"{where}.kind", get_args(LabelKind)) if "kind" in fields else "free"
        values = self.items(fields["values"], f"{where}.values") if "values" in fields else []
        texts = [self.text(item, f"{where}.values") for item in values]
        return Label(name or "", cast(LabelKind, kind or "free"), tuple(text or "" for text in texts))
