"""From an operator's requests to the ledger's commands.

The ledger judges amounts, limits and ids; here is judged what it cannot know.
"""

from google.protobuf.message import Message

from grokgate.api.billing.v1 import account_pb2, admin_pb2
from grokgate.billing import commands
from grokgate.billing.fields import check_endpoint, check_text, check_uuid
from grokgate.billing.refusals import invalid
from grokgate.billing.responses import BUDGET_PERIODS
from grokgate.catalog.models import Catalog

_PERIODS = {number: period for period, number in BUDGET_PERIODS.items()}


def open_account(request: admin_pb2.OpenAccountRequest, operator: str) -> commands.OpenAccount:
    """The command of a request."""
    return commands.OpenAccount(
        account_id=request.id, name=check_text(request.name, "name"), operator=operator
    )


def update_account(
    request: admin_pb2.UpdateAccountRequest, operator: str
) -> commands.UpdateAccount:
    """The command of a request; what it does not name stays as it is."""
    return commands.UpdateAccount(
        account_id=request.id,
        operator=operator,
        suspended=request.suspended if request.HasField("suspended") else None,
        multiplier_ppm=_optional(request, "multiplier_ppm"),
        requests_per_minute=_optional(request, "requests_per_minute"),
        tokens_per_minute=_optional(request, "tokens_per_minute"),
        concurrency=_optional(request, "concurrency"),
    )


def add_credit(request: admin_pb2.AddCreditRequest, operator: str) -> commands.AddCredit:
    """The command of a request."""
    return commands.AddCredit(
        credit_id=check_text(request.id, "id", least=1),
        account_id=request.account_id,
        usd_ticks=request.usd_ticks,
        operator=operator,
    )


def adjust_balance(
    request: admin_pb2.AdjustBalanceRequest, operator: str
) -> commands.AdjustBalance:
    """The command of a request."""
    return commands.AdjustBalance(
        adjustment_id=check_text(request.id, "id", least=1),
        account_id=request.account_id,
        usd_ticks=request.usd_ticks,
        reason=check_text(request.reason, "reason", least=1),
        operator=operator,
    )


def key_policy(policy: account_pb2.KeyPolicy, catalog: Catalog, now_ms: int) -> commands.KeyPolicy:
    """What a new key may do. Models must be sold now, and the key must not have expired yet."""
    for model in policy.allowed_models:
        if model not in catalog.models:
            raise invalid("policy.allowed_models", f"names `{model}`, no canonical id of a model.")
    if policy.budget_period not in _PERIODS:
        raise invalid("policy.budget_period", f"must name a period, not {policy.budget_period}.")
    if policy.HasField("expires_at_ms") and policy.expires_at_ms <= now_ms:
        raise invalid("policy.expires_at_ms", "must be a time to come, in Unix milliseconds.")
    return commands.KeyPolicy(
        allowed_models=tuple(policy.allowed_models),
        allowed_endpoints=tuple(
            check_endpoint(number, "policy.allowed_endpoints")
            for number in policy.allowed_endpoints
        ),
        limits=commands.Limits(
            requests_per_minute=_optional(policy, "requests_per_minute"),
            tokens_per_minute=_optional(policy, "tokens_per_minute"),
            concurrency=_optional(policy, "concurrency"),
        ),
        budget_usd_ticks=_optional(policy, "budget_usd_ticks"),
        budget_period=_PERIODS[policy.budget_period],
        expires_at_ms=_optional(policy, "expires_at_ms"),
    )


def revoke_key(request: admin_pb2.RevokeKeyRequest, operator: str) -> commands.RevokeKey:
    """The command of a request."""
    return commands.RevokeKey(
        key_id=request.id, revoked_at_ms=_optional(request, "revoked_at_ms"), operator=operator
    )


def void_hold(request: admin_pb2.VoidHoldRequest, operator: str) -> commands.VoidHold:
    """The command of a request."""
    return commands.VoidHold(
        hold_id=check_uuid(request.hold_id, "hold_id"),
        reason=check_text(request.reason, "reason", least=1),
        operator=operator,
    )


def _optional(message: Message, field: str) -> int | None:
    """The number in an `optional` field, None when it is absent."""
    number: int | None = getattr(message, field) if message.HasField(field) else None
    return number
