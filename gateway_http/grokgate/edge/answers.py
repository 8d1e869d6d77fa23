"""JSON answers."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

_ENCODER = msgspec.json.Encoder()


def json_text(value: Any) -> str:
    """Parsed JSON as JSON text again: keys in their order, integers of any size."""
    return _ENCODER.encode(value).decode()


def json_answer(
    value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON answer; `msgspec.Raw` values are spliced in as they are."""
    return Response(_ENCODER.encode(value), status, headers, "application/json")
