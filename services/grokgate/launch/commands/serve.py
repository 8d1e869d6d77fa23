"""`grokgate serve`."""

import asyncio
import logging
import sys
from collections.abc import Coroutine
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import typer
import uvloop

from grokgate.chassis.logs import set_up_logs
from grokgate.launch.settings import Settings, read_settings

# The least that is heard of each. A client's malformed form is no warning of ours.
_CHATTY = {
    "alembic": logging.WARNING,
    "httpx": logging.WARNING,
    "uvicorn": logging.WARNING,
    "python_multipart": logging.ERROR,
}


class Served(StrEnum):
    """What `grokgate serve` can run."""

    ALL = "all"
    SPLIT = "split"
    EDGE = "edge"
    TEXT = "text"
    MEDIA = "media"
    VOICE = "voice"
    BILLING = "billing"


def serve(
    what: Annotated[Served, typer.Argument(help="all in one process, split, or one service")],
    *,
    demo: Annotated[bool, typer.Option(help="Open a demo account with $10 and a key.")] = False,
    with_parent: Annotated[
        bool,
        typer.Option(help="Stop one service when its standard input says how soon, or closes."),
    ] = False,
) -> None:
    """Run the gateway, or one of its services, until Ctrl-C or SIGTERM."""
    # Every room comes with these; other commands need none and start in half the time.
    from grokgate.launch import serving  # noqa: PLC0415  # see above
    from grokgate.launch.banner import banner, part_banner  # noqa: PLC0415  # see above
    from grokgate.launch.building import Building  # noqa: PLC0415  # see above

    settings = read_settings()
    _set_up_logs(settings)
    building = Building(settings)
    if what is Served.ALL:
        _run(serving.serve_together(building, banner, demo=demo))
    elif what is Served.SPLIT:
        _run(serving.serve_split(building, banner, demo=demo))
    else:
        announce = partial(part_banner, what)
        _run(serving.serve_one(building, what, announce, with_parent=with_parent))


def _set_up_logs(settings: Settings) -> None:
    set_up_logs(settings.log_level, sys.stderr, (settings.key_prefix, "xai-", "sk-"))
    for chatty, level in _CHATTY.items():
        logging.getLogger(chatty).setLevel(max(level, logging.getLogger().level))


def _run(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)
