"""How a process stops those that it started: over their standard input.

A line there says how many seconds are left for the calls under way. An end of it, as when the
parent was killed, says nothing, and the process takes its own grace.
"""

import asyncio
import os
import sys

from grokgate.launch.grace import Grace

_LINE_BYTES = 64


def stop_child(child: asyncio.subprocess.Process, grace_s: float) -> None:
    """Tell a process to stop; it must have been started with a pipe as its standard input."""
    assert child.stdin is not None  # noqa: S101  # see above
    child.stdin.write(f"{grace_s:.3f}\n".encode())


def obey_parent(grace: Grace, stopped: asyncio.Event) -> None:
    """Set `stopped` once the parent says so or is gone, with no more grace than it leaves."""
    loop = asyncio.get_running_loop()
    descriptor = sys.stdin.fileno()

    def hear() -> None:
        loop.remove_reader(descriptor)
        if line := os.read(descriptor, _LINE_BYTES):
            grace.shorten(float(line))
        stopped.set()

    loop.add_reader(descriptor, hear)
