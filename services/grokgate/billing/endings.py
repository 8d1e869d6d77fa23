"""How holds end: settled, released or expired; and how long they may stay open.

A hold ends once. A charge that comes after another ending is posted as `late`, at most once.
"""

import copy

from grokgate.billing import limits, refusals
from grokgate.billing.commands import (
    ExtendHold,
    HoldEnded,
    HoldExtended,
    HoldState,
    ReleaseHold,
    SettleHold,
)
from grokgate.billing.records import HoldRecord
from grokgate.billing.state import State
from grokgate.billing.transfers import Kind
from grokgate.catalog import prices
from grokgate.chassis.errors import GrokgateError, Reason

# The void reason of a hold that was settled before it was placed.
SETTLED_UNPLACED = "settled_unplaced"


def settle(state: State, command: SettleHold, now_ms: int) -> HoldEnded:
    """End an open hold with a charge; after another ending, or before any, post it as late."""
    hold = state.hold(command.hold_id)
    if hold is None:
        hold = _unplaced(command.hold_id, command.owner, now_ms)
        hold.void_reason = SETTLED_UNPLACED
        return _post_late(state, hold, command, now_ms)
    _check_owner(hold, command.owner)
    if not hold.settle_digest:
        post = _post if hold.state == HoldState.OPEN else _post_late
        return post(state, hold, command, now_ms)
    if hold.settle_digest != command.body_digest:
        raise refusals.taken("hold_id", "settlement")
    return hold.ending()


def release(state: State, command: ReleaseHold, now_ms: int) -> HoldEnded:
    """End an open hold without a charge; one that has ended keeps its ending.

    An unknown id is remembered as ended, so that placing it later fails.
    """
    if not command.void_reason:
        raise refusals.invalid("void_reason", "must say why the hold is released.")
    hold = state.hold(command.hold_id)
    if hold is None:
        hold = _unplaced(command.hold_id, command.owner, now_ms)
        state.put_hold(hold)
    else:
        _check_owner(hold, command.owner)
        if hold.state != HoldState.OPEN:
            return hold.ending()
        hold = _end(state, hold, HoldState.VOIDED, now_ms)
        state.move(Kind.VOIDED, hold.hold_id, hold.account_id, hold.held_usd_ticks, now_ms)
        if not (hold.reached_upstream or command.reached_upstream):
            _correct_tokens(state, hold, 0, now_ms)
    hold.void_reason = command.void_reason
    hold.reached_upstream |= command.reached_upstream
    hold.latency_ms = command.latency_ms
    return hold.ending()


def extend(state: State, command: ExtendHold, now_ms: int) -> HoldExtended:
    """Move the expiry of an open hold, never to an earlier time."""
    hold = state.hold(command.hold_id)
    if hold is None:
        raise refusals.unknown("hold_id", "hold")
    _check_owner(hold, command.owner)
    if hold.state != HoldState.OPEN:
        raise refusals.ended(hold.state)
    hold = state.edit_hold(hold)
    hold.expires_at_ms = max(hold.expires_at_ms, now_ms + command.expires_in_ms)
    hold.reached_upstream |= command.reached_upstream
    return HoldExtended(hold.expires_at_ms)


def expire(state: State, hold: HoldRecord, now_ms: int) -> None:
    """End an open hold that ran out. It is not charged; its estimate of tokens stays taken."""
    hold = _end(state, hold, HoldState.EXPIRED, now_ms)
    state.move(Kind.EXPIRED, hold.hold_id, hold.account_id, hold.held_usd_ticks, now_ms)


def _post(state: State, hold: HoldRecord, command: SettleHold, now_ms: int) -> HoldEnded:
    charge = _charge(hold, command)
    # Nothing is refused below this line, so nothing was changed above it.
    hold = _end(state, hold, HoldState.POSTED, now_ms)
    _note(hold, command, charge)
    _take(state, hold, charge)
    if command.tokens_used is not None:
        _correct_tokens(state, hold, command.tokens_used, now_ms)
    posted = min(charge, hold.held_usd_ticks)
    state.move(Kind.POSTED, hold.hold_id, hold.account_id, posted, now_ms)
    state.move(Kind.OVERAGE, hold.hold_id, hold.account_id, charge - posted, now_ms)
    rest = hold.held_usd_ticks - posted
    state.move(Kind.VOIDED, hold.hold_id, hold.account_id, rest, now_ms)
    return hold.ending()


