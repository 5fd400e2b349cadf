"""What is asked of the recorded series of SLOs, put to a real Prometheus."""

import time
from collections.abc import Iterator

import pytest

from sloctl.promql.parse import parse
from sloctl.promql.sloqueries import SloQueries
from tests.support.prometheus import Server, blocks_from, prometheus

DAY_S = 86400
ASK = SloQueries()
# Of each: objective, period, what is left, coverage, burn of the last hour, the calendar's elapsed seconds.
SLOS: dict[tuple[str, str], tuple[float, float, float, float, float | None, float | None]] = {
    ("", "steady"): (0.99, 30, 0.5, 1, 10, None),
    ("", "lasts"): (0.99, 30, 0.5, 1, 0.4, None),
    ("", "young"): (0.99, 30, -9, 0.01, 10, None),
    ("", "spent"): (0.99, 30, -0.2, 1, 0, None),
    ("", "idle"): (0.99, 30, 1, 1, None, None),
    ("", "month"): (0.99, 30, 0.5, 1, 1, 25 * DAY_S),
    ("", "month-burning"): (0.99, 30, 0.5, 1, 4, 25 * DAY_S),
    ("east", "both"): (0.99, 30, 0.5, 1, 5, None),
    ("west", "both"): (0.9, 7, 0.5, 1, 5, None),
}


COMPOSITE = ("", "both-of-two")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a Prometheus that holds what rules would have recorded of these SLOs, up to a little past now."""
    folder = tmp_path_factory.mktemp("slos")
    now = int(time.time())
    times = range(now - 600, now + 300, 60)
    lines = [
        f"{name}{{{labels}}} {value} {at}" for name, labels, value in (*_recorded(now), *_composite()) for at in times
    ]
    with prometheus("{}", folder, blocks_from("\n".join(lines), folder / "data")) as running:
        yield running


def _recorded(now: int) -> Iterator[tuple[str, str, float]]:
    for (cluster, slo), (objective, days, left, coverage, burn, elapsed_s) in SLOS.items():
        at = f'cluster="{cluster}",' if cluster else ""
        labels = f'{at}slo_id="s/{slo}",service="s",slo="{slo}"'
        yield "slo_info", f'{labels},period="{days}d"', 1
        yield "slo:objective:ratio", labels, objective
        yield "slo:period:seconds", labels, days * DAY_S
        if elapsed_s is not None:
            yield "slo:period:start_seconds", labels, now - elapsed_s
        part = f'{labels},shop="a"'
        yield "slo:budget_left:ratio", part, left
        yield "slo:coverage:ratio", part, coverage
        yield "slo:total:slice", part, 7
        if burn is not None:
            yield "slo:burn:ratio1h", part, burn
            yield "slo:total:sum1h", part, 420
            for window in ("1h", f"{days}d"):
                yield f"slo:error:ratio{window}", part, (1 - left) * (1 - objective)


def _composite() -> Iterator[tuple[str, str, float]]:
    """Give a composite, which counts nothing itself, and a member of it, of which no facts are recorded."""
    whole, member = (f'slo_id="s/{slo}",service="s",slo="{slo}"' for slo in ("both-of-two", "both-of-two-first"))
    yield "slo_info", f'{whole},period="30d"', 1
    yield "slo:objective:ratio", whole, 0.9
    for labels in (whole, member):
        yield "slo:budget_left:ratio", labels, -0.5
        yield "slo:burn:ratio1h", labels, 20
        yield "slo:burn:ratio5m", labels, 20


def answers(server: Server, expr: str) -> dict[tuple[str, str], float]:
    """Ask, and give the values by cluster and SLO; each is one part, all of whose labels are there."""
    found = server.query(expr)
    assert all(labels.get("shop", "a") == "a" and labels["slo_id"] for labels, _ in found)
    values = {(labels.get("cluster", ""), labels["slo"]): value for labels, value in found}
    assert len(values) == len(found)
    return values


@pytest.mark.parametrize("name", [name for name, kind in vars(SloQueries).items() if isinstance(kind, property)])
def test_every_question_is_promql(name: str) -> None:
    """Each can be read, with and without a choice of parts."""
    for ask in (ASK, SloQueries('slo="a"', 'shop="b"')):
        parse(getattr(ask, name))


def test_the_budget_is_spent_when_it_goes_on_so(server: Server) -> None:
    """What is left of the whole period's budget, over the burn rate; 0 where it is spent, nothing where it lasts."""
    assert answers(server, ASK.exhaustion_s) == {
        ("", "steady"): pytest.approx(0.5 * 30 * DAY_S / 10),
        ("", "young"): pytest.approx((1 - 10 * 0.01) * 30 * DAY_S / 10),
        ("", "spent"): 0,
        ("", "month-burning"): pytest.approx(0.5 * 30 * DAY_S / 4),
        ("east", "both"): pytest.approx(0.5 * 30 * DAY_S / 5),
        ("west", "both"): pytest.approx(0.5 * 7 * DAY_S / 5),
    }


