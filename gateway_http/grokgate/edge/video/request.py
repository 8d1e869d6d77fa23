"""From the body of `POST /v1/video/generations` to what the media service is asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from grokgate.api.media.v1.media_pb2 import StartVideoRequest
from grokgate.chassis.errors import GrokgateError
from grokgate.edge.fields import invalid, missing
from grokgate.edge.images.input_image import read_image
from grokgate.edge.money import TICKS_PER_USD
from grokgate.edge.objects import NAME_MAX, USER_MAX, RequestObject
from grokgate.edge.video.fields import VIDEO

DURATION_MAX_S = 15
WAIT_MAX_S = 600
BUDGET_MAX_USD = 900_000_000
BUDGET_PATTERN = r"[0-9]{1,9}(\.[0-9]{1,20})?"

_DEFAULT_WAIT_S = 120
_TICK_USD = Decimal(1) / TICKS_PER_USD


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """What a client asked for, and for how long it waits."""

    start: StartVideoRequest
    max_wait_s: int


async def read_video_request(value: Mapping[str, Any]) -> VideoRequest:
    """Translate a body.

    Fails with MISSING_PARAMETER, UNKNOWN_PARAMETER, UNSUPPORTED_PARAMETER or INVALID_VALUE, and
    `param` is the path of the field. What a value means for its model is the service's to judge.
    """
    body = RequestObject(value, VIDEO)
    image = body.value("image")
    if image is None and not body.text("prompt"):
        raise missing("prompt")
    max_wait_s = body.integer("max_wait_seconds", 0, WAIT_MAX_S)
    start = StartVideoRequest(
        model=body.required_text("model", NAME_MAX),
        prompt=body.text("prompt") or "",
        duration_seconds=body.integer("duration_seconds", 1, DURATION_MAX_S),
        aspect_ratio=body.text("aspect_ratio", NAME_MAX),
        resolution=body.text("resolution", NAME_MAX),
        max_hold_usd_ticks=_read_budget(body),
        user=body.text("user", USER_MAX) or "",
        image=None if image is None else await read_image(image, "image"),
    )
    return VideoRequest(start, _DEFAULT_WAIT_S if max_wait_s is None else max_wait_s)


def _read_budget(body: RequestObject) -> int | None:
    """The budget in ticks, rounded down; a JSON fraction was never a float."""
    value = body.value("max_budget_usd")
    if value is None:
        return None
    if type(value) is str and re.fullmatch(BUDGET_PATTERN, value):
        value = Decimal(value)
    if type(value) not in {int, Decimal} or not 0 <= value <= BUDGET_MAX_USD:
        raise _bad_budget()
    return int(Decimal(value).quantize(_TICK_USD, ROUND_FLOOR) * TICKS_PER_USD)


def _bad_budget() -> GrokgateError:
    return invalid("max_budget_usd", f"a number, or a decimal string, from 0 to {BUDGET_MAX_USD}")
