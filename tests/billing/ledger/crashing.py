"""A process that places and settles without end, to be killed. It tells what was answered."""

import asyncio
import sys
from itertools import count
from pathlib import Path

from grokgate.billing.books import Ledger
from grokgate.billing.commands import HoldEnded
from grokgate.chassis.clock import SystemClock
from tests.billing.ledger.making import add_credit, issue_key, open_account, place, settle


async def _call_for_ever(ledger: Ledger, caller: int) -> None:
    for number in count():
        hold_id = f"{caller}-{number}"
        await ledger.execute(place(hold_id, 10))
        _tell("placed", hold_id)
        ended = await ledger.execute(settle(hold_id, 7))
        assert isinstance(ended, HoldEnded)
        _tell(ended.state, hold_id)


def _tell(state: str, hold_id: str) -> None:
    sys.stdout.write(f"{state} {hold_id}\n")
    sys.stdout.flush()


async def _main(path: Path) -> None:
    ledger = Ledger(path, SystemClock())
    await ledger.open()
    await ledger.execute_all([open_account(), add_credit(10**12), issue_key()])
    await asyncio.gather(*(_call_for_ever(ledger, caller) for caller in range(20)))


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
