"""Placing a hold: every question that must be answered before money is reserved."""

from dataclasses import asdict
from typing import Any, NamedTuple, Protocol

from grokgate.billing import budgets, limits, refusals
from grokgate.billing.commands import HoldPlaced, KeyPolicy, PlaceHold, RateLimit
from grokgate.billing.records import AccountRecord, HoldRecord, KeyRecord
from grokgate.billing.state import State
from grokgate.billing.transfers import Kind
from grokgate.catalog import prices
from grokgate.chassis.errors import GrokgateError, Reason


class Expiring(Protocol):
    """What tells whether a key is still good."""

    @property
    def revoked_at_ms(self) -> int | None:
        """Unix milliseconds from which it is refused."""

    @property
    def policy(self) -> KeyPolicy:
        """What it may do, and until when."""


class _Rates(NamedTuple):
    """The limits' integers after admission."""

    key_requests_until_ns: int
    account_requests_until_ns: int
    key_tokens_until_ns: int
    account_tokens_until_ns: int


def place(state: State, command: PlaceHold, now_ms: int) -> HoldPlaced:
    """Reserve the amount, or raise and change nothing. A repeat gets the first one's answer."""
    known = state.hold(command.hold_id)
    if known is not None:
        return _repeat(state, known, command, now_ms)
    key, account = _payer(state, command.key_hash, now_ms)
    _check_allowed(key.policy, command)
    amount = prices.charge(
        command.price_usd_ticks, command.model_multiplier_ppm, account.multiplier_ppm
    )
    _check_amount(amount, command.max_hold_usd_ticks, account)
    period = budgets.counts(key, now_ms)
    budgets.check(key.policy.budget_usd_ticks, period, amount)
    _check_concurrency(key, account)
    try:
        rates = _take_rates(key, account, command.tokens_estimate, now_ms)
    except GrokgateError as refusal:
        refusal.details["rate_limits"] = _shown_rates(key, account, now_ms)
        raise
    # Nothing is refused below this line, so nothing was changed above it.
    key, account = state.edit_key(key), state.edit_account(account)
    _count(key, account, amount, period, rates)
    hold = _hold(command, key, account, amount, now_ms)
    state.put_hold(hold)
    state.move(Kind.PENDING, hold.hold_id, account.account_id, amount, now_ms)
    return _placed(hold, key, account, now_ms)


def check_key(key: Expiring, now_ms: int) -> None:
    """REVOKED_API_KEY or EXPIRED_API_KEY if the key is no longer good."""
    if key.revoked_at_ms is not None and key.revoked_at_ms <= now_ms:
        raise GrokgateError(Reason.REVOKED_API_KEY, "The API key was revoked. Use another key.")
    expires_at_ms = key.policy.expires_at_ms
    if expires_at_ms is not None and expires_at_ms <= now_ms:
        raise GrokgateError(Reason.EXPIRED_API_KEY, "The API key has expired. Use another key.")


def _repeat(state: State, hold: HoldRecord, command: PlaceHold, now_ms: int) -> HoldPlaced:
    if hold.body_digest != command.body_digest or hold.owner != command.owner:
        raise refusals.taken("hold_id", "hold")
    key, account = state.key_of(hold), state.account_of(hold)
    return _placed(hold, key, account, now_ms)


def _payer(state: State, key_hash: bytes, now_ms: int) -> tuple[KeyRecord, AccountRecord]:
    key = state.key_by_hash(key_hash)
    if key is None:
        raise GrokgateError(
            Reason.INVALID_API_KEY, "The API key is not known. Check that it was copied whole."
        )
    check_key(key, now_ms)
    account = state.account_of(key)
    if account.suspended:
        raise GrokgateError(
            Reason.ACCOUNT_SUSPENDED, "The account is suspended. Ask its operator to resume it."
        )
    return key, account


def _check_allowed(policy: KeyPolicy, command: PlaceHold) -> None:
    endpoints, models = policy.allowed_endpoints, policy.allowed_models
    if endpoints and command.endpoint not in endpoints:
        raise refusals.not_allowed(
            Reason.ENDPOINT_NOT_ALLOWED, "endpoint", command.endpoint, endpoints
        )
    if models and command.model not in models:
        raise refusals.not_allowed(Reason.MODEL_NOT_ALLOWED, "model", command.model, models)


