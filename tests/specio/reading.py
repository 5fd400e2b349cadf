"""Reads specs in tests."""

from sloctl.model.slo import Slo
from sloctl.model.specs import Specs
from sloctl.specio.specs import read_specs


def sound(text: str, *, lenient: bool = False) -> Specs:
    """Read a file that has no fault."""
    specs, findings = read_specs([("a.yaml", text)], lenient=lenient)
    assert [] == [str(finding) for finding in findings if finding.severity == "error"]
    return specs


def only(text: str, *, lenient: bool = False) -> Slo:
    """Read a file with one SLO and no fault."""
    (slo,) = sound(text, lenient=lenient).slos
    return slo


def said(text: str, *, lenient: bool = False) -> list[str]:
    """Give what is said about a file, as lines that begin with the place."""
    _, findings = read_specs([("a.yaml", text)], lenient=lenient)
    return [str(finding).removeprefix("a.yaml:") for finding in findings]
