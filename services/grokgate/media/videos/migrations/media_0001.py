"""The table of video jobs."""

from alembic import op

revision = "media_0001"
down_revision = None

# `channel` is the catalogue's word for the upstream; `charge_basis` a number of ChargeBasis.
JOBS = """
CREATE TABLE video_jobs (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    model TEXT NOT NULL,
    channel TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN (
        'accepted', 'submitting', 'polling', 'outcome_unknown', 'succeeded', 'failed', 'expired'
    )),
    hold_id TEXT NOT NULL UNIQUE,
    created_at_ms INTEGER NOT NULL,
    deadline_at_ms INTEGER NOT NULL,
    finished_at_ms INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    resolution TEXT NOT NULL,
    aspect_ratio TEXT NOT NULL,
    images_in INTEGER NOT NULL,
    upstream_id TEXT NOT NULL,
    upstream_key TEXT NOT NULL,
    reached_upstream INTEGER NOT NULL,
    progress INTEGER NOT NULL,
    polls INTEGER NOT NULL,
    next_poll_at_ms INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    url TEXT NOT NULL,
    failure_reason TEXT NOT NULL,
    failure_message TEXT NOT NULL,
    failure_param TEXT NOT NULL,
    provider_usd_ticks INTEGER,
    content_violation INTEGER NOT NULL,
    to_reconcile INTEGER NOT NULL,
    settled INTEGER NOT NULL CHECK (NOT settled OR state IN ('succeeded', 'failed', 'expired')),
    charge_usd_ticks INTEGER NOT NULL,
    charge_basis INTEGER NOT NULL,
    lease_owner TEXT NOT NULL,
    lease_until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""
ACCOUNT_INDEX = "CREATE INDEX video_jobs_by_account ON video_jobs (account_id, id)"
OPEN_INDEX = """
CREATE INDEX video_jobs_unsettled ON video_jobs (lease_owner, lease_until_ms) WHERE NOT settled
"""
RECONCILE_INDEX = """
CREATE INDEX video_jobs_to_reconcile ON video_jobs (id)
WHERE to_reconcile OR state = 'outcome_unknown'
"""


def upgrade() -> None:
    """Create it."""
    for statement in (JOBS, ACCOUNT_INDEX, OPEN_INDEX, RECONCILE_INDEX):
        op.execute(statement)
