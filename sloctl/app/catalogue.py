"""From an operator's code to the catalogue of its metrics."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, get_args

from sloctl.app.modules import instrumentations
from sloctl.model.catalogue import Declaration, Label

Format = Literal["json", "markdown"]
FORMATS: Final = get_args(Format)

_VERSION: Final = 1


def read_catalogue(sources: Sequence[str]) -> tuple[Declaration, ...]:
    """
    Give what the operator in some modules declares, by name.

    A module is imported; of a package those of its modules which make an Instrumentation.

    Args:
        sources: For example ``module:tenant_operator.telemetry``.

    Raises:
        UsageError: One is no such source, cannot be imported, or has no Instrumentation.
    """
    found = {
        declaration.name: declaration
        for source in sources
        for instrumentation in instrumentations(source)
        for declaration in instrumentation.catalogue()
    }
    return tuple(declaration for _, declaration in sorted(found.items()))


def write_catalogue(declarations: Iterable[Declaration], form: Format = "json") -> str:
    """
    Write a catalogue as JSON (`version`, and `metrics` as `Declaration.to_dict` gives them) or as a Markdown table.

    >>> print(write_catalogue([Declaration("tenants", "gauge", "Tenants.")], "markdown"), end="")
    | name | type | labels | bounds | meaning |
    |---|---|---|---|---|
    | `tenants` | gauge | | | Tenants. |
    """
    if form == "markdown":
        return markdown_table(declarations)
    catalogue = {"version": _VERSION, "metrics": [declaration.to_dict() for declaration in declarations]}
    return json.dumps(catalogue, indent=2, ensure_ascii=False) + "\n"


def markdown_table(declarations: Iterable[Declaration], notes: Mapping[str, str] | None = None, head: str = "") -> str:
    """
    Write metrics as a Markdown table.

    Args:
        declarations: A row for each.
        notes: What a last column says, by the metric's name; no such column when not given.
        head: What stands above that column.
    """
    columns = ["name", "type", "labels", "bounds", "meaning", *([] if notes is None else [head])]
    rows = [columns, ["---"] * len(columns)]
    for metric in declarations:
        cells = [
            f"`{metric.name}`",
            metric.kind,
            ", ".join(map(_label, metric.labels)),
            _bounds(metric),
            metric.documentation.replace("|", "\\|").replace("\n", " "),
        ]
        rows.append(cells if notes is None else [*cells, notes.get(metric.name, "")])
    return "".join(_row(row) for row in rows)


def _row(cells: Sequence[str]) -> str:
    if cells[0] == "---":
        return f"|{'|'.join(cells)}|\n"
    return f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|\n"


def _label(label: Label) -> str:
    bound = {"enum": f" ({', '.join(label.values)})", "bounded": f" (at most {label.limit})", "object": " (object)"}
    return f"`{label.name}`{bound.get(label.kind, '')}"


def _bounds(metric: Declaration) -> str:
    if not metric.buckets:
        return ""
    bounds = f"{len(metric.buckets)}, {metric.buckets[0]:.9g} to {metric.buckets[-1]:.9g}"
    return bounds if metric.slo_threshold is None else f"{bounds}; SLO {metric.slo_threshold:.9g}"
