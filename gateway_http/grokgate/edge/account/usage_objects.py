"""How clients see their usage: one row a call."""

from typing import Annotated, Literal

import msgspec

from grokgate.api.billing.v1.account_pb2 import UsageRow
from grokgate.chassis.endpoints import WORDS
from grokgate.edge.account.usage_query import STATUSES
from grokgate.edge.money import usd
from grokgate.edge.paid_endings import BASIS_WORDS

Basis = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(BASIS_WORDS.values())})]
Status = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(STATUSES)})]


class UnitsUsed(msgspec.Struct):
    """What a text call used."""

    input_tokens: int
    cached_input_tokens: int
    output_tokens: int


class UsageObject(msgspec.Struct, kw_only=True):
    """One call: what was held for it and what it was charged; times are Unix seconds.

    `late` says that the charge came after the hold had ended without one.
    """

    object: Literal["usage"] = "usage"
    request_id: str
    client_request_id: str | None
    created_at: int
    model: str
    endpoint: str | None
    units: UnitsUsed | None
    held_usd_ticks: int
    charge_usd_ticks: int
    charge_usd: str
    basis: Basis
    status: Status
    void_reason: str | None
    late: bool
    latency_ms: int
    user: str | None
    hold_id: str
    key_id: str


class UsagePage(msgspec.Struct, kw_only=True):
    """Rows, newest first; `last_id` is sent as `after` for the next page."""

    object: Literal["list"] = "list"
    data: list[UsageObject]
    has_more: bool
    last_id: str | None


def usage_object(row: UsageRow) -> UsageObject:
    """A row of `GET /v1/usage`."""
    charge = row.charge
    return UsageObject(
        request_id=row.request_id,
        client_request_id=row.client_request_id or None,
        created_at=row.created_at_ms // 1000,
        model=row.model,
        endpoint=WORDS.get(row.endpoint),
        units=_units(row),
        held_usd_ticks=row.held_usd_ticks,
        charge_usd_ticks=charge.usd_ticks,
        charge_usd=usd(charge.usd_ticks),
        basis=BASIS_WORDS[charge.basis] if row.HasField("charge") else "none",
        status=row.status,
        void_reason=row.void_reason or None,
        late=row.late,
        latency_ms=row.latency_ms,
        user=row.user or None,
        hold_id=row.hold_id,
        key_id=row.key_id,
    )


def _units(row: UsageRow) -> UnitsUsed | None:
    if row.units.WhichOneof("units") != "text":
        return None
    text = row.units.text
    return UnitsUsed(text.input_tokens, text.cached_input_tokens, text.output_tokens)
