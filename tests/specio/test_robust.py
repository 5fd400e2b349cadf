"""Whatever is read gives SLOs and findings, never a traceback."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sloctl.model.findings import Finding
from sloctl.specio import specs, tree
from sloctl.specio.specs import MAX_BYTES, read_specs
from tests.specio import test_openslo, test_openslo_complete, test_pyrra, test_sloth
from tests.support.prometheus import REPOSITORY

SOUND = [
    test_openslo.SPEC,
    test_openslo_complete.HEAD
    + test_openslo_complete.METHOD
    + test_openslo_complete.WINDOW
    + test_openslo_complete.OBJECTIVE
    + test_openslo_complete.RATIO
    + test_openslo_complete.INLINE,
    test_openslo_complete.OBJECTS,
    test_pyrra.SPEC,
    test_sloth.RESOURCE,
    test_sloth.SPEC,
    test_sloth.WINDOWS,
    (REPOSITORY / "rules/slos/operator.yaml").read_text(),
]
WORDS = sorted({word for text in SOUND for word in text.replace(":", " ").split()})
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS)
trees = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


def check(data: str | bytes) -> list[Finding]:
    """Read something, strictly and leniently; every finding has a place and words."""
    for lenient in (False, True):
        _, findings = read_specs([("a.yaml", data)], lenient=lenient)
        assert all(finding.summary and finding.check and finding.line >= 0 for finding in findings)
    return findings


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_give_findings(data: bytes) -> None:
    """What is no spec, no YAML or no UTF-8 is reported."""
    check(data)


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_any_part_of_a_spec_may_be_anything(data: st.DataObject) -> None:
    """A sound spec in which any value was exchanged for any other gives findings."""
    import yaml

    documents = list(yaml.safe_load_all(data.draw(st.sampled_from(SOUND))))
    for _ in range(data.draw(st.integers(1, 2))):
        place: object = documents
        while isinstance(place, dict | list) and place:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = data.draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.integers(0, 5)) == 0:  # type: ignore[index]
                place[key] = data.draw(trees)  # type: ignore[index]
                break
            place = place[key]  # type: ignore[index]
    check(yaml.safe_dump_all(documents))


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_any_edit_of_a_spec_gives_findings(data: st.DataObject) -> None:
    """A sound spec in which some characters were exchanged gives findings."""
    text = data.draw(st.sampled_from(SOUND))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    check(text[:start] + data.draw(st.sampled_from(WORDS) | st.text(max_size=4)) + text[end:])


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
@pytest.mark.parametrize("depth", [65, 5_000, 200_000])
def test_what_is_too_deep_is_refused(opening: str, depth: int) -> None:
    """Nesting ends in a finding, long before the stack does."""
    assert "more than 64 levels deep" in str(check(opening * depth)[0])


@pytest.mark.parametrize(
    "query", ["(" * 100_000, "(" * 50_000 + "a" + ")" * 50_000, "-" * 100_000 + "a", "sum(" * 20_000]
)
def test_a_query_that_is_too_deep_is_refused(query: str) -> None:
    """A query ends in a finding, too."""
    text = test_openslo.SPEC.replace("sum by (route) (http_requests_total)", query)

    assert ["query"] == [finding.check for finding in check(text)]


@pytest.mark.parametrize(
    "bomb",
    [
        "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)),
        "a0: &a0 {x: y}\n" + "".join(f"a{n}: &a{n} {{l: *a{n - 1}, r: *a{n - 1}}}\n" for n in range(1, 99)),
        "a: &a {b: c}\nd:\n" + "- *a\n" * 200_000,
        "&a {a: *a}",
        "&a [*a]",
        "a: &a {<<: *a}",
    ],
    ids=["lists", "mappings", "many", "own mapping", "own list", "own merge"],
)
def test_aliases_that_blow_up_are_refused(bomb: str) -> None:
    """What aliases stand for is counted, and an alias cannot stand for what it is a part of."""
    assert any("alias" in finding.summary for finding in check(bomb))


def test_aliases_that_are_few_are_read() -> None:
    """A spec may repeat itself by alias as often as people do."""
    text = test_sloth.SPEC.replace("labels: {owner", "labels: &labels {owner").replace('{tier: "1"}', "*labels")

    assert [] == check(text)


def test_a_file_that_is_too_long_is_refused() -> None:
    """More than 50 MB are no spec; one byte less is looked at."""
    assert ["a.yaml: error: the file is longer than 50 MB [syntax]"] == list(map(str, check(b"#" * (MAX_BYTES + 1))))
    assert [] == read_specs([("a.yaml", b"#" * MAX_BYTES)])[1]


def test_what_is_not_utf_8_is_refused() -> None:
    """A wrong byte is reported with its line."""
    assert ["a.yaml:2:1: error: byte 4 is not UTF-8 [syntax]"] == list(map(str, check(b"a:\n \xff")))


def test_every_fault_of_every_file_is_found_at_once() -> None:
    """One faulty file keeps no other from being read."""
    texts = [("c", "["), ("b", b"\xff"), ("a", test_sloth.SPEC.replace("99.9", "x"))]

    assert ["a", "b", "c"] == [finding.path for finding in read_specs(texts)[1]]


def test_reading_without_libyaml_is_warned_of_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PyYAML without its C parser is slow, which is said once, not for each file."""
    monkeypatch.setattr(specs, "HAS_LIBYAML", False)

    _, findings = read_specs([("a", test_sloth.SPEC), ("b", test_pyrra.SPEC)])

    assert [("slow-yaml", "warning")] == [(finding.check, finding.severity) for finding in findings]


def test_both_parsers_read_the_same() -> None:
    """PyYAML's own parser stands in for libyaml's with the same values in the same places."""
    code = (
        "import sys, yaml; yaml.__with_libyaml__ = False\n"
        "from sloctl.specio.specs import read_specs\n"
        "specs, findings = read_specs([('a', open(0).read())])\n"
        "assert findings.pop(0).check == 'slow-yaml'\n"
        "print([*specs.slos, *map(str, findings)])\n"
    )
    import subprocess
    import sys

    for text in [*SOUND, "a: [\n", "&a [*a]", "[" * 100, "a: \x07"]:
        done = subprocess.run(
            [sys.executable, "-c", code], input=text, capture_output=True, text=True, check=True, timeout=60
        )
        found, findings = read_specs([("a", text)])
        assert tree.HAS_LIBYAML
        if not findings:
            assert f"{[*found.slos]}\n" == done.stdout
        else:
            assert [finding.line for finding in findings] == [int(x.split(":")[1]) for x in eval(done.stdout)]
