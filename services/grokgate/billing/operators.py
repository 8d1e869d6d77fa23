"""What operators do: accounts, money, keys and holds. Each change leaves an audit record."""

import re
from typing import TypeVar

import msgspec

from grokgate.billing import endings, refusals
from grokgate.billing.commands import (
    Account,
    AddCredit,
    AdjustBalance,
    HoldState,
    IssueKey,
    Key,
    KeyPolicy,
    KeyRotated,
    OpenAccount,
    ReleaseHold,
    RevokeKey,
    RotateKey,
    UpdateAccount,
    UsageRow,
    VoidHold,
)
from grokgate.billing.records import AccountRecord, AuditRecord, KeyRecord
from grokgate.billing.state import State
from grokgate.billing.transfers import FUNDING, REVENUE, Kind, transfer

MOST_PER_MINUTE = 10**9
MOST_MULTIPLIER_PPM = 100_000_000
MOST_OVERLAP_MS = 366 * 86_400_000

OperatorCommand = (
    OpenAccount
    | UpdateAccount
    | AddCredit
    | AdjustBalance
    | IssueKey
    | RevokeKey
    | RotateKey
    | VoidHold
)
View = TypeVar("View", Account, Key, UsageRow)

_ACCOUNT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def open_account(state: State, command: OpenAccount, now_ms: int) -> Account:
    """A new account, empty. The ids of the system's own accounts cannot be taken."""
    account_id = command.account_id
    if not _ACCOUNT_ID.fullmatch(account_id) or account_id in (FUNDING, REVENUE):
        raise refusals.invalid(
            "id",
            "must have 1 to 64 letters, digits, `-`, `_` and `.`, and not be "
            f"`{FUNDING}` or `{REVENUE}`.",
        )
    if state.account(account_id) is not None:
        raise refusals.taken("id", "account")
    account = AccountRecord(account_id, command.name, now_ms)
    state.add_account(account)
    return _audited(state, command, None, account.public(), now_ms)


def update_account(state: State, command: UpdateAccount, now_ms: int) -> Account:
    """The account with what the command names changed."""
    account = _existing(state, command.account_id)
    _check_limit("requests_per_minute", command.requests_per_minute, least=0)
    _check_limit("tokens_per_minute", command.tokens_per_minute, least=0)
    _check_limit("concurrency", command.concurrency, least=0)
    multiplier_ppm = command.multiplier_ppm
    if multiplier_ppm is not None and not 1 <= multiplier_ppm <= MOST_MULTIPLIER_PPM:
        raise refusals.invalid("multiplier_ppm", f"must be from 1 to {MOST_MULTIPLIER_PPM}.")
    before = account.public()
    account = state.edit_account(account)
    if command.suspended is not None:
        account.suspended = command.suspended
    if multiplier_ppm is not None:
        account.multiplier_ppm = multiplier_ppm
    if command.requests_per_minute is not None:
        account.requests_per_minute = command.requests_per_minute or None
    if command.tokens_per_minute is not None:
        account.tokens_per_minute = command.tokens_per_minute or None
    if command.concurrency is not None:
        account.concurrency = command.concurrency or None
    return _audited(state, command, before, account.public(), now_ms)


def add_credit(state: State, command: AddCredit, now_ms: int) -> Account:
    """The account with paid-in money added, once for each credit id."""
    if command.usd_ticks <= 0:
        raise refusals.invalid("usd_ticks", "must be above 0.")
    return _pay(state, Kind.CREDIT, command.credit_id, command, now_ms)


def adjust_balance(state: State, command: AdjustBalance, now_ms: int) -> Account:
    """The account with its balance corrected, once for each adjustment id.

    The reason goes to the audit record; a repeat is known by its account and amount alone.
    """
    if command.usd_ticks == 0:
        raise refusals.invalid("usd_ticks", "must be above or below 0.")
    if not command.reason:
        raise refusals.invalid("reason", "must be given.")
    return _pay(state, Kind.ADJUSTMENT, command.adjustment_id, command, now_ms)


def issue_key(state: State, command: IssueKey, now_ms: int) -> Key:
    """A new key, known by the HMAC of its secret."""
    _existing(state, command.account_id)
    _check_policy(command.policy)
    key = KeyRecord(
        key_id=command.key_id,
        account_id=command.account_id,
        name=command.name,
        display=command.display,
        key_hash=command.key_hash,
        pepper_id=command.pepper_id,
        policy=command.policy,
        created_at_ms=now_ms,
    )
    _add_key(state, key)
    return _audited(state, command, None, key.public(now_ms), now_ms)


