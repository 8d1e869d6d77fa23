"""The ledger's tables."""

from alembic import op

revision = "ledger_0001"
down_revision = None

ACCOUNTS = """
CREATE TABLE accounts (
    account_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    posted_usd_ticks INTEGER NOT NULL,
    held_usd_ticks INTEGER NOT NULL CHECK (held_usd_ticks >= 0),
    open_holds INTEGER NOT NULL CHECK (open_holds >= 0),
    multiplier_ppm INTEGER NOT NULL CHECK (multiplier_ppm > 0),
    suspended INTEGER NOT NULL,
    requests_per_minute INTEGER,
    tokens_per_minute INTEGER,
    concurrency INTEGER,
    requests_until_ns INTEGER NOT NULL,
    tokens_until_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""

# `policy` is the JSON of a KeyPolicy.
KEYS = """
CREATE TABLE keys (
    key_id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts,
    name TEXT NOT NULL,
    display TEXT NOT NULL,
    key_hash BLOB NOT NULL UNIQUE,
    pepper_id TEXT NOT NULL,
    policy TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    revoked_at_ms INTEGER,
    period_start_ms INTEGER NOT NULL,
    spent_usd_ticks INTEGER NOT NULL,
    held_usd_ticks INTEGER NOT NULL CHECK (held_usd_ticks >= 0),
    open_holds INTEGER NOT NULL CHECK (open_holds >= 0),
    requests_until_ns INTEGER NOT NULL,
    tokens_until_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""

# One row a hold, which is also the usage row of its call.
HOLDS = """
CREATE TABLE holds (
    hold_id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    body_digest BLOB NOT NULL,
    held_usd_ticks INTEGER NOT NULL CHECK (held_usd_ticks >= 0),
    placed_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    period_start_ms INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    model TEXT NOT NULL,
    prices_version TEXT NOT NULL,
    model_multiplier_ppm INTEGER NOT NULL,
    account_multiplier_ppm INTEGER NOT NULL,
    tokens_estimate INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    client_request_id TEXT NOT NULL,
    user TEXT NOT NULL,
    reached_upstream INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'posted', 'voided', 'expired')),
    ended_at_ms INTEGER,
    settle_digest BLOB NOT NULL,
    charge_usd_ticks INTEGER NOT NULL CHECK (charge_usd_ticks >= 0),
    basis TEXT NOT NULL,
    late INTEGER NOT NULL,
    provider_usd_ticks INTEGER,
    units_json TEXT NOT NULL,
    status TEXT NOT NULL,
    upstream_id TEXT NOT NULL,
    void_reason TEXT NOT NULL,
    latency_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""
USAGE_INDEX = "CREATE INDEX holds_by_account ON holds (account_id, placed_at_ms, hold_id)"
OPEN_INDEX = "CREATE INDEX holds_open ON holds (placed_at_ms, hold_id) WHERE state = 'open'"
RECONCILE_INDEX = """
CREATE INDEX holds_to_reconcile ON holds (placed_at_ms, hold_id)
WHERE ((state = 'expired' OR state = 'voided' AND reached_upstream) AND settle_digest = x''
OR basis = 'partial_estimate')
"""

# `sequence` is the order in which the ledger took the transfers.
TRANSFERS = """
CREATE TABLE transfers (
    sequence INTEGER NOT NULL PRIMARY KEY,
    transfer_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN (
        'credit', 'adjustment', 'pending', 'posted', 'voided', 'expired', 'overage', 'late'
    )),
    debit_account TEXT NOT NULL,
    credit_account TEXT NOT NULL CHECK (credit_account <> debit_account),
    usd_ticks INTEGER NOT NULL CHECK (usd_ticks > 0),
    created_at_ms INTEGER NOT NULL,
    UNIQUE (transfer_id, kind)
) STRICT
"""
APPEND_ONLY = """
CREATE TRIGGER transfers_never_{verb} BEFORE {verb} ON transfers
BEGIN SELECT RAISE(ABORT, 'transfers are append-only'); END
"""

# `document` is the JSON of the prices that holds of that version are settled by.
PRICES = """
CREATE TABLE prices (
    version TEXT NOT NULL PRIMARY KEY,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID
"""

AUDIT = """
CREATE TABLE audit (
    sequence INTEGER NOT NULL PRIMARY KEY,
    operator TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    before_json TEXT NOT NULL,
    after_json TEXT NOT NULL
) STRICT
"""


def upgrade() -> None:
    """Create them."""
    for statement in (
        ACCOUNTS,
        KEYS,
        HOLDS,
        USAGE_INDEX,
        OPEN_INDEX,
        RECONCILE_INDEX,
        TRANSFERS,
        APPEND_ONLY.format(verb="UPDATE"),
        APPEND_ONLY.format(verb="DELETE"),
        PRICES,
        AUDIT,
    ):
        op.execute(statement)
