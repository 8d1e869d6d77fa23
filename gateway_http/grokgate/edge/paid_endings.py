"""How a paid answer ended: what it cost, and why it failed."""

from collections.abc import Mapping
from typing import TypeAlias

import msgspec
from starlette.responses import Response

from grokgate.api.media.v1.media_pb2 import Images, Video
from grokgate.api.text.v1.text_pb2 import Finished, GenerateResponse
from grokgate.api.types.v1 import money_pb2
from grokgate.api.types.v1.money_pb2 import ChargeBasis
from grokgate.api.voice.v1.voice_pb2 import SpeechFinished, SpeechStarted, TranscribeResponse
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.errors import error_response

# Whole, or the last event of a stream: both say how it ended.
TextEnded: TypeAlias = GenerateResponse | Finished
Ended: TypeAlias = TextEnded | Images | Video | TranscribeResponse
# Speech says first what it costs, and last how it ended.
Charged: TypeAlias = Ended | SpeechStarted
Failed: TypeAlias = Ended | SpeechFinished

BASIS_WORDS: dict[ChargeBasis.ValueType, str] = {
    money_pb2.CHARGE_BASIS_PROVIDER: "provider",
    money_pb2.CHARGE_BASIS_PRICE_LIST: "price_list",
    money_pb2.CHARGE_BASIS_PARTIAL_ESTIMATE: "partial_estimate",
    money_pb2.CHARGE_BASIS_NONE: "none",
}


def charged_usd_ticks(ended: Charged) -> int | None:
    """What the caller was charged; None while billing has not taken the settlement."""
    return ended.charge.usd_ticks if ended.HasField("charge") else None


def cost_headers(ended: Charged) -> dict[str, str]:
    """The headers that tell the charge, if it is known."""
    if not ended.HasField("charge"):
        return {}
    return {
        "x-cost-usd-ticks": str(ended.charge.usd_ticks),
        "x-cost-basis": BASIS_WORDS[ended.charge.basis],
    }


def failure_of(ended: Failed) -> GrokgateError:
    """Why there is no answer; it came after the provider had begun."""
    failure = ended.failure
    known = failure.reason in Reason.__members__
    return GrokgateError(
        Reason(failure.reason) if known else Reason.INTERNAL_ERROR,
        failure.message,
        param=failure.param,
        upstream_started=True,
    )


def failure_answer(
    ended: Ended, usage: msgspec.Struct, request_id: str, headers: Mapping[str, str]
) -> Response:
    """The HTTP answer to a failure; it tells what it cost, if anything."""
    return charged_failure_answer(failure_of(ended), ended, usage, request_id, headers)


def charged_failure_answer(
    error: GrokgateError,
    charged: Charged,
    usage: msgspec.Struct,
    request_id: str,
    headers: Mapping[str, str],
) -> Response:
    """The HTTP answer to a failure whose charge is told elsewhere."""
    if not charged_usd_ticks(charged):
        return error_response(error, request_id, headers=dict(headers))
    return error_response(
        error, request_id, usage=usage, headers={**headers, **cost_headers(charged)}
    )
