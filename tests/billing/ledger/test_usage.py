"""One usage row for each hold, and for each charge without one."""

import pytest

from grokgate.billing.books import Ledger
from grokgate.billing.commands import Basis, HoldState, UsageFilter, UsageRow
from grokgate.chassis.errors import GrokgateError, Reason
from tests.billing.ledger.making import (
    ACCOUNT,
    EXPIRY_MS,
    KEY,
    add_credit,
    extend,
    issue_key,
    open_account,
    place,
    release,
    settle,
)
from tests.support.clock import FakeClock


async def _ids(ledger: Ledger, **wanted: object) -> list[str]:
    rows, _ = await ledger.list_usage(UsageFilter(**{"account_id": ACCOUNT, **wanted}))  # type: ignore[arg-type]  # each test names real fields
    return [row.hold_id for row in rows]


async def test_a_row_tells_all_of_a_call(funded: Ledger, clock: FakeClock) -> None:
    await funded.execute(place("h1", 100, client_request_id="mine", user="bob"))
    await funded.execute(settle("h1", 60, provider_usd_ticks=55))
    rows, more = await funded.list_usage(UsageFilter(account_id=ACCOUNT))
    assert more is False
    assert rows == [
        UsageRow(
            hold_id="h1",
            account_id=ACCOUNT,
            key_id=KEY,
            request_id="req_h1",
            client_request_id="mine",
            created_at_ms=clock.now_ms(),
            model="xai/grok-4.3",
            endpoint="responses",
            units_json='{"text":{"input_tokens":3}}',
            held_usd_ticks=100,
            charge_usd_ticks=60,
            provider_usd_ticks=55,
            basis=Basis.PROVIDER,
            late=False,
            state=HoldState.POSTED,
            status="completed",
            void_reason="",
            latency_ms=12,
            user="bob",
        )
    ]


async def test_status_is_told_and_filtered(funded: Ledger, clock: FakeClock) -> None:
    names = ("expired", "completed", "failed", "released")
    await funded.execute_all([place(name, 1) for name in names])
    await funded.execute_all([settle("completed", 1), settle("failed", 0, status="failed")])
    await funded.execute(release("released"))
    clock.advance(EXPIRY_MS)
    await funded.execute(place("open", 1))
    for name in (*names, "open"):
        rows, _ = await funded.list_usage(UsageFilter(account_id=ACCOUNT, status=name))
        assert [(row.hold_id, row.status) for row in rows] == [(name, name)]
    assert await _ids(funded, status="incomplete") == []


async def test_a_late_charge_shows_its_own_status(funded: Ledger) -> None:
    await funded.execute_all([place("h1"), release("h1"), settle("h1", status="incomplete")])
    await funded.execute(settle("unknown", 5))
    rows, _ = await funded.list_usage(UsageFilter(account_id=ACCOUNT))
    told = {row.hold_id: (row.status, row.state, row.late, row.charge_usd_ticks) for row in rows}
    assert told == {
        "h1": ("incomplete", HoldState.VOIDED, True, 60),
        "unknown": ("completed", HoldState.VOIDED, True, 5),
    }


async def test_pages_are_newest_first_and_leave_nothing_out(
    funded: Ledger, clock: FakeClock
) -> None:
    placed = []
    for number in range(10):
        await funded.execute(place(f"h{9 - number}", 1))
        placed.append(f"h{9 - number}")
        clock.advance(number % 2)  # some at the same time
    seen: list[str] = []
    more = True
    while more:
        after = seen[-1] if seen else ""
        rows, more = await funded.list_usage(UsageFilter(account_id=ACCOUNT, limit=3, after=after))
        seen += [row.hold_id for row in rows]
    assert sorted(seen) == sorted(placed)
    assert seen == await _ids(funded)
    assert set(seen[:2]) == {"h0", "h1"}  # placed last, at the same time


async def test_time_and_model_are_filtered(funded: Ledger, clock: FakeClock) -> None:
    start_ms = clock.now_ms()
    for number in range(3):
        await funded.execute(place(f"h{number}", 1, model=f"xai/m{number}"))
        clock.advance(1000)
    assert await _ids(funded, from_ms=start_ms + 1000) == ["h2", "h1"]
    assert await _ids(funded, to_ms=start_ms + 1000) == ["h0"]
    assert await _ids(funded, model="xai/m1") == ["h1"]


async def test_rows_of_another_account_are_not_shown(funded: Ledger) -> None:
    theirs = issue_key(None, "key_2", "other")
    await funded.execute_all([open_account("other"), add_credit(10, "credit-2", "other"), theirs])
    await funded.execute(place("mine", 1))
    await funded.execute(place("theirs", 1, key_hash=theirs.key_hash))
    assert await _ids(funded) == ["mine"]
    with pytest.raises(GrokgateError) as caught:
        await funded.list_usage(UsageFilter(account_id=ACCOUNT, after="theirs"))
    assert (caught.value.reason, caught.value.param) == (Reason.INVALID_VALUE, "after")
    rows, _ = await funded.list_usage(UsageFilter())
    assert {row.hold_id for row in rows} == {"mine", "theirs"}


async def test_holds_to_reconcile_reached_upstream_and_were_never_charged(
    funded: Ledger, clock: FakeClock
) -> None:
    names = ("expired", "released", "charged-late", "settled", "never-sent")
    await funded.execute_all([place(name, 1) for name in names])
    await funded.execute_all([extend(name, reached_upstream=True) for name in names[:4]])
    await funded.execute_all([settle("settled", 1), release("never-sent"), release("released")])
    clock.advance(EXPIRY_MS)
    await funded.execute(settle("charged-late", 1))
    rows, _ = await funded.list_usage(UsageFilter(to_reconcile=True))
    assert {row.hold_id for row in rows} == {"expired", "released"}
