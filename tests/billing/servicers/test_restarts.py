"""What survives a restart, and what a failing or stopping room answers."""

import sqlite3
from pathlib import Path

import grpc.aio

from grokgate.api.billing.v1.account_pb2 import GetBalanceRequest
from grokgate.api.billing.v1.billing_pb2 import (
    Command,
    ExecuteCommandsRequest,
    ExecuteCommandsResponse,
    ReleaseHoldRequest,
)
from grokgate.catalog.models import LiveCatalog, parse_catalog
from grokgate.chassis.errors import Reason
from tests.billing.servicers.running import (
    AS_TEXT,
    MODEL,
    MODELS_TOML,
    Billing,
    as_caller,
    outcome,
    refusal,
    running_billing,
    settlement,
)

CHARGED_TICKS = 15_000_000
DEARER = LiveCatalog(
    parse_catalog(MODELS_TOML, f'[models."{MODEL}"]\nviolation_fee_usd_ticks = 7\nfree = true')
)


async def test_a_hold_keeps_its_price_over_a_restart_with_another_catalogue(
    tmp_path: Path,
) -> None:
    async with running_billing(tmp_path / "ledger.db") as billing:
        hold_id = await billing.place(await billing.customer())
    async with running_billing(tmp_path / "ledger.db", catalog=DEARER) as billing:
        settled = await billing.billing.SettleHold(settlement(hold_id), metadata=AS_TEXT)
    assert settled.charge.usd_ticks == CHARGED_TICKS


async def test_one_broken_command_does_not_break_its_batch(tmp_path: Path) -> None:
    database = tmp_path / "ledger.db"
    async with running_billing(database) as billing:
        secret = await billing.customer()
        broken, sound = await billing.place(secret), await billing.place(secret)
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE prices SET document = x'00'")
    connection.close()
    async with running_billing(database) as billing:
        error, released = await billing.execute(
            Command(sequence=1, settle_hold=settlement(broken)),
            Command(
                sequence=2, release_hold=ReleaseHoldRequest(hold_id=sound, void_reason="cancelled")
            ),
        )
    assert error.reason is Reason.INTERNAL_ERROR
    assert "document" not in error.message
    assert released.state


async def test_a_stopping_room_answers_what_it_read_and_ends_its_streams(
    billing: Billing,
) -> None:
    secret = await billing.customer()
    request = billing.hold_request(secret)
    stream = billing.billing.ExecuteCommands(metadata=AS_TEXT)
    command = Command(sequence=1, place_hold=request)
    await stream.write(ExecuteCommandsRequest(commands=[command]))
    first = await stream.read()
    await billing.room.stop(5)
    assert isinstance(first, ExecuteCommandsResponse)
    assert outcome(first.results[0]).held_usd_ticks
    assert await stream.read() is grpc.aio.EOF
    assert (await stream.code()).name == "OK"


async def test_without_a_ledger_everything_is_unavailable(billing: Billing) -> None:
    secret = await billing.customer()
    request = billing.hold_request(secret)
    await billing.room.stop(5)
    unary = await refusal(billing.billing.PlaceHold(request, metadata=AS_TEXT))
    streamed = await billing.execute(
        Command(sequence=1, place_hold=request),
        Command(sequence=2, settle_hold=settlement(request.hold_id)),
    )
    looked = await refusal(
        billing.account.GetBalance(GetBalanceRequest(), metadata=as_caller(secret))
    )
    reasons = {error.reason for error in (unary, looked, *streamed)}
    assert reasons == {Reason.BILLING_UNAVAILABLE}
