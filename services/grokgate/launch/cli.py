"""The `grokgate` command."""

import asyncio
import logging
import sys
from collections.abc import Coroutine
from enum import StrEnum
from importlib.metadata import version
from typing import Annotated, Any

import grpc
import typer
import uvloop

from grokgate.api.billing.v1.admin_pb2 import VerifyLedgerRequest
from grokgate.api.billing.v1.admin_pb2_grpc import AdminServiceStub
from grokgate.chassis.credentials import admin_metadata
from grokgate.chassis.errors import GrokgateError, StartupError
from grokgate.chassis.logs import set_up_logs
from grokgate.chassis.statuses import from_rpc_error
from grokgate.launch import serving
from grokgate.launch.banner import banner, part_banner
from grokgate.launch.building import Building
from grokgate.launch.settings import Settings, read_settings

app = typer.Typer(
    help="A gateway for xAI's Grok models.", no_args_is_help=True, add_completion=False
)
ledger = typer.Typer(help="Look after the ledger.", no_args_is_help=True)
app.add_typer(ledger, name="ledger")


class Served(StrEnum):
    """What `grokgate serve` can run."""

    ALL = "all"
    SPLIT = "split"
    EDGE = "edge"
    TEXT = "text"
    BILLING = "billing"


@app.command()
def serve(
    what: Annotated[Served, typer.Argument(help="all in one process, split, or one service")],
    *,
    demo: Annotated[bool, typer.Option(help="Open a demo account with $10 and a key.")] = False,
) -> None:
    """Run the gateway, or one of its services, until Ctrl-C or SIGTERM."""
    settings = _settings()
    building = Building(settings)
    if what is Served.ALL:
        _run(serving.serve_together(building, banner, demo=demo))
    elif what is Served.SPLIT:
        _run(serving.serve_split(building, banner, demo=demo))
    else:
        _run(serving.serve_one(building, what, lambda url: part_banner(what, url)))


@ledger.command()
def verify(
    service: Annotated[
        str, typer.Option(help="`grpc` beside `serve all`, `billing` beside a split gateway")
    ] = "grpc",
) -> None:
    """Replay every transfer of the running gateway's ledger and check that all sums agree."""
    _run(_verify(Building(_settings()), service))


@app.command("version")
def print_version() -> None:
    """Print the version."""
    typer.echo(version("grokgate"))


def main() -> None:
    """Run the command line; a mistake of the operator's is one line, not a traceback."""
    try:
        app()
    except StartupError as exc:
        typer.echo(f"grokgate: {exc}", err=True)
        sys.exit(1)


def _settings() -> Settings:
    settings = read_settings()
    set_up_logs(settings.log_level, sys.stderr, (settings.key_prefix, "xai-"))
    for chatty in ("alembic", "httpx", "uvicorn"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))
    return settings


def _run(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


async def _verify(building: Building, service: str) -> None:
    metadata = admin_metadata(building.secrets.token("admin"), "ledger verify")
    async with building.channel(service) as channel:
        admin = AdminServiceStub(channel)
        try:
            result = await admin.VerifyLedger(VerifyLedgerRequest(), metadata=metadata)
        except grpc.aio.AioRpcError as exc:
            raise _not_verified(from_rpc_error(exc), building.settings.address(service)) from exc
    typer.echo(
        f"{result.transfers} transfers, {result.accounts} accounts and {result.holds} holds read."
    )
    for problem in result.problems:
        typer.echo(f"- {problem}", err=True)
    if result.problems:
        raise StartupError(f"the ledger is not sound: {len(result.problems)} problems.")
    typer.echo("The ledger is sound.")


def _not_verified(error: GrokgateError, address: str) -> StartupError:
    return StartupError(f"the ledger at {address} was not verified: {error.message}")
