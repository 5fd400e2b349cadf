"""From SLO specs to rule files, and to the tests of their rules."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

from sloctl.app.specs import NO_VALUES, Warn, read_specs, stem, unsaid
from sloctl.model import names
from sloctl.model.errors import SpecError, UsageError
from sloctl.model.findings import Finding, Severity
from sloctl.model.periods import RollingPeriod
from sloctl.model.rules import RuleGroup, Scheme
from sloctl.model.slo import Slo
from sloctl.model.windows import SLICE_S
from sloctl.rulegen import at_most, limits, packed, rule_groups
from sloctl.specio.rulers import RULERS, size
from sloctl.specio.specs import DEFAULT_PERIOD

TESTS: Final = ".test.yaml"
"""How the names of files of tests end."""
_NOTES: Final = {
    "slices": (
        "Scheme slices: events are differences of counters, so that first errors and resets count.\n"
        "It needs `up` beside them; for VictoriaMetrics, or data written from elsewhere, there is --scheme rate."
    ),
    "rate": (
        "Scheme rate: events are rates, for VictoriaMetrics and for data that comes without `up`.\n"
        "The first events of a new series are lost; where Prometheus scrapes, --scheme slices counts them."
    ),
    "sloth": (
        "Names, labels and expressions are Sloth's. Its period is a mean of ratios: a quiet minute counts like a busy\n"
        "one, and a minute without traffic leaves it without a value. Without --compat both are right."
    ),
}
"""What a choice means, by what was chosen."""


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """
    How rules are written.

    Args:
        slice_s: Seconds between two evaluations of the counts; a divisor of a minute.
        mask: The metric that excludes slices from a second budget; empty for none.
        ruler: What evaluates the rules, one of [`RULERS`][sloctl.specio.rulers.RULERS].
        max_rules: Of a group; 0 for any number.
        max_bytes: Of a file that holds more than one SLO; `None` for what the ruler takes, 0 for any number.
        runbook: The page that tells what to do about alerts, each under its name.
        scheme: How counters are read.
        compat: ``sloth`` for the rules that Sloth writes; empty for those of this program.
        policy: The name of the alerts' policy, which takes the place of what specs say; empty for theirs.
        for_s: How long burn must last before an alert fires, in seconds.
        keep_firing_s: How long an alert goes on firing afterwards, in seconds.
    """

    slice_s: int = SLICE_S
    mask: str = ""
    ruler: str = "prometheus"
    max_rules: int = 0
    max_bytes: int | None = None
    runbook: str = names.RUNBOOK
    scheme: Scheme = "slices"
    compat: str = ""
    policy: str = ""
    for_s: int = 0
    keep_firing_s: int = 0

    def wanted(self, slo: Slo) -> Slo:
        """Give an SLO with the alerts that these options ask for."""
        alerting = replace(slo.alerting, policy=self.policy, for_s=self.for_s, keep_firing_s=self.keep_firing_s)
        return replace(slo, alerting=alerting)

    def groups(self, slo: Slo) -> list[RuleGroup]:
        """Write the rules of an SLO with one objective, or of a composite."""
        if self.compat:
            from sloctl.rulegen.compat import compat_groups

            groups: tuple[RuleGroup, ...] = compat_groups(slo)
        else:
            groups = rule_groups(slo, self.slice_s, self.mask, self.runbook, self.scheme)
        return [part for group in groups for part in at_most(group, self.max_rules)]

    def limits(self, slo: Slo) -> Iterator[Finding]:
        """Say which parts of an SLO no rules can be written for."""
        if self.compat:
            from sloctl.rulegen.compat import compat_limits

            return compat_limits(slo)
        return limits(slo, self.slice_s)

    @property
    def note(self) -> str:
        """Say what a file's reader should know about how its rules were written."""
        return _NOTES[self.compat or self.scheme]

    @property
    def suffix(self) -> str:
        """Give how the names of files end."""
        return RULERS[self.ruler].suffix

    @property
    def limit(self) -> int:
        """Give how many bytes a file may have; 0 for any number."""
        return RULERS[self.ruler].max_bytes if self.max_bytes is None else self.max_bytes


