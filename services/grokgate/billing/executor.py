"""Executes a batch: load what it names, apply the rules in memory, write, commit."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence

from grokgate.billing import rules
from grokgate.billing.batches import Outcome
from grokgate.billing.commands import Basis, Command
from grokgate.billing.endings import expire
from grokgate.billing.ledger_store import LedgerStore
from grokgate.billing.state import Cache, Changes, State
from grokgate.billing.store_failures import unavailable
from grokgate.chassis.clock import Clock
from grokgate.chassis.errors import WITHHELD_MESSAGE, GrokgateError, Reason

_LOG = logging.getLogger(__name__)


class Executor:
    """The one writer of a ledger, and its cache of what is committed.

    `settlements` counts what it settled, by basis and whether they were late.
    """

    def __init__(self, store: LedgerStore, cache: Cache, clock: Clock) -> None:
        self.cache = cache
        self.settlements: Counter[tuple[Basis, bool]] = Counter()
        self._store = store
        self._clock = clock
        self._now_ms = 0
        self._stale = False

    def now_ms(self) -> int:
        """Unix milliseconds, never less than before."""
        self._now_ms = max(self._now_ms, self._clock.now_ms())
        return self._now_ms

    async def run(self, commands: Sequence[Command]) -> list[Outcome]:
        """The outcome of each command, committed together with the expiry of every due hold.

        When the store fails, every outcome is BILLING_UNAVAILABLE. When a command breaks the batch
        in another way, each is executed alone, and the broken one's outcome is INTERNAL_ERROR.
        """
        try:
            return await self._commit(commands)
        except GrokgateError:
            _LOG.exception("the ledger's store failed", extra={"commands": len(commands)})
            return [unavailable() for _ in commands]
        except Exception:  # noqa: BLE001  # a rule's defect must not stop the ledger for everyone
            kinds = ", ".join(sorted({type(command).__name__ for command in commands}))
            _LOG.exception("a batch of the ledger broke", extra={"command_kinds": kinds})
            if len(commands) > 1:
                return [outcome for one in commands for outcome in await self.run([one])]
            return [_broken() for _ in commands]

    async def _commit(self, commands: Sequence[Command]) -> list[Outcome]:
        if self._stale:
            self.cache = await self._store.load_cache()
            self._stale = False
        state = State(await self._store.load(commands, self.cache))
        now_ms = self.now_ms()
        for hold in self.cache.due(now_ms):
            expire(state, hold, now_ms)
        outcomes = [_outcome(state, command, now_ms) for command in commands]
        if state.changes:
            self._stale = True  # until the commit is certain
            await self._store.write(state.changes)
            self._stale = False
            self.cache.take(state.changes)
            self.settlements.update(_settled(state.changes))
        return outcomes


def _outcome(state: State, command: Command, now_ms: int) -> Outcome:
    try:
        return rules.apply(state, command, now_ms)
    except GrokgateError as refusal:
        return refusal


def _settled(changes: Changes) -> Iterator[tuple[Basis, bool]]:
    """The settlements of a batch; a hold that was settled before is in no later one."""
    return ((hold.basis, hold.late) for hold in changes.holds.values() if hold.settle_digest)


def _broken() -> GrokgateError:
    return GrokgateError(Reason.INTERNAL_ERROR, WITHHELD_MESSAGE)
