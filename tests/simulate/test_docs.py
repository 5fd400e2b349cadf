"""docs/simulate.md quotes what the code has."""

from pathlib import Path

from sloctl.app.simulate import read_mix
from sloctl.model.alerting_quality import DEVIATIONS, FIT, OFFSET, STEPS
from sloctl.simulate import SHAPES
from sloctl.simulate.incidents import MIX
from tests.support.prometheus import REPOSITORY

PAGE = (REPOSITORY / "docs/simulate.md").read_text()


def test_the_usual_incidents_are_the_code_s(tmp_path: Path) -> None:
    """The CSV of the page, read as --incidents, is the mix that is taken without."""
    lines = PAGE[PAGE.index("    duration,error_ratio") :].split("\n\n")[0].splitlines()
    (tmp_path / "mix.csv").write_text("\n".join(line.strip() for line in lines))

    assert read_mix(tmp_path / "mix.csv") == MIX


def test_the_guard_s_figures_are_the_code_s() -> None:
    """The steps and the bound above them have the code's digits."""
    first, second, third = STEPS

    assert f"{first}, {second} and\n{third}" in PAGE
    assert f"ceil(mu + {DEVIATIONS} sqrt(mu) + {OFFSET} - {FIT[0]} / (sqrt(mu) + {FIT[1]}))" in PAGE


def test_every_shape_has_a_row() -> None:
    """Traffic that can be chosen is described."""
    assert all(f"| `{shape}` |" in PAGE for shape in SHAPES)
