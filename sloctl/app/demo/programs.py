"""Programs that the demo starts: watched while they run, and ended with it whatever happens."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sloctl.model.errors import BackendError, UsageError

_GRACE_S: Final = 10
_TAIL_LINES: Final = 8


@dataclass(frozen=True, slots=True)
class Program:
    """
    A running program.

    Args:
        name: For people.
        process: What runs.
        log: Where its output goes.
    """

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def check(self) -> None:
        """
        Make sure that it still runs.

        Raises:
            BackendError: It has ended; the message shows its last words.
        """
        code = self.process.poll()
        if code is not None:
            tail = "\n".join(f"    {line}" for line in self.log.read_text(errors="replace").splitlines()[-_TAIL_LINES:])
            raise BackendError(f"{self.name} has ended with code {code}; it last said:\n{tail}", f"its log: {self.log}")


@contextlib.asynccontextmanager
async def running(
    name: str, command: Sequence[str | Path], log: Path, env: Mapping[str, str] | None = None
) -> AsyncIterator[Program]:
    """
    Run a program for the time of the block.

    It has a session of its own, so that Ctrl-C reaches this process alone, which then ends its programs in order.

    Args:
        name: For people.
        command: The program and its arguments.
        log: Where its output goes.
        env: Added to the environment.

    Raises:
        BackendError: It cannot be run.
        UsageError: Its log cannot be written.
    """
    process = _start(name, command, log, env or {})
    try:
        yield Program(name, process, log)
    finally:
        _end(process)


def _start(name: str, command: Sequence[str | Path], log: Path, env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    try:
        sink = log.open("wb")
    except OSError as error:
        raise UsageError(f"cannot write {log}: {error.strerror}", "choose another folder with -o") from error
    with sink:
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env={**os.environ, **env},
                start_new_session=True,
            )
        except OSError as error:
            hint = "put one that runs on this machine first on PATH"
            raise BackendError(f"{name} cannot be run ({command[0]}): {error.strerror}", hint) from error


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a program and what it has started itself."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)


def find_program(name: str, hint: str) -> Path:
    """
    Find a program on PATH.

    Raises:
        BackendError: It is not there.
    """
    found = shutil.which(name)
    if found is None:
        raise BackendError(f"there is no {name} on PATH", hint)
    return Path(found)


def choose_ports(wanted: Mapping[str, int]) -> dict[str, int]:
    """
    Choose ports on the loopback interface, each another one.

    Args:
        wanted: By the option that asks for it, a certain port, or 0 for any that is free.

    Raises:
        BackendError: One is in use, or not to be had.
    """
    with contextlib.ExitStack() as held:
        return {option: _hold(held.enter_context(socket.socket()), port, option) for option, port in wanted.items()}


def _hold(probe: socket.socket, port: int, option: str) -> int:
    try:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        probe.listen()  # so that nobody else gets it while the others are chosen
    except OSError as error:
        hint = f"choose another with {option}, or leave it out for a free one"
        raise BackendError(f"port {port} cannot be used: {error.strerror}", hint) from error
    return int(probe.getsockname()[1])


async def watch(*programs: Program) -> None:
    """
    Watch programs for ever.

    Raises:
        BackendError: One of them has ended.
    """
    while True:
        for program in programs:
            program.check()
        await asyncio.sleep(0.2)
