"""Child processes: one for each call, so that a crash, a leak or a lock stays there."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from grokgate.sandbox.errors import RefusalError, refusal

NOT_INSTALLED_STATUS = 3
"""The exit status of a program that misses its library."""


@asynccontextmanager
async def child(program: str, given: bytes) -> AsyncIterator[tuple[Process, asyncio.StreamReader]]:
    """A program of this folder with its input, and its output; killed if it has not ended."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        Path(__file__).with_name(program),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("A child process has no pipes.")
    try:
        process.stdin.write(given)
        process.stdin.write_eof()
        yield process, process.stdout
    finally:
        if process.returncode is None:
            process.kill()
        # Until its output has been read to the end, wait() may not return (Python before 3.11.10).
        await process.stdout.read()
        await process.wait()


def not_installed(what: str) -> RefusalError:
    """501: the sandbox runs without its extra."""
    return refusal(
        501, "not-installed", f"The sandbox's {what} needs `pip install 'grokgate[sandbox]'`."
    )
