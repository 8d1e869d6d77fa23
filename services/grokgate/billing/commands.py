"""What may be asked of the ledger, and what it answers: ticks and Unix milliseconds."""

from dataclasses import dataclass
from enum import StrEnum

from grokgate.catalog.prices import Ticks


class HoldState(StrEnum):
    """Whether a hold is open, and how it ended; it ends once."""

    OPEN = "open"
    POSTED = "posted"
    VOIDED = "voided"
    EXPIRED = "expired"


class Basis(StrEnum):
    """What a charge was computed from."""

    PROVIDER = "provider"
    PRICE_LIST = "price_list"
    PARTIAL_ESTIMATE = "partial_estimate"
    NONE = "none"


class BudgetPeriod(StrEnum):
    """The span in UTC after which a key's budget starts anew."""

    NEVER = "never"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings of a key or an account; None is no ceiling."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """What a key may do. Empty tuples allow every model or endpoint."""

    allowed_models: tuple[str, ...] = ()
    allowed_endpoints: tuple[str, ...] = ()
    limits: Limits = Limits()
    budget_usd_ticks: int | None = None
    budget_period: BudgetPeriod = BudgetPeriod.NEVER
    expires_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Reserve an amount that the servicer priced from quantities.

    `key_hash` is the HMAC of the caller's key. `prices_version` names the prices to settle by.
    `body_digest` tells a repeat from another command under the same id.
    """

    hold_id: str
    body_digest: bytes
    owner: str
    key_hash: bytes
    endpoint: str
    model: str
    prices_version: str
    price_usd_ticks: Ticks
    model_multiplier_ppm: int
    tokens_estimate: int
    expires_in_ms: int
    request_id: str
    client_request_id: str = ""
    user: str = ""
    max_hold_usd_ticks: int | None = None


@dataclass(frozen=True, slots=True)
class SettleHold:
    """End a hold with a cost before multipliers, already chosen by basis."""

    hold_id: str
    body_digest: bytes
    owner: str
    account_id: str
    cost_usd_ticks: Ticks
    basis: Basis
    provider_usd_ticks: int | None
    units_json: str
    tokens_used: int | None
    status: str
    upstream_id: str
    latency_ms: int


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    """End a hold without a charge."""

    hold_id: str
    owner: str
    void_reason: str
    reached_upstream: bool
    latency_ms: int


@dataclass(frozen=True, slots=True)
class ExtendHold:
    """Move the expiry of an open hold; never shortens it."""

    hold_id: str
    owner: str
    expires_in_ms: int
    reached_upstream: bool


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """Open an account with no money in it."""

    account_id: str
    name: str
    operator: str


@dataclass(frozen=True, slots=True)
class UpdateAccount:
    """Change what is not None; a limit of 0 takes it away."""

    account_id: str
    operator: str
    suspended: bool | None = None
    multiplier_ppm: int | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class AddCredit:
    """Add paid-in money; the id makes it safe to repeat."""

    credit_id: str
    account_id: str
    usd_ticks: int
    operator: str


@dataclass(frozen=True, slots=True)
class AdjustBalance:
    """Correct a balance up or down; the id makes it safe to repeat."""

    adjustment_id: str
    account_id: str
    usd_ticks: int
    reason: str
    operator: str


@dataclass(frozen=True, slots=True)
class IssueKey:
    """Register a key by the HMAC of its secret."""

    key_id: str
    account_id: str
    name: str
    display: str
    key_hash: bytes
    pepper_id: str
    policy: KeyPolicy
    operator: str


@dataclass(frozen=True, slots=True)
class RevokeKey:
    """Refuse a key from a time on; None is now."""

    key_id: str
    revoked_at_ms: int | None
    operator: str


@dataclass(frozen=True, slots=True)
class RotateKey:
    """Issue a key with the policy of another one, which ends when the overlap is over."""

    key_id: str
    new_key_id: str
    display: str
    key_hash: bytes
    pepper_id: str
    overlap_ms: int
    operator: str


@dataclass(frozen=True, slots=True)
class VoidHold:
    """Release an open hold, whoever placed it."""

    hold_id: str
    reason: str
    operator: str


Command = (
    PlaceHold
    | SettleHold
    | ReleaseHold
    | ExtendHold
    | OpenAccount
    | UpdateAccount
    | AddCredit
    | AdjustBalance
    | IssueKey
    | RevokeKey
    | RotateKey
    | VoidHold
)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """One limit after a call was admitted."""

    limit: int
    remaining: int
    reset_ms: int


@dataclass(frozen=True, slots=True)
class HoldPlaced:
    """Answers PlaceHold."""

    account_id: str
    held_usd_ticks: int
    expires_at_ms: int
    requests: RateLimit | None = None
    tokens: RateLimit | None = None


@dataclass(frozen=True, slots=True)
class HoldEnded:
    """Answers SettleHold and ReleaseHold: the ending that stands and the charge in all."""

    state: HoldState
    charge_usd_ticks: int = 0
    basis: Basis = Basis.NONE
    late: bool = False


@dataclass(frozen=True, slots=True)
class HoldExtended:
    """Answers ExtendHold."""

    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class Account:
    """A payer. Answers the account commands."""

    account_id: str
    name: str
    posted_usd_ticks: int
    held_usd_ticks: int
    multiplier_ppm: int
    suspended: bool
    limits: Limits
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class Key:
    """A caller's key without its secret. Answers the key commands."""

    key_id: str
    account_id: str
    name: str
    display: str
    policy: KeyPolicy
    spent_usd_ticks: int
    held_usd_ticks: int
    open_holds: int
    created_at_ms: int
    revoked_at_ms: int | None


@dataclass(frozen=True, slots=True)
class KeyRotated:
    """Answers RotateKey."""

    key: Key
    old_key: Key


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One hold and what became of it. Answers VoidHold."""

    hold_id: str
    account_id: str
    key_id: str
    request_id: str
    client_request_id: str
    created_at_ms: int
    model: str
    endpoint: str
    units_json: str
    held_usd_ticks: int
    charge_usd_ticks: int
    provider_usd_ticks: int | None
    basis: Basis
    late: bool
    state: HoldState
    status: str
    void_reason: str
    latency_ms: int
    user: str


Result = HoldPlaced | HoldEnded | HoldExtended | Account | Key | KeyRotated | UsageRow


@dataclass(frozen=True, slots=True)
class UsageFilter:
    """Which usage rows, newest first; None and empty strings do not filter."""

    account_id: str = ""
    from_ms: int | None = None
    to_ms: int | None = None
    model: str = ""
    status: str = ""
    to_reconcile: bool = False
    limit: int = 100
    after: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` read, and one sentence for each broken invariant."""

    transfers: int
    accounts: int
    holds: int
    problems: tuple[str, ...]
