"""How accounts look in a table."""

from collections.abc import Sequence

from grokgate.api.billing.v1.admin_pb2 import Account
from grokgate.edge.money import usd
from grokgate.launch import moments
from grokgate.launch.amounts import shown_multiplier
from grokgate.launch.printing import Column

ACCOUNT_COLUMNS: Sequence[Column[Account]] = (
    Column("account", lambda account: account.id),
    Column("name", lambda account: account.name),
    Column("balance USD", lambda account: usd(account.posted_usd_ticks), right=True),
    Column("held USD", lambda account: usd(account.held_usd_ticks), right=True),
    Column("multiplier", lambda one: shown_multiplier(one.multiplier_ppm), right=True),
    Column("rpm", lambda account: account.requests_per_minute or None, right=True),
    Column("tpm", lambda account: account.tokens_per_minute or None, right=True),
    Column("at once", lambda account: account.concurrency or None, right=True),
    Column("state", lambda account: "suspended" if account.suspended else "active"),
    Column("opened", lambda account: moments.shown(account.created_at_ms)),
)
