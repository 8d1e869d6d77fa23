"""What a batch of commands reads and changes, in memory; and what is kept between batches."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field

from grokgate.billing.commands import HoldState
from grokgate.billing.records import AccountRecord, AuditRecord, HoldRecord, KeyRecord
from grokgate.billing.transfers import Kind, Transfer, transfer

_NEVER_MS = 1 << 62


@dataclass(slots=True)
class Changes:
    """What a batch has to write. A record here belongs to the batch until it is committed."""

    accounts: dict[str, AccountRecord] = field(default_factory=dict)
    keys: dict[str, KeyRecord] = field(default_factory=dict)
    holds: dict[str, HoldRecord] = field(default_factory=dict)
    edited_hold_ids: set[str] = field(default_factory=set)
    transfers: list[Transfer] = field(default_factory=list)
    audit: list[AuditRecord] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.holds or self.accounts or self.keys)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Committed rows, at least those that a batch names; nobody changes them."""

    accounts: Mapping[str, AccountRecord]
    keys: Mapping[str, KeyRecord]
    key_ids: Mapping[bytes, str]
    holds: Mapping[str, HoldRecord]
    payments: Mapping[tuple[Kind, str], Transfer]


class State:
    """Committed rows under a batch's own changes.

    The rules read with `account`, `key`, `hold` and `payment`. A record to be changed is fetched
    with `edit_…`, which makes it the batch's own. So a refused command leaves nothing behind, and
    nothing of a failed batch was ever seen outside.
    """

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._key_ids: dict[bytes, str] = {}
        self._payments: dict[tuple[Kind, str], Transfer] = {}
        self.changes = Changes()

    def account(self, account_id: str) -> AccountRecord | None:
        """The account as the batch has left it."""
        return self.changes.accounts.get(account_id) or self._loaded.accounts.get(account_id)

    def key(self, key_id: str) -> KeyRecord | None:
        """The key as the batch has left it."""
        return self.changes.keys.get(key_id) or self._loaded.keys.get(key_id)

    def key_by_hash(self, key_hash: bytes) -> KeyRecord | None:
        """The key whose secret has this HMAC."""
        key_id = self._key_ids.get(key_hash) or self._loaded.key_ids.get(key_hash)
        return None if key_id is None else self.key(key_id)

    def hold(self, hold_id: str) -> HoldRecord | None:
        """The hold as the batch has left it."""
        return self.changes.holds.get(hold_id) or self._loaded.holds.get(hold_id)

    def payment(self, kind: Kind, payment_id: str) -> Transfer | None:
        """The credit or adjustment of that id."""
        name = (kind, payment_id)
        return self._payments.get(name) or self._loaded.payments.get(name)

    def account_of(self, record: KeyRecord | HoldRecord) -> AccountRecord:
        """The account that a key or hold names, which therefore exists."""
        return (
            self.changes.accounts.get(record.account_id) or self._loaded.accounts[record.account_id]
        )

    def key_of(self, hold: HoldRecord) -> KeyRecord:
        """The key that a placed hold names, which therefore exists."""
        return self.changes.keys.get(hold.key_id) or self._loaded.keys[hold.key_id]

    def edit_account(self, account: AccountRecord) -> AccountRecord:
        """The batch's own copy of an account."""
        mine = self.changes.accounts.get(account.account_id)
        if mine is None:
            mine = self.changes.accounts[account.account_id] = copy.copy(account)
        return mine

    def edit_key(self, key: KeyRecord) -> KeyRecord:
        """The batch's own copy of a key."""
        mine = self.changes.keys.get(key.key_id)
        if mine is None:
            mine = self.changes.keys[key.key_id] = copy.copy(key)
        return mine

    def edit_hold(self, hold: HoldRecord) -> HoldRecord:
        """The batch's own copy of a hold."""
        mine = self.changes.holds.get(hold.hold_id)
        if mine is None:
            mine = self.changes.holds[hold.hold_id] = copy.copy(hold)
            self.changes.edited_hold_ids.add(hold.hold_id)
        return mine

    def add_account(self, account: AccountRecord) -> None:
        """A new account."""
        self.changes.accounts[account.account_id] = account

    def add_key(self, key: KeyRecord) -> None:
        """A new key."""
        self.changes.keys[key.key_id] = key
        self._key_ids[key.key_hash] = key.key_id

    def put_hold(self, hold: HoldRecord) -> None:
        """A hold of the batch's own, in place of what was known by its id."""
        self.changes.holds[hold.hold_id] = hold
        self.changes.edited_hold_ids.discard(hold.hold_id)

    def move(
        self, kind: Kind, transfer_id: str, account_id: str, usd_ticks: int, now_ms: int
    ) -> None:
        """Record a transfer; nothing if it moves nothing."""
        if usd_ticks:
            row = transfer(kind, transfer_id, account_id, usd_ticks, now_ms)
            self.changes.transfers.append(row)

    def pay(self, row: Transfer) -> None:
        """Record a credit or adjustment, so that its id is known to the rest of the batch."""
        self.changes.transfers.append(row)
        self._payments[row.kind, row.transfer_id] = row


@dataclass(slots=True)
class Cache:
    """All accounts, keys and open holds as committed."""

    accounts: dict[str, AccountRecord]
    keys: dict[str, KeyRecord]
    key_ids: dict[bytes, str]
    open_holds: dict[str, HoldRecord]
    nothing_due_before_ms: int = 0

    def take(self, changes: Changes) -> None:
        """Adopt what was committed."""
        self.accounts.update(changes.accounts)
        self.keys.update(changes.keys)
        for key in changes.keys.values():
            self.key_ids[key.key_hash] = key.key_id
        for hold_id, hold in changes.holds.items():
            if hold.state == HoldState.OPEN:
                self.open_holds[hold_id] = hold
                self.nothing_due_before_ms = min(self.nothing_due_before_ms, hold.expires_at_ms)
            else:
                self.open_holds.pop(hold_id, None)

    def due(self, now_ms: int) -> list[HoldRecord]:
        """The open holds whose time has run out.

        Looks at the open holds only when the earliest expiry seen has come; while none is due,
        asking costs nothing.
        """
        if now_ms < self.nothing_due_before_ms:
            return []
        holds = self.open_holds.values()
        self.nothing_due_before_ms = min((hold.expires_at_ms for hold in holds), default=_NEVER_MS)
        return [hold for hold in holds if hold.expires_at_ms <= now_ms]
