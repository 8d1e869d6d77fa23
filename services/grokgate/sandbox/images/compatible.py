"""The compatible channel: another seller's API in OpenAI's shape, with one model of its own.

It makes one picture whatever `n` says, gives a URL though base64 was asked for, and counts its
usage in a way of its own: a gateway that believes it bills wrongly.
"""

from dataclasses import replace
from typing import Any, Literal

import msgspec

from grokgate.chassis.calls import bearer
from grokgate.chassis.clock import Clock
from grokgate.sandbox.answers import Answer, Ask, json_answer
from grokgate.sandbox.bills import forge_bill
from grokgate.sandbox.bodies import read_body, read_typed
from grokgate.sandbox.directives import without_directives
from grokgate.sandbox.errors import RefusalError
from grokgate.sandbox.images.images import publish
from grokgate.sandbox.images.requests import Ratio
from grokgate.sandbox.prices import COMPATIBLE_IMAGE_TICKS
from grokgate.sandbox.studio.results import Results
from grokgate.sandbox.studio.sizes import image_size, ratio_of
from grokgate.sandbox.studio.works import Picture, seed_of

MODEL = "grok-4-image"

_KEY_PREFIX = "sk-"
_TOKENS_OF_AN_IMAGE = 4_175
_REFUSED = ("size", "quality", "style")


class CompatibleRequest(msgspec.Struct, kw_only=True):
    """A request; the fields typed `Any` are known and refused."""

    model: str
    prompt: str
    n: int | None = None
    response_format: Literal["url", "b64_json"] | None = None
    aspect_ratio: Ratio | None = None
    resolution: Literal["1k", "2k"] | None = None
    size: Any = None
    quality: Any = None
    style: Any = None


def read_compatible_key(authorization: str) -> str:
    """The channel's own keys begin with `sk-`; any other is a 401."""
    key = bearer(authorization).reveal()
    if not key.startswith(_KEY_PREFIX):
        raise _refusal(401, "invalid_api_key", "Incorrect API key provided.")
    return key


class CompatibleImages:
    """Answers POST images/generations."""

    def __init__(self, clock: Clock, results: Results) -> None:
        self._clock = clock
        self._results = results

    def generate(self, ask: Ask) -> Answer:
        """One picture."""
        request = read_typed(read_body(ask.body), CompatibleRequest)
        _check(request)
        picture = _picture(ask, request)
        url = ask.base_url + publish(self._results, picture, ask)
        body = {
            "created": self._clock.now_ms() // 1000,
            "data": [{"url": url, "revised_prompt": picture.words}],
            "usage": _usage(request),
        }
        forge_bill(body, ask.directives)
        return replace(json_answer(body), cost_usd_ticks=COMPATIBLE_IMAGE_TICKS)


def _check(request: CompatibleRequest) -> None:
    if request.model != MODEL:
        message = f"The model `{request.model}` does not exist."
        raise _refusal(404, "model_not_found", message)
    if not request.prompt:
        raise _refusal(400, "invalid_value", "`prompt` must not be empty.")
    for name in _REFUSED:
        if getattr(request, name) is not None:
            raise _refusal(400, "unsupported_parameter", f"Argument not supported: {name}")


def _picture(ask: Ask, request: CompatibleRequest) -> Picture:
    asked = request.aspect_ratio
    ratio = 1.0 if asked in {None, "auto"} else ratio_of(asked)
    return Picture(
        words=without_directives(request.prompt),
        small_print=f"grokgate sandbox, {MODEL}",
        seed=seed_of(ask.body),
        size=image_size(ratio, request.resolution or "1k"),
    )


def _usage(request: CompatibleRequest) -> dict[str, Any]:
    """What was asked for, not what was made, and in tokens."""
    count = request.n or 1
    tokens = count * _TOKENS_OF_AN_IMAGE
    return {"images": count, "input_tokens": 0, "output_tokens": tokens, "total_tokens": tokens}


def _refusal(status: int, code: str, message: str) -> RefusalError:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return RefusalError(status, {"error": error})