def _post_late(state: State, hold: HoldRecord, command: SettleHold, now_ms: int) -> HoldEnded:
    hold = copy.copy(hold)
    if not hold.account_id:
        _name_payer(state, hold, command.account_id)
    charge = _charge(hold, command)
    # Nothing is refused below this line, so nothing was changed above it.
    state.put_hold(hold)
    hold.late = True
    _note(hold, command, charge)
    _take(state, hold, charge)
    state.move(Kind.LATE, hold.hold_id, hold.account_id, charge, now_ms)
    return hold.ending()


def _unplaced(hold_id: str, owner: str, now_ms: int) -> HoldRecord:
    """A record that stands for a hold that ended before it was placed."""
    return HoldRecord(
        hold_id=hold_id,
        account_id="",
        key_id="",
        owner=owner,
        body_digest=b"",
        held_usd_ticks=0,
        placed_at_ms=now_ms,
        expires_at_ms=now_ms,
        state=HoldState.VOIDED,
        ended_at_ms=now_ms,
    )


def _name_payer(state: State, hold: HoldRecord, account_id: str) -> None:
    """Of a hold that was never placed, only its settlement knows who pays."""
    account = state.account(account_id)
    if account is None:
        raise refusals.unknown("account_id", "account")
    hold.account_id = account_id
    hold.account_multiplier_ppm = account.multiplier_ppm


def _check_owner(hold: HoldRecord, owner: str) -> None:
    if hold.owner != owner:
        raise GrokgateError(
            Reason.NOT_HOLD_OWNER,
            "Another service placed this hold; only that one may end or extend it.",
            param="hold_id",
        )


def _charge(hold: HoldRecord, command: SettleHold) -> int:
    charge = prices.charge(
        command.cost_usd_ticks, hold.model_multiplier_ppm, hold.account_multiplier_ppm
    )
    if not 0 <= charge <= refusals.MOST_USD_TICKS:
        raise refusals.invalid("cost_usd_ticks", "is not an amount that can be charged.")
    return charge


def _end(state: State, hold: HoldRecord, ending: HoldState, now_ms: int) -> HoldRecord:
    """The hold, no longer open and no longer counted among what is held."""
    hold = state.edit_hold(hold)
    hold.state = ending
    hold.ended_at_ms = now_ms
    account = state.edit_account(state.account_of(hold))
    account.held_usd_ticks -= hold.held_usd_ticks
    account.open_holds -= 1
    key = state.edit_key(state.key_of(hold))
    key.open_holds -= 1
    if key.period_start_ms == hold.period_start_ms:
        key.held_usd_ticks -= hold.held_usd_ticks
    return hold


def _note(hold: HoldRecord, command: SettleHold, charge: int) -> None:
    """What the usage row tells of a settlement."""
    hold.settle_digest = command.body_digest
    hold.charge_usd_ticks = charge
    hold.basis = command.basis
    hold.provider_usd_ticks = command.provider_usd_ticks
    hold.units_json = command.units_json
    hold.status = command.status
    hold.upstream_id = command.upstream_id
    hold.latency_ms = command.latency_ms


def _take(state: State, hold: HoldRecord, charge: int) -> None:
    """Lower the balance by a charge, and count it in the budget period of its hold."""
    state.edit_account(state.account_of(hold)).posted_usd_ticks -= charge
    if hold.key_id:
        key = state.edit_key(state.key_of(hold))
        if key.period_start_ms == hold.period_start_ms:
            key.spent_usd_ticks += charge


def _correct_tokens(state: State, hold: HoldRecord, used: int, now_ms: int) -> None:
    """Give back, or take more of, what the hold took from the token limits by estimate."""
    taken = hold.tokens_estimate
    account = state.edit_account(state.account_of(hold))
    account.tokens_until_ns = limits.correct(
        account.tokens_per_minute, account.tokens_until_ns, taken, used, now_ms
    )
    key = state.edit_key(state.key_of(hold))
    key.tokens_until_ns = limits.correct(
        key.policy.limits.tokens_per_minute, key.tokens_until_ns, taken, used, now_ms
    )
