"""How keys look in a table."""

from grokgate.api.billing.v1.account_pb2 import BudgetPeriod, Key
from grokgate.chassis.endpoints import WORDS
from grokgate.edge.money import usd
from grokgate.launch import moments
from grokgate.launch.plain import enum_word
from grokgate.launch.printing import Column


def key_columns(now_ms: int) -> tuple[Column[Key], ...]:
    """The columns; a key's state is the one at `now_ms`."""
    return (
        Column("key", lambda key: key.id),
        Column("account", lambda key: key.account_id),
        Column("name", lambda key: key.name),
        Column("begins", lambda key: key.display),
        Column("models", lambda key: ", ".join(key.policy.allowed_models) or "any"),
        Column("endpoints", _endpoints),
        Column("limits", _limits),
        Column("budget USD", _budget),
        Column("spent USD", lambda key: usd(key.spent_usd_ticks), right=True),
        Column("state", lambda key: _state(key, now_ms)),
    )


def _endpoints(key: Key) -> str:
    return ", ".join(WORDS[number] for number in key.policy.allowed_endpoints) or "any"


def _limits(key: Key) -> str:
    policy = key.policy
    limits = {
        "rpm": policy.requests_per_minute,
        "tpm": policy.tokens_per_minute,
        "at once": policy.concurrency,
    }
    return ", ".join(f"{number} {what}" for what, number in limits.items() if number)


def _budget(key: Key) -> str:
    if not key.policy.HasField("budget_usd_ticks"):
        return ""
    period = enum_word(BudgetPeriod.DESCRIPTOR, key.policy.budget_period)
    return usd(key.policy.budget_usd_ticks) + (f" a {period}" if period else "")


def _state(key: Key, now_ms: int) -> str:
    """`active`, with its end if it has one, or how it ended."""
    ends = {
        "revoked": key.revoked_at_ms if key.HasField("revoked_at_ms") else None,
        "expired": key.policy.expires_at_ms if key.policy.HasField("expires_at_ms") else None,
    }
    known = {how: end for how, end in ends.items() if end is not None}
    for how, end in known.items():
        if end <= now_ms:
            return how
    return f"active until {moments.shown(min(known.values()))}" if known else "active"
