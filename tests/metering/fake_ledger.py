"""A small honest ledger in memory, which answers as the contract of billing says."""

from dataclasses import dataclass, field
from typing import Any

from grokgate.api.billing.v1.billing_pb2 import (
    Command,
    CommandResult,
    ExtendHoldRequest,
    ExtendHoldResponse,
    HoldState,
    PlaceHoldRequest,
    PlaceHoldResponse,
    ReleaseHoldRequest,
    ReleaseHoldResponse,
    SettleHoldRequest,
    SettleHoldResponse,
)
from grokgate.api.types.v1.money_pb2 import Charge
from grokgate.api.types.v1.rate_limits_pb2 import RateLimit, RateLimits
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.statuses import to_status

OPEN = HoldState.HOLD_STATE_OPEN
POSTED = HoldState.HOLD_STATE_POSTED
VOIDED = HoldState.HOLD_STATE_VOIDED

Ending = SettleHoldRequest | ReleaseHoldRequest


@dataclass
class FakeHold:
    """`place` is None for an id that was ended before it was placed.

    `endings` are the different endings that were asked for; a repeat is not counted.
    `extensions` are all that were asked for.
    """

    place: PlaceHoldRequest | None
    state: HoldState.ValueType
    endings: list[Ending] = field(default_factory=list)
    extensions: list[ExtendHoldRequest] = field(default_factory=list)
    late: bool = False

    @property
    def ending(self) -> Any:
        """The one ending."""
        [ending] = self.endings
        return ending


class FakeLedger:
    """`place_refusal` and `ending_refusal` are what commands fail with while they are set."""

    def __init__(self) -> None:
        self.holds: dict[str, FakeHold] = {}
        self.place_refusal: GrokgateError | None = None
        self.ending_refusal: GrokgateError | None = None

    @property
    def placed(self) -> list[FakeHold]:
        return [hold for hold in self.holds.values() if hold.place is not None]

    @property
    def open(self) -> list[FakeHold]:
        return [hold for hold in self.holds.values() if hold.state == OPEN]

    def check(self) -> None:
        """Every hold has ended by one ending, and nothing was charged late."""
        assert [hold for hold in self.holds.values() if len(hold.endings) != 1] == []
        assert self.open == []
        assert [hold for hold in self.holds.values() if hold.late] == []

    def execute(self, command: Command) -> CommandResult:
        kind = command.WhichOneof("command") or ""
        execute: Any = getattr(self, f"_{kind}")
        try:
            fields: Any = {kind: execute(getattr(command, kind))}
        except GrokgateError as error:
            fields = {"error": to_status(error)}
        return CommandResult(sequence=command.sequence, **fields)

    def _place_hold(self, request: PlaceHoldRequest) -> PlaceHoldResponse:
        hold = self.holds.get(request.hold_id)
        if hold is None:
            if self.place_refusal is not None:
                raise self.place_refusal
            self.holds[request.hold_id] = FakeHold(request, OPEN)
        elif hold.place != request:
            raise GrokgateError(Reason.ALREADY_EXISTS, "The hold is another one.")
        limits = RateLimits(requests=RateLimit(limit=60))
        return PlaceHoldResponse(account_id="acme", held_usd_ticks=1000, rate_limits=limits)

    def _settle_hold(self, request: SettleHoldRequest) -> SettleHoldResponse:
        hold = self._asked_to_end(request)
        if hold.state == OPEN:
            hold.state = POSTED
        elif hold.state == VOIDED:
            hold.late = True
        charge = Charge(usd_ticks=request.provider_usd_ticks)
        return SettleHoldResponse(state=hold.state, charge=charge, late=hold.late)

    def _release_hold(self, request: ReleaseHoldRequest) -> ReleaseHoldResponse:
        hold = self._asked_to_end(request)
        if hold.state == OPEN:
            hold.state = VOIDED
        return ReleaseHoldResponse(state=hold.state)

    def _asked_to_end(self, request: Ending) -> FakeHold:
        if self.ending_refusal is not None:
            raise self.ending_refusal
        hold = self.holds.setdefault(request.hold_id, FakeHold(None, VOIDED))
        if request not in hold.endings:
            hold.endings.append(request)
        return hold

    def _extend_hold(self, request: ExtendHoldRequest) -> ExtendHoldResponse:
        hold = self.holds.get(request.hold_id)
        if hold is None:
            raise GrokgateError(Reason.NOT_FOUND, "No such hold.")
        hold.extensions.append(request)
        if hold.state != OPEN:
            raise GrokgateError(Reason.HOLD_ENDED, "The hold is not open.")
        return ExtendHoldResponse(expires_at_ms=request.expires_in_ms)
