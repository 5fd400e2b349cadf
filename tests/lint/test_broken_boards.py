"""A broken dashboard is told what is wrong with it, by file, line and panel."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sloctl.app.lint import lint
from sloctl.model.errors import UsageError
from tests.lint.boards import BOARD, Json, Spoil, all_of, field, first_panel, override, spoilt

RICH = spoilt(
    all_of(
        first_panel(
            links=[{"title": "More", "url": "/d/board?var-job=a&from=now"}],
            transformations=[{"id": "reduce", "options": {"reducers": ["max"], "fields": {"a": {"aggregations": []}}}}],
            options={
                "legend": {"showLegend": True, "calcs": ["max"]},
                "reduceOptions": {"calcs": ["last"], "fields": "", "values": False},
                "textMode": "auto",
                "footer": {"reducer": ["sum"]},
            },
        ),
        override("thresholds", {"mode": "absolute", "steps": [{"color": "red", "value": None}]}),
        field(
            mappings=[{"type": "special", "options": {"match": "nan"}}],
            thresholds={"steps": [{"color": "red", "value": None}, {"color": "blue", "value": 1}]},
            custom={"stacking": {"mode": "none"}},
            links=[{"title": "More", "url": "/d/board"}],
        ),
    )
)
RICH["rows"] = [{"panels": [copy.deepcopy(BOARD["panels"][0])]}]
RICH["__inputs"] = [{"name": "DS"}]
ODD = st.sampled_from(
    [None, True, 0, -1, 10**400, 1.5, 1e308, "", "$a", "${b:x}", "\ud800", [], [None], {}, {"a": [{}]}]
)


def paths(part: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Give the way to every part."""
    yield path
    for key, each in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
        yield from paths(each, (*path, key))


PLACES = [path for path in paths(RICH) if path]


def replaced(board: Json, path: tuple[str | int, ...], value: object) -> Json:
    """Put something else in a place."""
    board = copy.deepcopy(board)
    part: Any = board
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return board


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), value=ODD)
def test_a_wrong_type_anywhere_is_a_finding_at_most(
    place: tuple[str | int, ...], value: object, tmp_path: Path
) -> None:
    """Whatever stands where something else should, there is no traceback, and findings can be printed."""
    file = tmp_path / "board.json"
    file.write_text(json.dumps(replaced(RICH, place, value)))

    try:
        report = lint([file])
    except UsageError:  # it is no dashboard any more
        return
    for finding in report.findings:
        str(finding).encode()


@pytest.mark.parametrize(
    ("spoil", "said", "line"),
    [
        (lambda board: board["panels"].insert(0, 5), "panels.0 is a whole number, not a mapping", '  "panels": ['),
        (first_panel(targets={}), "panel 'Panel 1': panels.0.targets is a mapping, not a list", '"targets": {}'),
        (first_panel(title=7), "panel 1: panels.0.title is a whole number, not text", '"title": 7'),
        (
            lambda board: board["panels"][1]["targets"][0].update(expr=["up"]),
            "panel 'Panel 2': panels.1.targets.0.expr is a list, not text",
            '"expr": [',
        ),
        (
            field(thresholds={"steps": [{"color": "red", "value": "null"}]}),
            "panel 'Panel 1': panels.0.fieldConfig.defaults.thresholds.steps.0.value is text, not a number",
            '"value": "null"',
        ),
        (lambda board: board.update(templating=[]), "templating is a list, not a mapping", '"templating": []'),
    ],
    ids=["panel", "targets", "title", "expr", "threshold", "templating"],
)
def test_a_wrong_type_is_named_with_its_place(spoil: Spoil, said: str, line: str, tmp_path: Path) -> None:
    """By the line it stands in, the panel it is in, what it is and what it should be."""
    file = tmp_path / "board.json"
    file.write_text(json.dumps(spoilt(spoil), indent=2))
    (finding,) = (each for each in lint([file]).findings if each.check == "dashboard-types")

    assert said == finding.summary
    offset = 1 if line == '  "panels": [' else 0  # the item stands in the next line
    assert line in file.read_text().splitlines()[finding.line - 1 - offset]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"Panel 2",', '"Panel 2"', "expecting ',' delimiter, behind \"Panel 2\""),
        ('"Board",', '"Board",,', 'expecting property name enclosed in double quotes, behind "Board"'),
        ('"schemaVersion": 42', '"schemaVersion": NaN', "it has no NaN"),
        ('"schemaVersion": 42', "'schemaVersion': 42", "expecting property name enclosed in double quotes"),
    ],
)
def test_what_is_no_json_is_said_with_its_place(before: str, after: str, said: str, tmp_path: Path) -> None:
    """Also where YAML would take it, since Grafana does not; the title before it tells the panel."""
    text = json.dumps(BOARD, indent=2)
    file = tmp_path / "board.json"
    file.write_text(text.replace(before, after))
    (finding,) = lint([file]).findings

    assert ("syntax", str(file)) == (finding.check, finding.path)
    assert said in finding.summary
    assert "NaN" in said or abs(finding.line - 1 - text[: text.index(before)].count("\n")) <= 1


def test_what_json_may_have_is_read(tmp_path: Path) -> None:
    """Tabs, escaped slashes, characters in two escapes, and a mark of the byte order."""
    board = copy.deepcopy(BOARD) | {"title": "a/b \N{GRINNING FACE}"}
    file = tmp_path / "board.json"
    file.write_text("\N{ZERO WIDTH NO-BREAK SPACE}" + json.dumps(board, indent="\t").replace("a/b", "a\\/b"))

    assert () == lint([file]).findings
