"""kubesim gives the answers of a real API server: one table of cases, run against both."""

import pytest

from tests.kubesim.cases import builtin, lists, objects, patches, schemas
from tests.kubesim.conformance import Case, Runner
from tests.support.cluster import Cluster
from tests.support.residents import PLAIN, RESIDENT

CASES = [*objects.CASES, *patches.CASES, *schemas.CASES, *lists.CASES, *builtin.CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
async def test_answers_are_those_of_a_real_server(cluster: Cluster, namespace: str, case: Case) -> None:
    """Every request of the case is answered as the table says, by both servers."""
    await cluster.install(RESIDENT)
    await cluster.install(PLAIN)
    runner = Runner(cluster, namespace)
    for step in case.steps:
        await runner.run(step)


def test_the_table_has_no_case_twice() -> None:
    """Each rule has one case."""
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)
