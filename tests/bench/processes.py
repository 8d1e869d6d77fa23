"""Processes that a benchmark starts, and the CPU time that they use."""

import asyncio
import sys
import time
from pathlib import Path

_ROOT = Path(__file__).parents[2]


async def start(module: str) -> asyncio.subprocess.Process:
    """A module of ours, run by this Python, with pipes to talk to it."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        cwd=_ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


async def stop(process: asyncio.subprocess.Process) -> None:
    """Tell a process to stop, and wait until it has."""
    if process.returncode is None:
        process.terminate()
    await process.wait()


def cpu_s(pid: int) -> float:
    """CPU seconds that a process and its descendants have used so far, to the microsecond.

    The clock's number is what Linux's clock_getcpuclockid(3) computes; /proc's own figures move in
    steps of 10 ms.
    """
    children = Path(f"/proc/{pid}/task").glob("*/children")
    pids = [int(child) for file in children for child in file.read_text().split()]
    return time.clock_gettime((~pid << 3) | 2) + sum(map(cpu_s, pids))


def memory_bytes(pid: int, what: str) -> int:
    """Memory of one process: `VmRSS` is what it has now, `VmHWM` the most that it ever had."""
    status = Path(f"/proc/{pid}/status").read_text()
    kibibytes = next(line for line in status.splitlines() if line.startswith(what))
    return int(kibibytes.split()[1]) * 1024
