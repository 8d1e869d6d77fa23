"""From a request's bytes to a JSON object."""

import re
from typing import Any

import msgspec
from starlette.datastructures import Headers
from starlette.requests import Request

from grokgate.chassis.errors import GrokgateError, Reason

_JSON_TYPE = re.compile(r'application/json\s*(;\s*charset="?utf-8"?\s*)?', re.IGNORECASE)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

# The two kinds of JSON value that hold others.
_NESTING = (dict, list)


async def read_json_object(request: Request, *, max_bytes: int, max_depth: int) -> dict[str, Any]:
    """The JSON object that a request carries.

    Fails with BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID_JSON; raises ClientDisconnect when
    the client leaves before the end. Of a key that comes twice, the last value counts.
    """
    if int(request.headers.get("content-length", "0")) > max_bytes:
        raise _too_large(max_bytes)
    _require_plain_json(request.headers)
    return parse_object(await _read_body(request, max_bytes), max_depth)


def parse_object(body: bytes | bytearray, max_depth: int) -> dict[str, Any]:
    """The JSON object in a body; fails with INVALID_JSON."""
    try:
        value = msgspec.json.decode(body)
    except UnicodeDecodeError as exc:
        raise _invalid(f"it is not UTF-8 (byte {exc.start} of a string)") from exc
    except RecursionError as exc:
        raise _too_deep(max_depth) from exc
    except msgspec.MsgspecError as exc:
        hint = ", perhaps by half of a surrogate pair" if _SURROGATE.search(body) else ""
        raise _invalid(f"{exc}{hint}") from exc
    if not isinstance(value, dict):
        raise _invalid("its top level must be an object")
    _require_shallow(value, max_depth)
    return value


def _require_plain_json(headers: Headers) -> None:
    if not _JSON_TYPE.fullmatch(headers.get("content-type", "")):
        raise GrokgateError(
            Reason.UNSUPPORTED_MEDIA_TYPE,
            "The body must be JSON in UTF-8. Send `Content-Type: application/json`.",
        )
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise GrokgateError(
            Reason.UNSUPPORTED_MEDIA_TYPE,
            "Compressed bodies are not accepted. Send the body without Content-Encoding.",
        )


async def _read_body(request: Request, max_bytes: int) -> bytearray:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
    return body


def _require_shallow(value: dict[str, Any], max_depth: int) -> None:
    level: list[Any] = [value]
    for _ in range(max_depth):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) in _NESTING
        ]
        if not level:
            return
    raise _too_deep(max_depth)


def _invalid(why: str) -> GrokgateError:
    return GrokgateError(Reason.INVALID_JSON, f"The body cannot be read as JSON: {why}.")


def _too_deep(max_depth: int) -> GrokgateError:
    return _invalid(f"it is nested deeper than {max_depth} levels")


def _too_large(max_bytes: int) -> GrokgateError:
    return GrokgateError(
        Reason.BODY_TOO_LARGE,
        f"The body is larger than {max_bytes} bytes. Send less.",
        details={"limit": max_bytes},
    )
