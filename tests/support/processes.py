"""The processes of a gateway that was launched as several."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
_KIB = 1024


def kill_service(supervisor: int, service: str) -> None:
    """kill -9 of one service of a split gateway."""
    for pid, words in _children(supervisor):
        if service.encode() in words:
            os.kill(pid, signal.SIGKILL)
            return
    raise AssertionError(f"no {service} below {supervisor}")


def peak_memory_bytes(root: int) -> dict[int, int]:
    """The most that a process and each of its children has had in memory so far, by pid."""
    pids = [root, *(pid for pid, _ in _children(root))]
    return {pid: _status_kib(pid, "VmHWM") * _KIB for pid in pids}


def _children(parent: int) -> Iterator[tuple[int, list[bytes]]]:
    """The pid and the command line of each."""
    for entry in _PROC.iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            of = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if of == parent:
            yield int(entry.name), words


def _status_kib(pid: int, field: str) -> int:
    lines = (_PROC / str(pid) / "status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1])
