"""From what the ledger answers to billing's messages."""

from dataclasses import asdict

from grokgate.api.billing.v1 import account_pb2, admin_pb2, billing_pb2
from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from grokgate.api.types.v1.money_pb2 import Charge, ChargeBasis
from grokgate.api.types.v1.rate_limits_pb2 import RateLimit, RateLimits
from grokgate.billing import commands
from grokgate.billing.audit_trail import AuditRow
from grokgate.billing.summaries import UsageSummary
from grokgate.billing.units import decode_units
from grokgate.chassis.endpoints import NUMBERS

BASES: dict[commands.Basis, ChargeBasis.ValueType] = {
    commands.Basis.PROVIDER: ChargeBasis.CHARGE_BASIS_PROVIDER,
    commands.Basis.PRICE_LIST: ChargeBasis.CHARGE_BASIS_PRICE_LIST,
    commands.Basis.PARTIAL_ESTIMATE: ChargeBasis.CHARGE_BASIS_PARTIAL_ESTIMATE,
    commands.Basis.NONE: ChargeBasis.CHARGE_BASIS_NONE,
}

STATES: dict[commands.HoldState, billing_pb2.HoldState.ValueType] = {
    commands.HoldState.OPEN: billing_pb2.HOLD_STATE_OPEN,
    commands.HoldState.POSTED: billing_pb2.HOLD_STATE_POSTED,
    commands.HoldState.VOIDED: billing_pb2.HOLD_STATE_VOIDED,
    commands.HoldState.EXPIRED: billing_pb2.HOLD_STATE_EXPIRED,
}

BUDGET_PERIODS: dict[commands.BudgetPeriod, account_pb2.BudgetPeriod.ValueType] = {
    commands.BudgetPeriod.NEVER: account_pb2.BUDGET_PERIOD_UNSPECIFIED,
    commands.BudgetPeriod.DAY: account_pb2.BUDGET_PERIOD_DAY,
    commands.BudgetPeriod.WEEK: account_pb2.BUDGET_PERIOD_WEEK,
    commands.BudgetPeriod.MONTH: account_pb2.BUDGET_PERIOD_MONTH,
}


def hold_placed(result: commands.HoldPlaced) -> billing_pb2.PlaceHoldResponse:
    """What was reserved."""
    return billing_pb2.PlaceHoldResponse(
        account_id=result.account_id,
        held_usd_ticks=result.held_usd_ticks,
        expires_at_ms=result.expires_at_ms,
        rate_limits=RateLimits(
            requests=_rate_limit(result.requests), tokens=_rate_limit(result.tokens)
        ),
    )


def hold_settled(result: commands.HoldEnded) -> billing_pb2.SettleHoldResponse:
    """How the hold ended and what was charged."""
    return billing_pb2.SettleHoldResponse(
        state=STATES[result.state],
        charge=Charge(usd_ticks=result.charge_usd_ticks, basis=BASES[result.basis]),
        late=result.late,
    )


def hold_released(result: commands.HoldEnded) -> billing_pb2.ReleaseHoldResponse:
    """How the hold ended."""
    return billing_pb2.ReleaseHoldResponse(state=STATES[result.state])


def hold_extended(result: commands.HoldExtended) -> billing_pb2.ExtendHoldResponse:
    """The new expiry."""
    return billing_pb2.ExtendHoldResponse(expires_at_ms=result.expires_at_ms)


def account(result: commands.Account) -> admin_pb2.Account:
    """A payer."""
    return admin_pb2.Account(
        id=result.account_id,
        name=result.name,
        posted_usd_ticks=result.posted_usd_ticks,
        held_usd_ticks=result.held_usd_ticks,
        multiplier_ppm=result.multiplier_ppm,
        suspended=result.suspended,
        requests_per_minute=result.limits.requests_per_minute,
        tokens_per_minute=result.limits.tokens_per_minute,
        concurrency=result.limits.concurrency,
        created_at_ms=result.created_at_ms,
    )


def key(result: commands.Key) -> account_pb2.Key:
    """A key without its secret."""
    return account_pb2.Key(
        id=result.key_id,
        account_id=result.account_id,
        name=result.name,
        display=result.display,
        policy=_policy(result.policy),
        spent_usd_ticks=result.spent_usd_ticks,
        held_usd_ticks=result.held_usd_ticks,
        open_holds=result.open_holds,
        created_at_ms=result.created_at_ms,
        revoked_at_ms=result.revoked_at_ms,
    )


def balance(result: commands.Account) -> account_pb2.GetBalanceResponse:
    """What an account has and holds."""
    return account_pb2.GetBalanceResponse(
        account_id=result.account_id,
        posted_usd_ticks=result.posted_usd_ticks,
        held_usd_ticks=result.held_usd_ticks,
        available_usd_ticks=result.posted_usd_ticks - result.held_usd_ticks,
    )


def usage_row(row: commands.UsageRow) -> account_pb2.UsageRow:
    """One hold and what became of it."""
    return account_pb2.UsageRow(
        request_id=row.request_id,
        client_request_id=row.client_request_id,
        created_at_ms=row.created_at_ms,
        model=row.model,
        endpoint=NUMBERS.get(row.endpoint, Endpoint.ENDPOINT_UNSPECIFIED),
        units=decode_units(row.units_json),
        held_usd_ticks=row.held_usd_ticks,
        charge=Charge(usd_ticks=row.charge_usd_ticks, basis=BASES[row.basis]),
        status=row.status,
        latency_ms=row.latency_ms,
        user=row.user,
        late=row.late,
        hold_id=row.hold_id,
        key_id=row.key_id,
        state=STATES[row.state],
        void_reason=row.void_reason,
    )


def usage_summary(summary: UsageSummary) -> admin_pb2.UsageSummary:
    """The usage of one group."""
    return admin_pb2.UsageSummary(**asdict(summary))


def audit_row(row: AuditRow) -> admin_pb2.AuditRow:
    """One change by an operator."""
    return admin_pb2.AuditRow(**asdict(row))


def verification(result: commands.Verification) -> admin_pb2.VerifyLedgerResponse:
    """What was checked and what is wrong."""
    return admin_pb2.VerifyLedgerResponse(
        transfers=result.transfers,
        accounts=result.accounts,
        holds=result.holds,
        problems=result.problems,
    )


def _policy(policy: commands.KeyPolicy) -> account_pb2.KeyPolicy:
    return account_pb2.KeyPolicy(
        allowed_models=policy.allowed_models,
        allowed_endpoints=[NUMBERS[word] for word in policy.allowed_endpoints],
        requests_per_minute=policy.limits.requests_per_minute,
        tokens_per_minute=policy.limits.tokens_per_minute,
        concurrency=policy.limits.concurrency,
        budget_usd_ticks=policy.budget_usd_ticks,
        budget_period=BUDGET_PERIODS[policy.budget_period],
        expires_at_ms=policy.expires_at_ms,
    )


def _rate_limit(rate: commands.RateLimit | None) -> RateLimit | None:
    if rate is None:
        return None
    return RateLimit(limit=rate.limit, remaining=rate.remaining, reset_ms=rate.reset_ms)
