"""Reads specs of every kind into one model: OpenSLO, Sloth and Pyrra, told apart document by document."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from sloctl.model.findings import Finding, Severity
from sloctl.model.periods import RollingPeriod
from sloctl.model.slo import Slo
from sloctl.model.specs import Specs
from sloctl.model.windows import DAY_S, BurnWindow
from sloctl.specio import pyrra, sloth
from sloctl.specio.openslo.objects import API_VERSION as OPENSLO
from sloctl.specio.openslo.objects import NotYetError, Object
from sloctl.specio.openslo.slos import OpenSlo
from sloctl.specio.reader import Reader
from sloctl.specio.tree import HAS_LIBYAML, Value, stream

DEFAULT_PERIOD: Final = RollingPeriod(30 * DAY_S)
"""Of SLOs whose specs do not say theirs, as Sloth's never do."""
_KINDS: Final = {
    sloth.API_VERSION: (sloth.LEVEL, sloth.WINDOWS),
    pyrra.API_VERSION: (pyrra.KIND,),
    "v1": ("List",),
}
_LISTS: Final = ("List", f"{sloth.LEVEL}List", f"{pyrra.KIND}List")


MAX_BYTES: Final = 50_000_000
"""Of a file: what is longer is no spec."""


def read_specs(
    texts: Iterable[tuple[str, str | bytes]], *, lenient: bool = False, period: RollingPeriod = DEFAULT_PERIOD
) -> tuple[Specs, list[Finding]]:
    """
    Read specs that may refer to each other.

    Args:
        texts: Pairs of a file's name and its content.
        lenient: Report what can be read in two ways as a warning that says how it was read, not as a fault.
        period: Of SLOs whose specs do not say theirs.

    Returns:
        What is sound, and everything that is to be said, in the order of the places.
    """
    specs = _Specs(Reader(lenient=lenient), period)
    for path, text in texts:
        specs.add(path, text)
    return specs.finish()


class _Specs:
    def __init__(self, read: Reader, period: RollingPeriod) -> None:
        self._read = read
        self._period = period
        self._openslo = OpenSlo(read, period)
        self._slos: list[list[Slo]] = []
        self._waiting: list[tuple[list[Slo], Object]] = []
        self._pairs: dict[int, tuple[Value, tuple[BurnWindow, ...]]] = {}
        self._is_slow = False

    def add(self, path: str, text: str | bytes) -> None:
        """Take the documents of a file in."""
        for value in self._documents(path, text):
            for item in value.data if isinstance(value.data, list) else [value]:
                self._add(item)

    def _documents(self, path: str, text: str | bytes) -> Iterable[Value]:
        """Read a file, unless it is not to be read at all."""
        if len(text) > MAX_BYTES:
            self._say(path, 0, "syntax", f"the file is longer than {MAX_BYTES // 1_000_000} MB", Severity.ERROR)
            return []
        if isinstance(text, bytes):
            try:
                text = text.decode()
            except UnicodeDecodeError as error:
                line = error.object.count(b"\n", 0, error.start) + 1
                self._say(path, line, "syntax", f"byte {error.start} is not UTF-8", Severity.ERROR)
                return []
        if not HAS_LIBYAML and not self._is_slow:
            self._is_slow = True
            summary = "PyYAML has no libyaml here, so that reading takes twenty times as long"
            self._say(path, 0, "slow-yaml", summary, Severity.WARNING)
        return stream(text, path, self._read.findings)

    def _say(self, path: str, line: int, check: str, summary: str, severity: Severity) -> None:
        self._read.findings.append(Finding(path, line, int(line > 0), check, severity, summary))

    def _add(self, value: Value) -> None:
        read = self._read
        fields = read.mapping(value, "the document")
        if fields is None:
            return
        if "version" in fields and "apiVersion" not in fields:
            if read.choice(fields["version"], "version", [sloth.VERSION]) is not None:
                self._slos.append(sloth.read_spec(read, value, self._period))
            return
        if "apiVersion" not in fields:
            read.fault(value, "missing-field", "the document needs 'apiVersion'", f"for example {OPENSLO}")
            return
        version = read.choice(fields["apiVersion"], "apiVersion", [OPENSLO, *_KINDS])
        if version == OPENSLO:
            self._add_openslo(value)
        elif version is not None and "kind" not in fields:
            read.fault(value, "missing-field", "the document needs 'kind'")
        elif version is not None and fields["kind"].data in _LISTS and "items" in fields:
            for item in read.items(fields["items"], "items"):
                self._add(item)
        elif version is not None:
            match read.choice(fields["kind"], "kind", _KINDS[version]):
                case sloth.LEVEL:
                    self._slos.append(sloth.read_resource(read, value, self._period))
                case sloth.WINDOWS:
                    self._add_windows(value)
                case pyrra.KIND:
                    self._slos.append(pyrra.read_resource(read, value))

    def _add_openslo(self, value: Value) -> None:
        """Read an SLO at once, so that its document need not be kept, unless it refers to others."""
        found = self._openslo.add(value)
        if found is None:
            return
        those: list[Slo] = []
        self._slos.append(those)
        so_far = len(self._read.findings)
        try:
            those.extend(self._openslo.slo(found))
        except NotYetError:
            del self._read.findings[so_far:]
            self._waiting.append((those, found))

    def _add_windows(self, value: Value) -> None:
        found = sloth.read_windows(self._read, value)
        if found is None:
            return
        period_s, pairs = found
        if period_s in self._pairs:
            summary = f"there are other alert windows for {RollingPeriod(period_s).name}"
            self._read.fault(value, "duplicate-name", summary, "keep one of the two")
        self._pairs[period_s] = value, pairs

    def finish(self) -> tuple[Specs, list[Finding]]:
        """Resolve the references, and give everything."""
        services, data_sources = self._openslo.finish()
        for those, found in self._waiting:
            those.extend(self._openslo.slo(found))
        slos = [self._with_pairs(slo) for those in self._slos for slo in those]
        ids: set[str] = set()
        for slo in slos:
            new = {part.id for part in slo.split()} if slo.name else set()
            for known in sorted(ids & new):
                place = slo.origin.path, slo.origin.line, slo.origin.column
                hint = "an SLO's name is unique within its service"
                self._read.findings.append(
                    Finding(*place, "duplicate-name", Severity.ERROR, f"there is another SLO '{known}'", hint)
                )
            ids |= new
        periods = {slo.period_s for slo in slos}
        for period_s, (value, _) in self._pairs.items():
            if period_s not in periods:
                summary = f"no SLO has the period {RollingPeriod(period_s).name} of these alert windows"
                self._read.warn(value, "unused", summary, "--period says the period of Sloth's SLOs")
        return Specs(tuple(slos), services, data_sources), sorted(self._read.findings)

    def _with_pairs(self, slo: Slo) -> Slo:
        if slo.period_s not in self._pairs or slo.alerting.requests:
            return slo
        return replace(slo, alerting=replace(slo.alerting, pairs=self._pairs[slo.period_s][1]))
