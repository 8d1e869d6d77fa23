"""Running a gateway, or a part of it, until it is told to stop."""

import asyncio
import signal
from collections.abc import Callable
from typing import Protocol

import grpc

from grokgate.chassis.errors import StartupError
from grokgate.launch.building import Building
from grokgate.launch.demo import Demo, open_demo
from grokgate.launch.garbage import settle_down
from grokgate.launch.grace import Grace
from grokgate.launch.parents import obey_parent
from grokgate.launch.separate import Separate
from grokgate.launch.split import Split
from grokgate.launch.together import Together


class Whole(Protocol):
    """A whole gateway, however many processes it is."""

    url: str
    upstream: str
    sandboxed: bool
    billing: grpc.aio.Channel | None


Announce = Callable[[Whole, Demo | None], None]


async def serve_together(building: Building, announce: Announce, *, demo: bool) -> None:
    """Every room in this process until SIGINT or SIGTERM."""
    whole = Together(building)
    stopped = _stop_event(building.reload_catalog)
    await whole.start()
    settle_down()
    try:
        announce(whole, await _demo(building, whole) if demo else None)
        await stopped.wait()
    finally:
        await whole.stop()


async def serve_split(building: Building, announce: Announce, *, demo: bool) -> None:
    """A process a service until SIGINT or SIGTERM, or until one of them dies."""
    whole = Split(building)
    stopped = _stop_event(whole.reload_catalog)
    await whole.start()
    try:
        announce(whole, await _demo(building, whole) if demo else None)
        told = asyncio.create_task(stopped.wait())
        death = asyncio.create_task(whole.wait_for_a_death())
        await asyncio.wait([told, death], return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        death.cancel()
        if not stopped.is_set():
            raise StartupError(f"{', '.join(whole.dead())} died; everything is stopped.")
    finally:
        await whole.stop()


async def serve_one(
    building: Building, service: str, announce: Callable[[str], None], *, with_parent: bool
) -> None:
    """One service until SIGINT or SIGTERM, or until its parent says so or dies."""
    grace = Grace(building.settings.shutdown_grace_s, building.clock)
    part = Separate(building, service, grace)
    stopped = _stop_event(building.reload_catalog)
    if with_parent:
        obey_parent(grace, stopped)
    await part.start()
    settle_down()
    try:
        announce(part.url)
        await stopped.wait()
    finally:
        await part.stop()


def _stop_event(reload_catalog: Callable[[], None]) -> asyncio.Event:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    loop.add_signal_handler(signal.SIGHUP, reload_catalog)
    return stopped


async def _demo(building: Building, whole: Whole) -> Demo:
    assert whole.billing is not None  # noqa: S101  # a started gateway has its billing
    token = building.secrets.token("admin")
    return await open_demo(whole.billing, token, building.settings.state_dir, whole.url)
