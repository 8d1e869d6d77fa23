"""A client that leaves before its answer is there."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request

Answer = TypeVar("Answer")


async def while_client_waits(request: Request, work: Awaitable[Answer]) -> Answer:
    """What `work` returns; cancels it and raises ClientDisconnect when the client leaves first.

    The body must have been read. A paid call goes on all the same: its service sees to that.
    """
    waiter = asyncio.current_task()
    assert waiter is not None  # noqa: S101  # coroutines run in tasks
    cancelled_before = waiter.cancelling()
    leaving = asyncio.create_task(_cancel_on_departure(request, waiter))
    try:
        return await work
    except asyncio.CancelledError:
        # As asyncio.timeout does: only our own cancellation becomes another exception.
        if leaving.done() and waiter.uncancel() <= cancelled_before:
            raise ClientDisconnect from None
        raise
    finally:
        leaving.cancel()


async def _cancel_on_departure(request: Request, waiter: asyncio.Task[object]) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    waiter.cancel()
