"""A client that leaves before its answer is there."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

Answer = TypeVar("Answer")


async def while_client_waits(request: Request, work: Coroutine[Any, Any, Answer]) -> Answer:
    """What `work` returns; cancels it and raises ClientDisconnect when the client leaves first.

    The body must have been read. A paid call goes on all the same: its service sees to that.
    """
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(_departure(request.receive))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
