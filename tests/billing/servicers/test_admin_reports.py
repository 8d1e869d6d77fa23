"""What operators add up, read back and take away."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from grokgate.api.billing.v1 import admin_pb2 as pb
from grokgate.api.billing.v1.account_pb2 import KeyPolicy
from grokgate.api.billing.v1.billing_pb2 import HOLD_STATE_VOIDED, ReleaseHoldRequest
from grokgate.chassis.errors import Reason
from tests.billing.servicers.running import (
    AS_ADMIN,
    AS_TEXT,
    Billing,
    refusal,
    settlement,
    tokens,
)

DAY_MS = 86_400_000


async def admin(billing: Billing, rpc: str, **fields: Any) -> Any:
    request = getattr(pb, f"{rpc}Request")(**fields)
    return await getattr(billing.admin, rpc)(request, metadata=AS_ADMIN)


async def spend(billing: Billing, secret: str, provider_usd_ticks: int, **place: Any) -> None:
    hold = await billing.place(secret, **place)
    counted = tokens(800, 200, 100)
    request = settlement(hold, provider_usd_ticks=provider_usd_ticks, counted=counted)
    await billing.billing.SettleHold(request, metadata=AS_TEXT)


async def summarize(billing: Billing, by: str, **fields: Any) -> list[pb.UsageSummary]:
    grouping = pb.UsageGrouping.Value(f"USAGE_GROUPING_{by.upper()}")
    return list((await admin(billing, "SummarizeUsage", group_by=grouping, **fields)).summaries)


async def test_usage_is_added_up_by_model_with_what_the_provider_reported(
    billing: Billing,
) -> None:
    secret = await billing.customer()
    await admin(billing, "UpdateAccount", id="acme", multiplier_ppm=2_000_000)
    await spend(billing, secret, 10_000)
    await spend(billing, secret, 20_000)
    await spend(billing, secret, 70_000, model="xai/grok-4.5")
    await billing.place(secret)
    released = await billing.place(secret)
    release = ReleaseHoldRequest(hold_id=released, void_reason="cancelled")
    await billing.billing.ReleaseHold(release, metadata=AS_TEXT)
    first, second = await summarize(billing, "model")
    assert first == pb.UsageSummary(
        group="xai/grok-4.5",
        calls=1,
        input_tokens=800,
        cached_input_tokens=100,
        output_tokens=200,
        charge_usd_ticks=140_000,
        provider_usd_ticks=70_000,
    )
    assert (second.group, second.calls) == ("xai/grok-4.3", 4)
    assert (second.open_calls, second.released_calls) == (1, 1)
    assert (second.charge_usd_ticks, second.input_tokens) == (60_000, 1_600)


async def test_usage_is_added_up_by_key_user_and_day(billing: Billing) -> None:
    await billing.open_account()
    issued = await billing.issue_key(policy=KeyPolicy())
    await spend(billing, issued.secret, 5_000, user="bob")
    billing.clock.advance(DAY_MS)
    await spend(billing, issued.secret, 9_000)
    [by_key] = await summarize(billing, "key")
    assert (by_key.group, by_key.name, by_key.calls) == (issued.key.id, "a key", 2)
    assert [one.group for one in await summarize(billing, "user")] == ["", "bob"]
    days = await summarize(billing, "day")
    assert [(day.group, day.charge_usd_ticks) for day in days] == [
        ("2026-05-28", 5_000),
        ("2026-05-29", 9_000),
    ]


async def test_usage_is_added_up_for_one_account_and_span(billing: Billing) -> None:
    start_ms = billing.clock.now_ms()
    await spend(billing, await billing.customer("acme"), 1_000)
    billing.clock.advance(10)
    await spend(billing, await billing.customer("other"), 2_000)
    assert [one.charge_usd_ticks for one in await summarize(billing, "model")] == [3_000]
    [other] = await summarize(billing, "model", account_id="other")
    assert other.charge_usd_ticks == 2_000
    [early] = await summarize(billing, "model", from_ms=start_ms, to_ms=start_ms + 10)
    assert early.charge_usd_ticks == 1_000
    assert await summarize(billing, "model", to_ms=start_ms) == []


async def test_a_release_of_what_was_never_placed_is_no_call(billing: Billing) -> None:
    await billing.customer()
    release = ReleaseHoldRequest(hold_id=billing.ids.uuid(), void_reason="cancelled")
    await billing.billing.ReleaseHold(release, metadata=AS_TEXT)
    assert await summarize(billing, "model") == []


async def test_audit_rows_are_listed_newest_first_in_pages(billing: Billing) -> None:
    await billing.open_account()
    await admin(billing, "UpdateAccount", id="acme", suspended=True)
    await admin(billing, "OpenAccount", id="other")
    newest = await admin(billing, "ListAuditRows", limit=2)
    assert [(row.action, row.subject) for row in newest.rows] == [
        ("OpenAccount", "other"),
        ("UpdateAccount", "acme"),
    ]
    assert newest.has_more
    older = await admin(billing, "ListAuditRows", after=newest.rows[-1].sequence)
    assert [row.action for row in older.rows] == ["AddCredit", "OpenAccount"]
    assert not older.has_more
    row = older.rows[0]
    assert (row.operator, row.at_ms) == ("olivia", billing.clock.now_ms())
    assert '"posted_usd_ticks":0' in row.before_json
    only = await admin(billing, "ListAuditRows", subject="other")
    assert [row.action for row in only.rows] == ["OpenAccount"]


async def test_a_key_is_rotated_and_its_new_secret_works(billing: Billing) -> None:
    await billing.open_account()
    issued = await billing.issue_key(policy=KeyPolicy(concurrency=2))
    rotated = await admin(billing, "RotateKey", id=issued.key.id, overlap_ms=60_000)
    assert rotated.key.policy.concurrency == 2
    assert rotated.key.display == rotated.secret[:12]
    assert rotated.old_key.revoked_at_ms == billing.clock.now_ms() + 60_000
    await billing.place(rotated.secret)
    await billing.place(issued.secret)
    assert rotated.secret not in str(billing.select("SELECT * FROM audit"))


async def test_an_operator_voids_a_services_hold(billing: Billing) -> None:
    hold = await billing.place(await billing.customer())
    answer = await admin(billing, "VoidHold", hold_id=hold, reason="stuck")
    assert (answer.hold.state, answer.hold.void_reason) == (HOLD_STATE_VOIDED, "stuck")
    error = await refusal(admin(billing, "VoidHold", hold_id=hold, reason="stuck"))
    assert error.reason is Reason.HOLD_ENDED


@pytest.mark.parametrize(
    ("rpc", "fields", "param"),
    [
        ("SummarizeUsage", {}, "group_by"),
        ("ListAuditRows", {"limit": 1_001}, "limit"),
        ("ListAuditRows", {"after": -1}, "after"),
        ("VoidHold", {"hold_id": "h1", "reason": "x"}, "hold_id"),
        ("VoidHold", {"hold_id": "00000000-0000-7000-8000-000000000000"}, "reason"),
    ],
)
async def test_a_report_that_makes_no_sense_is_refused(
    billing: Billing, rpc: str, fields: dict[str, Any], param: str
) -> None:
    error = await refusal(admin(billing, rpc, **fields))
    assert (error.reason, error.param) == (Reason.INVALID_VALUE, param)


async def test_a_backup_is_a_sound_copy_and_leaves_nothing_behind(
    billing: Billing, tmp_path: Path
) -> None:
    secret = await billing.customer()
    for _ in range(200):
        await billing.place(secret)
    before = sorted(path.name for path in billing.database.parent.iterdir())
    copy = tmp_path / "copy"
    size = 0
    with copy.open("wb") as file:
        async for piece in billing.admin.BackupLedger(pb.BackupLedgerRequest(), metadata=AS_ADMIN):
            size += file.write(piece.piece)
            assert len(piece.piece) <= 32 * 1024
    assert size == piece.total_bytes > 64 * 1024
    connection = sqlite3.connect(copy)
    [(holds,)] = connection.execute("SELECT count(*) FROM holds").fetchall()
    connection.close()
    assert holds == 200
    copy.unlink()
    assert sorted(path.name for path in billing.database.parent.iterdir()) == before


async def test_a_backup_needs_the_admin_token(billing: Billing) -> None:
    stream = billing.admin.BackupLedger(pb.BackupLedgerRequest())
    assert (await refusal(stream)).reason is Reason.ADMIN_TOKEN_REQUIRED