@dataclass(frozen=True, slots=True)
class RuleFile:
    """
    A generated file of rules, or of their tests.

    Args:
        name: What the file is called.
        origin: The spec it comes from.
        slos: What it holds rules for.
        chunks: Writes it, piece by piece and anew each time.
    """

    name: str
    origin: str
    slos: tuple[Slo, ...]
    chunks: Callable[[], Iterable[str]]

    @property
    def text(self) -> str:
        """Give all of it."""
        return "".join(self.chunks())


def generate_rules(
    inputs: Sequence[Path],
    options: RuleOptions = RuleOptions(),
    *,
    combined: bool = False,
    values: Mapping[str, str] = NO_VALUES,
    lenient: bool = False,
    period: RollingPeriod = DEFAULT_PERIOD,
    warn: Warn = unsaid,
) -> list[RuleFile]:
    """
    Generate rules.

    Args:
        inputs: As for [`read_specs`][sloctl.app.specs.read_specs].
        options: How they are written.
        combined: One file for all, instead of one or more for each file with SLOs.
        values: As for `read_specs`.
        lenient: As for `read_specs`.
        period: As for `read_specs`.
        warn: Takes the warnings.

    Raises:
        UsageError: An option does not fit, two files would be called the same, or as `read_specs`.
        SpecError: There are no rules for what an SLO asks, or as `read_specs`.
    """
    slice_s = options.slice_s
    if slice_s not in range(1, 61) or 60 % slice_s:
        raise UsageError(
            f"a slice of {slice_s} s does not fit", "use 60s, 30s, 20s, 15s, 10s, 5s or another divisor of 60"
        )
    specs = read_specs(inputs, values=values, lenient=lenient, period=period, warn=warn)
    specs = replace(specs, slos=tuple(map(options.wanted, specs.slos)))
    findings = [finding for slo in specs.slos for finding in options.limits(slo)]
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise SpecError(findings)
    for finding in findings:
        warn(finding)
    by_path = {path: _parts(part.slos) for path, part in specs.by_path().items() if part.slos}
    return [_combined(by_path, options, warn)] if combined else _files(by_path, options, warn)


def generate_rule_tests(files: Sequence[RuleFile], options: RuleOptions, rules: Path, tests: Path) -> list[RuleFile]:
    """
    Generate the tests of rules, for `promtool test rules`.

    Args:
        files: The rules.
        options: How they were written.
        rules: The folder with the rules.
        tests: The folder for the tests.

    Raises:
        UsageError: promtool cannot read such rules.
    """
    if options.compat:
        raise UsageError(f"there are no tests for rules of {options.compat}", "leave out --tests or --compat")
    if options.ruler not in {"prometheus", "thanos"}:
        raise UsageError(f"promtool does not read files for {options.ruler}", "test those of --format prometheus")
    from sloctl.model.ruletests import together
    from sloctl.rulegen.calendar import can_be_tested
    from sloctl.rulegen.ruletests import rule_tests
    from sloctl.specio.ruletestfile import rule_test_chunks

    found = []
    for file in files:
        if not all(map(can_be_tested, file.slos)):  # which its warning says
            continue
        beside = os.path.relpath(rules / file.name, tests)
        cases = together(test for slo in file.slos for test in rule_tests(slo, options.slice_s, options.scheme))
        for step_s in sorted({case.step_s for case in cases}):
            name = file.name.removesuffix(options.suffix) + ("" if step_s == options.slice_s else ".hours") + TESTS
            order = [group.name for slo in file.slos for group in options.groups(slo)]
            of_step = [case for case in cases if case.step_s == step_s]
            chunks = partial(rule_test_chunks, of_step, step_s, [beside], order, Path(file.origin).name)
            found.append(RuleFile(name, file.origin, file.slos, chunks))
    return found


