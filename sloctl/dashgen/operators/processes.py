"""What operators cost, and how their runtimes do."""

from grafanalib.core import Panel

from sloctl.dashgen.dashboards import row
from sloctl.dashgen.exposed import PER_TARGET, STEP
from sloctl.dashgen.fields import Colour, states, steps
from sloctl.dashgen.operators.asked import OPERATORS, PROCESSES, PYTHON_ONLY, levels, rates, seconds
from sloctl.dashgen.panels import state_timeline, timeseries
from sloctl.dashgen.queries import series

_PROCESS = "{{cluster}} {{job}} {{instance}}"
_PER = f"by ({', '.join(PER_TARGET)})"
_GO_ONLY = "No data: only operators in Go export this"


def _each(expr: str) -> str:
    """Leave out processes that are no operators."""
    return f"sum {_PER} ({expr} {OPERATORS})"


def processes() -> list[Panel]:
    """Show each process, of either language."""
    fds = f"{PROCESSES.series('process_open_fds')} / {PROCESSES.series('process_max_fds')}"
    collections = " or ".join(
        f"rate({PROCESSES.series(name)}[{STEP}])"
        for name in ("python_gc_collections_total", "go_gc_duration_seconds_count")
    )
    return [
        row("Processes"),
        timeseries(
            "CPU",
            series(_each(f"rate({PROCESSES.series('process_cpu_seconds_total')}[{STEP}])"), _PROCESS),
            description="""Processor time by instance; 100 % is one core. A Python operator at 100 % is at its end: find
                what it computes, or run a second instance.""",
            unit="percentunit",
            no_value="No data: the operator does not export process_cpu_seconds_total (Linux only)",
            minimum=0,
            width=8,
        ),
        timeseries(
            "Memory",
            series(_each(PROCESSES.series("process_resident_memory_bytes")), _PROCESS),
            description="""Resident memory by instance. It follows the number of watched objects; a steady climb at a
                steady number is a leak. Keep it below the container's limit.""",
            unit="bytes",
            no_value="No data: the operator does not export process_resident_memory_bytes (Linux only)",
            minimum=0,
            width=8,
        ),
        timeseries(
            "File descriptors used",
            series(_each(f"({fds})"), _PROCESS),
            description="""Open files and connections as a share of as many as may be. A steady climb: connections are
                not closed. At 100 % nothing can be opened any more.""",
            unit="percentunit",
            no_value="No data: the operator does not export process_open_fds (Linux only)",
            minimum=0,
            width=8,
            steps=steps(Colour.GOOD, (0.8, Colour.BAD)),
        ),
        seconds(
            "Event loop lag",
            series(_each(PROCESSES.series("sloctl_event_loop_lag_seconds")), _PROCESS),
            description="""How late a Python operator's event loop is, at worst in 15 seconds. Beyond a tenth of a
                second: something computes or blocks in a coroutine, and everything else waits for it.""",
            no_value=PYTHON_ONLY,
            steps=steps(Colour.GOOD, (0.1, Colour.WATCH), (1, Colour.BAD)),
        ),
        rates(
            "Garbage collections",
            series(_each(f"({collections})"), _PROCESS),
            description="""Runs of the garbage collector of Python (all generations) or Go. They go with the work; a
                rate that climbs alone means that much is made and thrown away, and costs time.""",
            no_value="No data: the operator exports neither python_gc_collections_total nor go_gc_duration_seconds",
        ),
        timeseries(
            "Heap in use",
            series(_each(PROCESSES.series("go_memstats_heap_inuse_bytes")), _PROCESS),
            description="""Memory that a Go operator's objects take. A climb that goes on while the number of objects
                does not is a leak; the resident memory follows later.""",
            unit="bytes",
            no_value=f"{_GO_ONLY}; see Memory for Python",
            minimum=0,
            width=8,
        ),
        levels(
            "Goroutines",
            series(_each(PROCESSES.series("go_goroutines")), _PROCESS),
            description="""What a Go operator does at once. It goes with workers and watches; a steady climb is a leak
                of goroutines that never end.""",
            no_value=f"{_GO_ONLY}; see Event loop lag for Python",
        ),
        levels(
            "Threads",
            series(_each(PROCESSES.series("go_threads")), _PROCESS),
            description="""Threads of the operating system. A climb: calls that block, into C or into a file
                system, one thread for each.""",
            no_value=f"{_GO_ONLY}; prometheus_client does not count Python's threads",
        ),
        state_timeline(
            "Leadership",
            series(
                f"max by (name, {', '.join(PER_TARGET)}) ({PROCESSES.series('leader_election_master_status')})",
                _PROCESS,
            ),
            description="""Which process leads, and since when. A change with each deployment is normal; others mean
                that the leader could not renew its lock: see its requests' times.""",
            no_value="No election: these operators run alone, or do not tell",
            mappings=states({0: ("Stands by", Colour.FACT), 1: ("Leads", Colour.GOOD)}),
            width=8,
            height=8,
        ),
    ]