def _check_amount(amount: int, most: int | None, account: AccountRecord) -> None:
    if most is not None and amount > most:
        raise refusals.hold_too_large(amount, most)
    available = account.posted_usd_ticks - account.held_usd_ticks
    if available >= amount:
        return
    if account.posted_usd_ticks < amount or available < 0:
        raise refusals.insufficient(amount, available)
    raise refusals.holds_outstanding(amount, available, account.held_usd_ticks)


def _check_concurrency(key: KeyRecord, account: AccountRecord) -> None:
    most = key.policy.limits.concurrency
    if most is not None and key.open_holds >= most:
        raise refusals.too_many_at_once("API key", most)
    most = account.concurrency
    if most is not None and account.open_holds >= most:
        raise refusals.too_many_at_once("account", most)


def _take_rates(key: KeyRecord, account: AccountRecord, tokens: int, now_ms: int) -> _Rates:
    own, requests = key.policy.limits, Reason.REQUESTS_LIMITED
    return _Rates(
        limits.take(requests, own.requests_per_minute, key.requests_until_ns, 1, now_ms),
        limits.take(requests, account.requests_per_minute, account.requests_until_ns, 1, now_ms),
        limits.take(
            Reason.TOKENS_LIMITED, own.tokens_per_minute, key.tokens_until_ns, tokens, now_ms
        ),
        limits.take(
            Reason.TOKENS_LIMITED,
            account.tokens_per_minute,
            account.tokens_until_ns,
            tokens,
            now_ms,
        ),
    )


def _shown_rates(key: KeyRecord, account: AccountRecord, now_ms: int) -> dict[str, Any]:
    """What is left of the limits, as in an answer's rate limits; a kind without one is left out."""
    rates = {"requests": _requests(key, account, now_ms), "tokens": _tokens(key, account, now_ms)}
    return {kind: asdict(rate) for kind, rate in rates.items() if rate is not None}


def _count(
    key: KeyRecord, account: AccountRecord, amount: int, period: budgets.Counts, rates: _Rates
) -> None:
    account.held_usd_ticks += amount
    account.open_holds += 1
    account.requests_until_ns = rates.account_requests_until_ns
    account.tokens_until_ns = rates.account_tokens_until_ns
    key.period_start_ms = period.period_start_ms
    key.spent_usd_ticks = period.spent_usd_ticks
    key.held_usd_ticks = period.held_usd_ticks + amount
    key.open_holds += 1
    key.requests_until_ns = rates.key_requests_until_ns
    key.tokens_until_ns = rates.key_tokens_until_ns


def _hold(
    command: PlaceHold, key: KeyRecord, account: AccountRecord, amount: int, now_ms: int
) -> HoldRecord:
    return HoldRecord(
        hold_id=command.hold_id,
        account_id=account.account_id,
        key_id=key.key_id,
        owner=command.owner,
        body_digest=command.body_digest,
        held_usd_ticks=amount,
        placed_at_ms=now_ms,
        expires_at_ms=now_ms + command.expires_in_ms,
        period_start_ms=key.period_start_ms,
        endpoint=command.endpoint,
        model=command.model,
        prices_version=command.prices_version,
        model_multiplier_ppm=command.model_multiplier_ppm,
        account_multiplier_ppm=account.multiplier_ppm,
        tokens_estimate=command.tokens_estimate,
        request_id=command.request_id,
        client_request_id=command.client_request_id,
        user=command.user,
    )


def _placed(hold: HoldRecord, key: KeyRecord, account: AccountRecord, now_ms: int) -> HoldPlaced:
    return HoldPlaced(
        account_id=hold.account_id,
        held_usd_ticks=hold.held_usd_ticks,
        expires_at_ms=hold.expires_at_ms,
        requests=_requests(key, account, now_ms),
        tokens=_tokens(key, account, now_ms),
    )


def _requests(key: KeyRecord, account: AccountRecord, now_ms: int) -> RateLimit | None:
    most = key.policy.limits.requests_per_minute
    return limits.tighter(
        limits.rate(most, key.requests_until_ns, now_ms),
        limits.rate(account.requests_per_minute, account.requests_until_ns, now_ms),
    )


def _tokens(key: KeyRecord, account: AccountRecord, now_ms: int) -> RateLimit | None:
    most = key.policy.limits.tokens_per_minute
    return limits.tighter(
        limits.rate(most, key.tokens_until_ns, now_ms),
        limits.rate(account.tokens_per_minute, account.tokens_until_ns, now_ms),
    )
