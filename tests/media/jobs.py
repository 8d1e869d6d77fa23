"""Jobs as tests need them."""

from typing import Any

from grokgate.chassis.ids import IdSource
from grokgate.media.videos.job import Job
from grokgate.media.videos.states import State

_IDS = IdSource()
_USUAL: dict[str, Any] = {
    "account_id": "a",
    "request_id": "req_1",
    "model": "xai/grok-imagine-video",
    "channel": "xai",
    "state": State.ACCEPTED,
    "created_at_ms": 1_780_000_000_000,
    "deadline_at_ms": 1_780_003_600_000,
    "duration_us": 5_000_000,
    "resolution": "480p",
    "aspect_ratio": "",
    "images_in": 0,
}


def make_job(**fields: Any) -> Job:
    """A usual job with some fields of its own."""
    usual = {"id": _IDS.prefixed("videogen"), "hold_id": _IDS.uuid()} | _USUAL
    return Job(**(usual | fields))