def rotate_key(state: State, command: RotateKey, now_ms: int) -> KeyRotated:
    """A new key of the same account, name and policy; the old one ends after the overlap."""
    old = _existing_key(state, command.key_id)
    if not 0 <= command.overlap_ms <= MOST_OVERLAP_MS:
        raise refusals.invalid("overlap_ms", f"must be from 0 to {MOST_OVERLAP_MS}.")
    known_ends_ms = [
        end for end in (old.revoked_at_ms, old.policy.expires_at_ms) if end is not None
    ]
    if any(end <= now_ms for end in known_ends_ms):
        raise refusals.invalid("id", "names a key that no longer works. Issue a new one.")
    new = KeyRecord(
        key_id=command.new_key_id,
        account_id=old.account_id,
        name=old.name,
        display=command.display,
        key_hash=command.key_hash,
        pepper_id=command.pepper_id,
        policy=old.policy,
        created_at_ms=now_ms,
    )
    _add_key(state, new)
    before = old.public(now_ms)
    old = state.edit_key(old)
    old.revoked_at_ms = min([now_ms + command.overlap_ms, *known_ends_ms])
    return KeyRotated(
        key=_audited(state, command, None, new.public(now_ms), now_ms),
        old_key=_audited(state, command, before, old.public(now_ms), now_ms),
    )


def revoke_key(state: State, command: RevokeKey, now_ms: int) -> Key:
    """The key with the time of its end set. A time to come may be moved; a past one stands."""
    key = _existing_key(state, command.key_id)
    before = key.public(now_ms)
    if key.revoked_at_ms is not None and key.revoked_at_ms <= now_ms:
        return before
    key = state.edit_key(key)
    key.revoked_at_ms = now_ms if command.revoked_at_ms is None else command.revoked_at_ms
    return _audited(state, command, before, key.public(now_ms), now_ms)


def void_hold(state: State, command: VoidHold, now_ms: int) -> UsageRow:
    """The hold, released with the operator's reason, whichever service placed it."""
    hold = state.hold(command.hold_id)
    if hold is None:
        raise refusals.unknown("hold_id", "hold")
    if hold.state != HoldState.OPEN:
        raise refusals.ended(hold.state)
    before = hold.usage()
    release = ReleaseHold(
        hold_id=hold.hold_id,
        owner=hold.owner,
        void_reason=command.reason,
        reached_upstream=hold.reached_upstream,
        latency_ms=now_ms - hold.placed_at_ms,
    )
    endings.release(state, release, now_ms)
    return _audited(state, command, before, state.edit_hold(hold).usage(), now_ms)


def _existing(state: State, account_id: str) -> AccountRecord:
    account = state.account(account_id)
    if account is None:
        raise refusals.unknown("account_id", "account")
    return account


def _existing_key(state: State, key_id: str) -> KeyRecord:
    key = state.key(key_id)
    if key is None:
        raise refusals.unknown("id", "key")
    return key


def _add_key(state: State, key: KeyRecord) -> None:
    if state.key(key.key_id) is not None or state.key_by_hash(key.key_hash) is not None:
        raise refusals.taken("key_id", "key")
    state.add_key(key)


def _pay(
    state: State, kind: Kind, payment_id: str, command: AddCredit | AdjustBalance, now_ms: int
) -> Account:
    account = _existing(state, command.account_id)
    row = transfer(kind, payment_id, command.account_id, command.usd_ticks, now_ms)
    known = state.payment(kind, payment_id)
    if known is not None:
        if msgspec.structs.replace(known, created_at_ms=now_ms) != row:
            raise refusals.taken("id", str(kind))
        return account.public()
    before = account.public()
    if abs(before.posted_usd_ticks + command.usd_ticks) > refusals.MOST_USD_TICKS:
        raise refusals.invalid("usd_ticks", "would make the balance larger than can be kept.")
    account = state.edit_account(account)
    account.posted_usd_ticks += command.usd_ticks
    state.pay(row)
    return _audited(state, command, before, account.public(), now_ms)


def _check_policy(policy: KeyPolicy) -> None:
    _check_limit("requests_per_minute", policy.limits.requests_per_minute, least=1)
    _check_limit("tokens_per_minute", policy.limits.tokens_per_minute, least=1)
    _check_limit("concurrency", policy.limits.concurrency, least=1)
    budget = policy.budget_usd_ticks
    if budget is not None and not 0 <= budget <= refusals.MOST_USD_TICKS:
        raise refusals.invalid("budget_usd_ticks", f"must be from 0 to {refusals.MOST_USD_TICKS}.")


def _check_limit(param: str, limit: int | None, *, least: int) -> None:
    if limit is not None and not least <= limit <= MOST_PER_MINUTE:
        raise refusals.invalid(param, f"must be from {least} to {MOST_PER_MINUTE}.")


def _audited(
    state: State, command: OperatorCommand, before: View | None, after: View, now_ms: int
) -> View:
    record = AuditRecord(
        operator=command.operator,
        action=type(command).__name__,
        subject=_subject(after),
        reason=command.reason if isinstance(command, AdjustBalance | VoidHold) else "",
        at_ms=now_ms,
        before_json=_json(before) if before else "",
        after_json=_json(after),
    )
    state.changes.audit.append(record)
    return after


def _subject(view: Account | Key | UsageRow) -> str:
    match view:
        case Account():
            return view.account_id
        case Key():
            return view.key_id
        case UsageRow():
            return view.hold_id


def _json(view: Account | Key | UsageRow) -> str:
    return msgspec.json.encode(view).decode()
