"""A gateway that stops, and those that wait for something that takes longer."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request

# Where the server puts the event that says so into the state of every request.
STOPPING = "stopping"

Answer = TypeVar("Answer")


async def unless_stopping(request: Request, work: Coroutine[Any, Any, Answer]) -> Answer | None:
    """What `work` returns; None, and `work` is cancelled, when the gateway stops first."""
    stopping: asyncio.Event = request.scope["state"][STOPPING]
    working = asyncio.create_task(work)
    waiting = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait((working, waiting), return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        waiting.cancel()
