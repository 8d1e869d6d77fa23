"""Batches over a stream: duplicated, reordered and cut, without a double charge or a leak."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from grokgate.api.billing.v1 import billing_pb2
from grokgate.api.billing.v1.account_pb2 import GetBalanceRequest
from grokgate.api.billing.v1.admin_pb2 import VerifyLedgerRequest
from grokgate.api.billing.v1.billing_pb2 import (
    Command,
    ExecuteCommandsRequest,
    ExtendHoldRequest,
    PlaceHoldRequest,
    ReleaseHoldRequest,
)
from grokgate.chassis.errors import Reason
from tests.billing.servicers.running import (
    AS_ADMIN,
    AS_TEXT,
    USD,
    Billing,
    as_caller,
    outcome,
    settlement,
)

HELD_TICKS = 25_000_000
CHARGED_TICKS = 15_000_000


def place(sequence: int, request: PlaceHoldRequest) -> Command:
    return Command(sequence=sequence, place_hold=request)


def settle(sequence: int, hold_id: str, **changes: Any) -> Command:
    return Command(sequence=sequence, settle_hold=settlement(hold_id, **changes))


def release(sequence: int, hold_id: str) -> Command:
    request = ReleaseHoldRequest(hold_id=hold_id, void_reason="cancelled")
    return Command(sequence=sequence, release_hold=request)


async def balance(billing: Billing, secret: str) -> tuple[int, int]:
    """Posted and held, of a ledger found sound."""
    verification = await billing.admin.VerifyLedger(VerifyLedgerRequest(), metadata=AS_ADMIN)
    assert list(verification.problems) == []
    found = await billing.account.GetBalance(GetBalanceRequest(), metadata=as_caller(secret))
    return found.posted_usd_ticks, found.held_usd_ticks


async def test_each_command_of_a_message_gets_its_own_result(billing: Billing) -> None:
    secret = await billing.customer()
    good, bad = billing.hold_request(secret), billing.hold_request("llmtr-unknown")
    placed, refused, released, missing = await billing.execute(
        place(1, good),
        place(2, bad),
        release(3, good.hold_id),
        Command(
            sequence=4,
            extend_hold=ExtendHoldRequest(hold_id=billing.ids.uuid(), expires_in_ms=60_000),
        ),
    )
    assert placed.held_usd_ticks == HELD_TICKS
    assert refused.reason is Reason.INVALID_API_KEY
    assert released.state == billing_pb2.HOLD_STATE_VOIDED
    assert missing.reason is Reason.NOT_FOUND


async def test_an_error_in_a_result_keeps_its_details(billing: Billing) -> None:
    secret = await billing.customer(usd_ticks=1)
    [error] = await billing.execute(place(1, billing.hold_request(secret)))
    assert error.reason is Reason.INSUFFICIENT_BALANCE
    assert error.details == {"required_usd_ticks": HELD_TICKS, "available_usd_ticks": 1}


async def test_one_stream_carries_many_messages_and_answers_all(billing: Billing) -> None:
    secret = await billing.customer()
    batches = [[place(number, billing.hold_request(secret))] for number in range(100)]
    results = await converse(billing, batches)
    assert sorted(results) == list(range(100))
    assert {result.held_usd_ticks for result in results.values()} == {HELD_TICKS}


async def test_duplicated_commands_do_nothing_twice(billing: Billing) -> None:
    secret = await billing.customer()
    request = billing.hold_request(secret)
    first, again = await billing.execute(place(1, request), place(2, request))
    assert first == again
    results = await billing.execute(*(settle(number, request.hold_id) for number in range(3)))
    assert {result.charge.usd_ticks for result in results} == {CHARGED_TICKS}
    assert await balance(billing, secret) == (100 * USD - CHARGED_TICKS, 0)


async def test_a_release_before_its_place_leaves_no_hold(billing: Billing) -> None:
    secret = await billing.customer()
    request = billing.hold_request(secret)
    released, placed = await billing.execute(release(1, request.hold_id), place(2, request))
    assert released.state == billing_pb2.HOLD_STATE_VOIDED
    assert placed.reason is Reason.ALREADY_EXISTS
    assert await balance(billing, secret) == (100 * USD, 0)


async def test_a_settlement_before_its_place_charges_once(billing: Billing) -> None:
    secret = await billing.customer()
    request = billing.hold_request(secret)
    early = settle(1, request.hold_id, provider_usd_ticks=77)
    settled, placed = await billing.execute(early, place(2, request))
    [again] = await billing.execute(early)
    assert (settled.late, settled.charge.usd_ticks) == (True, 77)
    assert placed.reason is Reason.ALREADY_EXISTS
    assert again == settled
    assert await balance(billing, secret) == (100 * USD - 77, 0)


async def test_a_release_after_the_settlement_changes_nothing(billing: Billing) -> None:
    secret = await billing.customer()
    hold_id = await billing.place(secret)
    _, released = await billing.execute(settle(1, hold_id), release(2, hold_id))
    assert released.state == billing_pb2.HOLD_STATE_POSTED
    assert await balance(billing, secret) == (100 * USD - CHARGED_TICKS, 0)


async def test_a_settlement_after_the_release_is_late_and_posted_once(billing: Billing) -> None:
    secret = await billing.customer()
    hold_id = await billing.place(secret)
    _, settled, again, other = await billing.execute(
        release(1, hold_id),
        settle(2, hold_id),
        settle(3, hold_id),
        settle(4, hold_id, provider_usd_ticks=1),
    )
    assert settled.late
    assert settled.state == billing_pb2.HOLD_STATE_VOIDED
    assert settled == again
    assert other.reason is Reason.ALREADY_EXISTS
    assert await balance(billing, secret) == (100 * USD - CHARGED_TICKS, 0)


async def test_commands_sent_again_after_a_cut_get_the_answer_of_the_first_time(
    billing: Billing,
) -> None:
    secret = await billing.customer()
    request = billing.hold_request(secret)
    hold_id = request.hold_id
    await billing.execute(place(1, request))
    stream = billing.billing.ExecuteCommands(metadata=AS_TEXT)
    await stream.write(ExecuteCommandsRequest(commands=[settle(2, hold_id)]))
    stream.cancel()
    [settled] = await billing.execute(settle(2, hold_id))
    assert (settled.late, settled.charge.usd_ticks) == (False, CHARGED_TICKS)
    assert await balance(billing, secret) == (100 * USD - CHARGED_TICKS, 0)


async def test_too_many_commands_in_a_message_are_refused_whole(billing: Billing) -> None:
    secret = await billing.customer()
    hold_id = await billing.place(secret)
    stream = billing.billing.ExecuteCommands(metadata=AS_TEXT)
    flood = [release(number, hold_id) for number in range(1_001)]
    await stream.write(ExecuteCommandsRequest(commands=flood))
    assert (await stream.code()).name == "INVALID_ARGUMENT"
    assert await balance(billing, secret) == (100 * USD, HELD_TICKS)


async def converse(billing: Billing, batches: Sequence[Sequence[Command]]) -> dict[int, Any]:
    async def requests() -> AsyncIterator[ExecuteCommandsRequest]:
        for batch in batches:
            yield ExecuteCommandsRequest(commands=batch)

    stream = billing.billing.ExecuteCommands(requests(), metadata=AS_TEXT)
    return {
        result.sequence: outcome(result) async for response in stream for result in response.results
    }