def test_the_sli_is_of_the_slos_own_period(server: Server) -> None:
    """Each SLO's error ratio over its own period counts, in its own cluster; without events there is none."""
    expected = {slo: 1 - (1 - said[2]) * (1 - said[0]) for slo, said in SLOS.items() if said[4] is not None}

    assert answers(server, ASK.sli_period) == pytest.approx(expected)


def test_facts_of_an_slo_meet_its_parts(server: Server) -> None:
    """How much is known is in seconds, and one bad event counts by the SLO's own objective, cluster by cluster."""
    known = answers(server, ASK.known_s)
    bad = answers(server, ASK.one_bad_event)

    assert known[("", "young")] == pytest.approx(0.01 * 30 * DAY_S)
    assert (known[("east", "both")], known[("west", "both")]) == (30 * DAY_S, 7 * DAY_S)
    assert bad[("east", "both")] == pytest.approx(1 / (420 * 0.01))
    assert bad[("west", "both")] == pytest.approx(1 / (420 * 0.1))
    assert ("", "idle") not in bad


def test_an_alert_that_is_quiet_says_so_only_where_rules_are(server: Server) -> None:
    """Every SLO that is recorded has a state; one that is not has none."""
    assert answers(server, ASK.alert_state("page")) == dict.fromkeys([*SLOS, COMPOSITE], 0)
    assert answers(server, SloQueries('slo="absent"').alert_state("page")) == {}


def test_members_of_composites_are_no_slos(server: Server) -> None:
    """Only the composite has facts; where whole SLOs are asked for, its members are left out."""
    whole = SloQueries(whole=True)

    assert answers(server, ASK.budget_left).keys() - answers(server, whole.budget_left).keys() == {
        ("", "both-of-two-first")
    }
    assert COMPOSITE in answers(server, whole.burn("1h"))


def test_a_composite_is_measured_by_its_burn(server: Server) -> None:
    """It counts nothing itself, and is not taken for one that nobody measures."""
    assert answers(server, ASK.unmeasured) == {}


def test_a_budget_that_is_not_known_does_not_last(server: Server) -> None:
    """A time that stands for a budget that lasts is given only where all is there to know that it does."""
    told = answers(server, ASK.exhaustion_or(1e9))

    assert (told[("", "lasts")], told[("", "month")], told[("", "spent")]) == (1e9, 1e9, 0)
    assert COMPOSITE not in told  # nothing is recorded of its coverage and period
    assert ("", "idle") not in told


def test_what_belongs_to_an_slo_is_told_of_each_part(server: Server) -> None:
    """Each part has its SLO's objective; an SLO without any part has one line all the same."""
    alone = SloQueries('slo_id!=""', 'shop="none"')

    assert answers(server, ASK.of_parts(ASK.objective))[("west", "both")] == 0.9
    assert answers(server, alone.of_parts(alone.objective)).keys() == {*SLOS, COMPOSITE}
