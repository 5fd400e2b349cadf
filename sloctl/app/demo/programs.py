"""Programs that the demo starts: watched while they run, and ended with it whatever happens."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sloctl.model.errors import BackendError

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
    """
    with log.open("wb") as sink:
        process = subprocess.Popen(  # noqa: ASYNC220 - starting a program takes a millisecond
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
    try:
        yield Program(name, process, log)
    finally:
        process.terminate()
        try:
            process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


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


def choose_port(port: int, option: str) -> int:
    """
    Choose a port on the loopback interface.

    Args:
        port: A certain one, or 0 for any that is free.
        option: The option by which the user asks for a certain one.

    Raises:
        BackendError: It is in use, or not to be had.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
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
