"""Executes what paid rooms ask: each request is checked and priced, and the ledger decides."""

import logging
from collections.abc import Sequence
from typing import Any

from grokgate.billing.books import Ledger
from grokgate.billing.commands import Command, Result
from grokgate.billing.intake import Intake, Request
from grokgate.chassis.errors import WITHHELD_MESSAGE, GrokgateError, Reason

_LOG = logging.getLogger(__name__)


class Teller:
    """Serves the services that hold a credential; `owner` names the one that asks."""

    def __init__(self, intake: Intake, ledger: Ledger) -> None:
        self._intake = intake
        self._ledger = ledger

    async def execute(self, owner: str, request: Request) -> Any:
        """The ledger's kind of result for this kind of request; raises what it fails with."""
        [outcome] = await self.execute_all(owner, [request])
        if isinstance(outcome, GrokgateError):
            raise outcome
        return outcome

    async def execute_all(
        self, owner: str, batch: Sequence[Request | None]
    ) -> list[Result | GrokgateError]:
        """The result or failure of each request; what the ledger takes, it commits together."""
        prepared = [await self._prepare(owner, request) for request in batch]
        sound = [command for command in prepared if not isinstance(command, GrokgateError)]
        results = iter(await self._committed(sound))
        return [one if isinstance(one, GrokgateError) else next(results) for one in prepared]

    async def _committed(self, commands: Sequence[Command]) -> Sequence[Result | GrokgateError]:
        try:
            return await self._ledger.execute_all(commands)
        except GrokgateError as error:
            return [error] * len(commands)

    async def _prepare(self, owner: str, request: Request | None) -> Command | GrokgateError:
        try:
            return await self._intake.command(owner, request)
        except GrokgateError as error:
            return error
        except Exception:  # noqa: BLE001  # one request must not break the others of its batch
            _LOG.exception("a request to billing broke")
            return GrokgateError(Reason.INTERNAL_ERROR, WITHHELD_MESSAGE)
