"""The rows behind the ledger's answers. A row's fields are its table's columns, in order."""

import msgspec

from grokgate.billing import budgets
from grokgate.billing.commands import (
    Account,
    Basis,
    HoldEnded,
    HoldState,
    Key,
    KeyPolicy,
    Limits,
    UsageRow,
)


class AccountRecord(msgspec.Struct, array_like=True):
    """A payer. `requests_until_ns` and `tokens_until_ns` are explained in limits.py."""

    account_id: str
    name: str
    created_at_ms: int
    posted_usd_ticks: int = 0
    held_usd_ticks: int = 0
    open_holds: int = 0
    multiplier_ppm: int = 1_000_000
    suspended: bool = False
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrency: int | None = None
    requests_until_ns: int = 0
    tokens_until_ns: int = 0

    @property
    def limits(self) -> Limits:
        """The ceilings over all of its keys."""
        return Limits(self.requests_per_minute, self.tokens_per_minute, self.concurrency)

    def public(self) -> Account:
        """What others may see."""
        return Account(
            account_id=self.account_id,
            name=self.name,
            posted_usd_ticks=self.posted_usd_ticks,
            held_usd_ticks=self.held_usd_ticks,
            multiplier_ppm=self.multiplier_ppm,
            suspended=self.suspended,
            limits=self.limits,
            created_at_ms=self.created_at_ms,
        )


class KeyRecord(msgspec.Struct, array_like=True):
    """A caller's key; what it spent and holds counts the period that began at `period_start_ms`."""

    key_id: str
    account_id: str
    name: str
    display: str
    key_hash: bytes
    pepper_id: str
    policy: KeyPolicy
    created_at_ms: int
    revoked_at_ms: int | None = None
    period_start_ms: int = 0
    spent_usd_ticks: int = 0
    held_usd_ticks: int = 0
    open_holds: int = 0
    requests_until_ns: int = 0
    tokens_until_ns: int = 0

    def public(self, now_ms: int) -> Key:
        """What others may see, with the counts of the budget period that `now_ms` lies in."""
        counts = budgets.counts(self, now_ms)
        return Key(
            key_id=self.key_id,
            account_id=self.account_id,
            name=self.name,
            display=self.display,
            policy=self.policy,
            spent_usd_ticks=counts.spent_usd_ticks,
            held_usd_ticks=counts.held_usd_ticks,
            open_holds=self.open_holds,
            created_at_ms=self.created_at_ms,
            revoked_at_ms=self.revoked_at_ms,
        )


class HoldRecord(msgspec.Struct, array_like=True):
    """A hold, and the usage row of its call.

    `key_id` and `body_digest` are empty on a hold that was ended before it was placed;
    `account_id` too, if it was released. `settle_digest` is empty until a charge is posted.
    """

    hold_id: str
    account_id: str
    key_id: str
    owner: str
    body_digest: bytes
    held_usd_ticks: int
    placed_at_ms: int
    expires_at_ms: int
    period_start_ms: int = 0
    endpoint: str = ""
    model: str = ""
    prices_version: str = ""
    model_multiplier_ppm: int = 1_000_000
    account_multiplier_ppm: int = 1_000_000
    tokens_estimate: int = 0
    request_id: str = ""
    client_request_id: str = ""
    user: str = ""
    reached_upstream: bool = False
    state: HoldState = HoldState.OPEN
    ended_at_ms: int | None = None
    settle_digest: bytes = b""
    charge_usd_ticks: int = 0
    basis: Basis = Basis.NONE
    late: bool = False
    provider_usd_ticks: int | None = None
    units_json: str = ""
    status: str = ""
    upstream_id: str = ""
    void_reason: str = ""
    latency_ms: int = 0

    def ending(self) -> HoldEnded:
        """How it ended and what it cost in all."""
        return HoldEnded(self.state, self.charge_usd_ticks, self.basis, self.late)

    def usage(self) -> UsageRow:
        """What its account may see of it."""
        ended = "released" if self.state == HoldState.VOIDED else str(self.state)
        return UsageRow(
            hold_id=self.hold_id,
            account_id=self.account_id,
            key_id=self.key_id,
            request_id=self.request_id,
            client_request_id=self.client_request_id,
            created_at_ms=self.placed_at_ms,
            model=self.model,
            endpoint=self.endpoint,
            units_json=self.units_json,
            held_usd_ticks=self.held_usd_ticks,
            charge_usd_ticks=self.charge_usd_ticks,
            provider_usd_ticks=self.provider_usd_ticks,
            basis=self.basis,
            late=self.late,
            state=self.state,
            status=self.status or ended,
            void_reason=self.void_reason,
            latency_ms=self.latency_ms,
            user=self.user,
        )


class AuditRecord(msgspec.Struct, frozen=True, array_like=True):
    """One change by an operator; `before_json` is empty where nothing was before."""

    operator: str
    action: str
    subject: str
    reason: str
    at_ms: int
    before_json: str
    after_json: str