def generate_routing(files: Sequence[RuleFile], options: RuleOptions, name: str) -> RuleFile:
    """
    Generate what a configuration of Alertmanager needs for the alerts of rules.

    Args:
        files: The rules.
        options: How they were written.
        name: Of the file.

    Raises:
        UsageError: The alerts do not have the labels that routes are chosen by.
    """
    if options.compat:
        raise UsageError(f"there are no routes for alerts of {options.compat}", "leave out --alertmanager or --compat")
    from sloctl.rulegen.routing import routing
    from sloctl.specio.alertmanager import alertmanager_chunks

    slos = tuple(slo for file in files for slo in file.slos)
    origin = ", ".join(dict.fromkeys(Path(path).name for file in files for path in file.origin.split(", ")))
    return RuleFile(name, origin, slos, partial(alertmanager_chunks, routing(slos), origin))


def _parts(slos: Iterable[Slo]) -> tuple[Slo, ...]:
    return tuple(part for slo in slos for part in slo.split())


def _groups(parts: Iterable[Slo], options: RuleOptions) -> Iterator[RuleGroup]:
    return chain.from_iterable(map(options.groups, parts))


def _combined(by_path: Mapping[str, tuple[Slo, ...]], options: RuleOptions, warn: Warn) -> RuleFile:
    """Give one file, which holds a document for each object where its ruler takes objects."""
    origin, parts = ", ".join(by_path), tuple(chain.from_iterable(by_path.values()))
    name = "rules.yaml"
    if not options.limit:
        return _file(name, origin, parts, options)
    files = _files(by_path, options, warn)

    def chunks() -> Iterator[str]:
        for number, file in enumerate(files):
            yield "---\n" if number else ""
            yield from file.chunks()

    return RuleFile(name, origin, parts, chunks)


def _files(by_path: Mapping[str, tuple[Slo, ...]], options: RuleOptions, warn: Warn) -> list[RuleFile]:
    """Give a file for each spec, or as many as the limit asks for, all of different names."""
    files: dict[str, RuleFile] = {}
    for path, parts in by_path.items():
        for title, pack in _packs(path, parts, options, warn):
            name = f"{title}{options.suffix}"
            if name in files:
                raise UsageError(f"{files[name].origin} and {path} would both become {name}", "rename one of the two")
            files[name] = _file(name, path, pack, options)
    return list(files.values())


def _packs(
    path: str, parts: tuple[Slo, ...], options: RuleOptions, warn: Warn
) -> Iterator[tuple[str, tuple[Slo, ...]]]:
    """
    Share out the SLOs of a spec among files.

    The last file is named after the spec, each before it after its last SLO too. So a file keeps its name when an SLO
    comes or goes elsewhere, and no object is left in a cluster beside another with the same rules.
    """
    named = RULERS[options.ruler].named
    if not options.limit:
        yield named(stem(path)), parts
        return
    sizes = {slo.id: size(options.groups(slo)) for slo in parts}
    *others, last = packed(parts, lambda slo: slo.id, lambda slo: sizes[slo.id], options.limit)
    for pack in others:
        yield ".".join(map(named, (stem(path), pack[-1].service, pack[-1].name))), tuple(pack)
    yield named(stem(path)), tuple(last)
    for slo in parts:
        if sizes[slo.id] > options.limit:
            summary = f"the rules of {slo.id} take {sizes[slo.id]:,} bytes, and a file has {options.limit:,}"
            hint = "raise --max-bytes, if what takes the file takes more"
            place = slo.origin.path, slo.origin.line, slo.origin.column
            warn(Finding(*place, "too-large", Severity.WARNING, summary, hint))


def _file(name: str, origin: str, parts: tuple[Slo, ...], options: RuleOptions) -> RuleFile:
    ruler = RULERS[options.ruler]
    origins = ", ".join(Path(path).name for path in origin.split(", "))

    def chunks() -> Iterable[str]:
        return ruler.document(
            name.removesuffix(ruler.suffix).removesuffix(".yaml"), _groups(parts, options), origins, options.note
        )

    return RuleFile(name, origin, parts, chunks)
