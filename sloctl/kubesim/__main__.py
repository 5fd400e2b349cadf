"""`python -m sloctl.kubesim`: run the server by hand, to try kubectl or an operator against it."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from sloctl.model.errors import SloctlError


def main() -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser("python -m sloctl.kubesim", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="where to listen on 127.0.0.1 (default: a free port)")
    parser.add_argument("--kubeconfig", type=Path, metavar="PATH", help="write a kubeconfig there")
    arguments = parser.parse_args()
    try:
        asyncio.run(_serve(arguments.port, arguments.kubeconfig))
    except SloctlError as error:
        sys.stderr.write(f"error: {error}\nhint: {error.hint}\n")
        return error.exit_code
    return 0


async def _serve(port: int, kubeconfig: Path | None) -> None:
    from sloctl.kubesim import KubeSim

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with KubeSim(port) as sim:
        if kubeconfig is not None:
            sim.kubeconfig(kubeconfig)
        sys.stdout.write(f"{sim.url}\n")
        sys.stdout.flush()
        await stopped.wait()


if __name__ == "__main__":
    sys.exit(main())
