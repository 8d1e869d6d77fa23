"""Who calls, by the key that came with the call."""

from grokgate.billing.books import Ledger
from grokgate.billing.commands import Account, Key
from grokgate.billing.peppers import Peppers
from grokgate.billing.place import check_key
from grokgate.chassis.calls import read_call
from grokgate.chassis.clock import Clock
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.ids import IdSource
from grokgate.chassis.rpc_types import Context
from grokgate.chassis.secrets import Secret


class Callers:
    """Finds callers' keys in the ledger."""

    def __init__(self, ledger: Ledger, peppers: Peppers, clock: Clock, ids: IdSource) -> None:
        self._ledger = ledger
        self._peppers = peppers
        self._clock = clock
        self._ids = ids

    async def calling_key(self, context: Context) -> Key:
        """The good key in a call's metadata.

        Raises MISSING_API_KEY, INVALID_API_KEY, REVOKED_API_KEY, EXPIRED_API_KEY.
        """
        call = read_call(context.invocation_metadata(), self._ids)
        return await self.authenticate(call.require_key())

    async def calling_key_if_any(self, context: Context) -> Key | None:
        """As `calling_key`, but None for a call without a key."""
        secret = read_call(context.invocation_metadata(), self._ids).api_key
        return await self.authenticate(secret) if secret else None

    async def authenticate(self, secret: Secret) -> Key:
        """The good key of a secret.

        Raises INVALID_API_KEY, REVOKED_API_KEY, EXPIRED_API_KEY.
        """
        key = await self._ledger.find_key(await self.stored_hash(secret))
        if key is None:
            raise GrokgateError(
                Reason.INVALID_API_KEY, "The API key is not known. Check that it was copied whole."
            )
        check_key(key, self._clock.now_ms())
        return key

    async def account_of(self, key: Key) -> Account:
        """The account that pays for a key."""
        account = await self._ledger.account(key.account_id)
        if account is None:
            raise LookupError(f"the key {key.key_id} has no account")
        return account

    async def stored_hash(self, secret: Secret) -> bytes:
        """What the ledger knows a key by; for an unknown key what it would be known by."""
        current, *older = self._peppers.hashes(secret)
        for key_hash in older:
            if await self._ledger.find_key(key_hash) is not None:
                return key_hash
        return current
