"""How clients see their usage: one row a call."""

from typing import Annotated, Literal

import msgspec

from grokgate.api.billing.v1.account_pb2 import UsageRow
from grokgate.api.types.v1.usage_pb2 import Quantities
from grokgate.chassis.endpoints import WORDS
from grokgate.edge.account.usage_query import STATUSES
from grokgate.edge.durations import seconds
from grokgate.edge.money import usd
from grokgate.edge.paid_endings import BASIS_WORDS

Basis = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(BASIS_WORDS.values())})]
Status = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(STATUSES)})]


class UnitsUsed(msgspec.Struct, kw_only=True):
    """What a call used, in the units that its model is sold by; the others are null.

    Of text, tokens; of images and videos, images sent and returned, `quality` and `resolution`;
    of videos and transcribed audio, `seconds` to the microsecond; of speech, code points.
    """

    input_tokens: int | None = None
    cached_input_tokens: int | None = None
    output_tokens: int | None = None
    images_in: int | None = None
    images_out: int | None = None
    quality: str | None = None
    resolution: str | None = None
    seconds: float | None = None
    characters: int | None = None


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
        units=_units(row.units),
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


def _units(units: Quantities) -> UnitsUsed | None:
    match units.WhichOneof("units"):
        case "text":
            text = units.text
            return UnitsUsed(
                input_tokens=text.input_tokens,
                cached_input_tokens=text.cached_input_tokens,
                output_tokens=text.output_tokens,
            )
        case "images":
            images = units.images
            return UnitsUsed(
                images_in=images.images_in,
                images_out=images.images_out,
                quality=images.quality or None,
                resolution=images.resolution,
            )
        case "video":
            video = units.video
            return UnitsUsed(
                images_in=video.images_in,
                resolution=video.resolution,
                seconds=seconds(video.duration_us),
            )
        case "speech":
            return UnitsUsed(characters=units.speech.characters)
        case "transcription":
            return UnitsUsed(seconds=seconds(units.transcription.duration_us))
    return None
