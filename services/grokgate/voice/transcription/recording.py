"""Audio on its way through the gateway, never whole in memory."""

import asyncio
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, ParamSpec, TypeVar

from grokgate.chassis.errors import GrokgateError, Reason

_LOG = logging.getLogger(__name__)

_IN_MEMORY_BYTES = 1024 * 1024

P = ParamSpec("P")
T = TypeVar("T")


class Recording:
    """Some audio: in memory while it is small, then in a file of `folder`.

    The file has no name, so nothing is left of it after `close`, nor when the process is killed.
    """

    def __init__(self, folder: Path, *, ceiling_bytes: int) -> None:
        self.file: IO[bytes] = tempfile.SpooledTemporaryFile(  # noqa: SIM115  # lives on; see close
            max_size=_IN_MEMORY_BYTES, dir=str(folder)
        )
        self.size_bytes = 0
        self._ceiling_bytes = ceiling_bytes

    async def add(self, piece: bytes) -> None:
        """Append; raises BODY_TOO_LARGE, or OVERLOADED when the disk takes no more."""
        self.size_bytes += len(piece)
        if self.size_bytes > self._ceiling_bytes:
            raise GrokgateError(
                Reason.BODY_TOO_LARGE,
                f"The audio is larger than {self._ceiling_bytes} bytes. Send it in parts.",
                param="file",
            )
        if self.size_bytes <= _IN_MEMORY_BYTES:
            self.file.write(piece)
            return
        try:
            await in_thread(self.file.write, piece)
        except OSError as exc:
            _LOG.exception("audio cannot be written to disk")
            raise GrokgateError(
                Reason.OVERLOADED,
                "The gateway has no room for the audio right now. Try again later.",
                retry_after_ms=5000,
            ) from exc

    def close(self) -> None:
        """Forget the audio."""
        self.file.close()


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of some work on a file in a thread.

    A cancellation waits for the work, after which its file may be closed.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.gather(running, return_exceptions=True)
        raise
