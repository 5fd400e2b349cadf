"""Rules as YAML: what is written reads back the same."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sloctl.app.rules import RuleOptions, generate_rules
from sloctl.model.errors import UsageError
from sloctl.model.findings import Finding
from sloctl.model.rules import RULER_NAMES, AlertingRule, RecordingRule, RuleGroup
from sloctl.rulegen import packed
from sloctl.specio.rulefile import rule_file
from sloctl.specio.rulers import RULERS, size
from tests.support.prometheus import REPOSITORY

SPEC = REPOSITORY / "rules/slos/operator.yaml"

texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\ud800\x00")
    | st.sampled_from(list(" \n\t\"'#:-?,[]{}&*!|>%@`\\~0123456789.eyYnNtf")),
    max_size=12,
)


def as_yaml(text: str) -> bool:
    """Tell whether YAML can hold a text without loss, as PyYAML writes it."""
    return bool(yaml.safe_load(yaml.safe_dump({"k": text}, allow_unicode=True)) == {"k": text})


@given(texts.filter(as_yaml), texts.filter(as_yaml), st.integers(0, 100))
@example("yes", "1 - a", 0)
@example("2024-01-01", "a: b\n  c #d", 1)
@example("1_000", "=", 5)
@example("", " a\n", 5)
@example("0\n", "...\n", 0)
def test_what_is_written_reads_back_through_pyyaml(label: str, expr: str, for_s: int) -> None:
    """Whatever a text holds, PyYAML reads the same rules."""
    rules = (RecordingRule("r:r", expr, {"a": label}), AlertingRule("A", expr, {}, {"summary": label}, for_s))

    (group,) = yaml.safe_load(rule_file([RuleGroup(label, 60, rules)], "a test"))["groups"]

    assert group["name"] == label
    assert group["rules"][0] == {"record": "r:r", "expr": expr, "labels": {"a": label}}
    assert group["rules"][1]["annotations"] == {"summary": label}
    assert ("for" in group["rules"][1]) == bool(for_s)


def test_no_groups_are_a_list_all_the_same() -> None:
    """A file without rules is one that Prometheus loads."""
    assert yaml.safe_load(rule_file([], "a test")) == {"groups": []}


@pytest.mark.parametrize("ruler", RULER_NAMES)
def test_every_ruler_gets_the_same_rules(ruler: str) -> None:
    """Objects and namespaces wrap the groups, and leave them as they are."""
    plain = yaml.safe_load(generate_rules([SPEC])[0].text)["groups"]

    documents = [yaml.safe_load(file.text) for file in generate_rules([SPEC], RuleOptions(ruler=ruler))]

    found = [group for each in documents for group in each.get("spec", each)["groups"]]
    assert sorted(found, key=str) == sorted(plain, key=str)


@pytest.mark.parametrize(("ruler", "kind"), [("prometheusrule", "PrometheusRule"), ("vmrule", "VMRule")])
def test_an_object_has_a_name_that_kubernetes_takes(ruler: str, kind: str, tmp_path: Path) -> None:
    """One object for each SLO that does not fit beside another: the last is named after the spec alone."""
    files = generate_rules([SPEC], RuleOptions(ruler=ruler, max_bytes=1))

    objects = [yaml.safe_load(file.text) for file in files]
    assert [each["kind"] for each in objects] == [kind, kind]
    assert [each["metadata"]["name"] for each in objects] == ["operator.tenant-operator.reconcile-latency", "operator"]
    combined = generate_rules([SPEC], RuleOptions(ruler=ruler, max_bytes=1), combined=True)
    assert list(yaml.safe_load_all(combined[0].text)) == objects


def test_an_objects_name_is_spelt_as_kubernetes_has_it(tmp_path: Path) -> None:
    """Whatever its spec is called; two that would be called the same are refused, also in one stream."""
    for number, name in enumerate(("My SLOs", "my_slos")):
        (tmp_path / f"{name}.yaml").write_text(slos([number]))
    options = RuleOptions(ruler="vmrule")

    (file,) = generate_rules([tmp_path / "My SLOs.yaml"], options)
    assert file.name == "my-slos.vmrule.yaml"
    assert yaml.safe_load(file.text)["metadata"]["name"] == "my-slos"
    for combined in (False, True):
        with pytest.raises(UsageError, match=r"would both become my-slos\.vmrule\.yaml"):
            generate_rules([tmp_path], options, combined=combined)


def slos(numbers: Iterable[int]) -> str:
    """Write a spec with an SLO of each number."""
    (tenant,) = (part for part in SPEC.read_text().split("---\n") if "reconcile-success" in part)
    return "---\n".join(tenant.replace("reconcile-success", f"slo-{number:03d}") for number in numbers)


@given(st.sets(st.integers(0, 99), min_size=1, max_size=12), st.integers(0, 99))
@settings(deadline=None, max_examples=15)
def test_no_name_of_an_object_goes_away_when_an_slo_comes(numbers: set[int], more: int) -> None:
    """So what was applied before is applied anew, and no old object goes on beside another with the same rules."""
    options = RuleOptions(ruler="prometheusrule", max_bytes=10_000_000)
    with TemporaryDirectory() as folder:
        spec = Path(folder) / "shop.yaml"

        def names(numbers: set[int]) -> list[str]:
            spec.write_text(slos(sorted(numbers)))
            return [file.name for file in generate_rules([spec], options)]

        before, after = names(numbers), names(numbers | {more})

    assert "shop.prometheusrule.yaml" in before
    assert set(before) <= set(after)


def test_one_slo_that_is_larger_than_a_file_is_said(tmp_path: Path) -> None:
    """Its file is written all the same, with a warning where it stands; what fits is no warning."""
    warnings: list[Finding] = []

    files = generate_rules([SPEC], RuleOptions(max_bytes=10), warn=warnings.append)

    assert len(files) == 2
    assert {(each.check, each.severity, each.line > 0) for each in warnings} == {("too-large", "warning", True)}
    assert "and a file has 10" in warnings[0].summary
    assert "raise --max-bytes" in warnings[0].hint
    generate_rules([SPEC], RuleOptions(max_bytes=100_000), warn=pytest.fail)


def test_a_group_holds_no_more_rules_than_asked_for() -> None:
    """The rules of a group that is too long go to others, in order, under names of their own."""
    whole = yaml.safe_load(generate_rules([SPEC])[0].text)["groups"]

    parts = yaml.safe_load(generate_rules([SPEC], RuleOptions(max_rules=20))[0].text)["groups"]

    assert max(len(group["rules"]) for group in parts) == 20
    assert [rule for group in parts for rule in group["rules"]] == [rule for group in whole for rule in group["rules"]]
    assert len({group["name"] for group in parts}) == len(parts)


@given(st.lists(st.integers(0, 10_000), unique=True, max_size=300), st.integers(0, 300), st.integers(1, 40))
def test_one_item_more_changes_few_files(numbers: list[int], place: int, grown: int) -> None:
    """Files keep their limit, hold every item once, and fall into step again after one that has grown."""

    def packs(sizes: dict[str, int]) -> list[tuple[str, ...]]:
        return [tuple(pack) for pack in packed(sizes, lambda key: key, lambda key: sizes[key], 40)]

    sizes = {f"slo-{number:05d}": 1 + number % 7 for number in numbers}
    before = packs(sizes)
    keys = sorted(sizes)
    after = packs({**sizes, keys[place % len(keys)]: grown} if keys else sizes)

    assert [key for pack in before for key in pack] == keys
    assert all(sum(sizes[key] for key in pack) <= 40 for pack in before)
    assert len(set(before) ^ set(after)) <= 2 * 8


def test_objects_stay_within_what_kubectl_applies() -> None:
    """The size of an object counts as the larger of its YAML and its JSON."""
    (file,) = generate_rules([SPEC], RuleOptions(ruler="prometheusrule"))
    (first, *_) = generate_rules([SPEC])
    options = RuleOptions()
    groups = [group for slo in first.slos for group in options.groups(slo)]

    assert len(file.text) < size(groups) + 2048 <= RULERS["prometheusrule"].max_bytes + 2048
