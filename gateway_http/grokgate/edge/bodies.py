"""From a request's bytes to a JSON object."""

import asyncio
import re
from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Any

import msgspec
from starlette.datastructures import Headers
from starlette.requests import Request

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.limits import EdgeLimits

_JSON_TYPE = re.compile(r'application/json\s*(;\s*charset="?utf-8"?\s*)?', re.IGNORECASE)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

# The two kinds of JSON value that hold others.
_NESTING = (dict, list)

_DECODER = msgspec.json.Decoder()
_EXACT_DECODER = msgspec.json.Decoder(float_hook=Decimal)

# A body of images is one of few values. The parser makes an object of each while nothing else
# runs, so a body of millions is refused before; every value but the first comes after one of these.
_VALUES_MAX = 1_000_000
_BEFORE_VALUES = b"[{,:"
_OTHER_BYTES = bytes(byte for byte in range(256) if byte not in _BEFORE_VALUES)
_SLICE_BYTES = 1024 * 1024


async def read_json_object(request: Request, *, max_bytes: int, max_depth: int) -> dict[str, Any]:
    """The JSON object that a request carries.

    Fails with BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID_JSON; raises ClientDisconnect when
    the client leaves before the end. Of a key that comes twice, the last value counts.
    """
    return parse_object(await _read_json(request, max_bytes), max_depth)


async def read_media_json_object(request: Request, limits: EdgeLimits) -> dict[str, Any]:
    """As `read_json_object`, for bodies with images or audio in them; fractions are Decimals."""
    body = await _read_json(request, limits.media_body_limit_bytes)
    await _require_few_values(body)
    return parse_object(body, limits.json_max_depth, _EXACT_DECODER)


def parse_object(
    body: bytes | bytearray, max_depth: int, decoder: msgspec.json.Decoder[Any] = _DECODER
) -> dict[str, Any]:
    """The JSON object in a body; fails with INVALID_JSON."""
    try:
        value = decoder.decode(body)
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


def require_small(headers: Headers, max_bytes: int) -> None:
    """Fails with BODY_TOO_LARGE if the headers announce more than `max_bytes`."""
    if int(headers.get("content-length", "0")) > max_bytes:
        raise _too_large(max_bytes)


def require_uncompressed(headers: Headers) -> None:
    """Fails with UNSUPPORTED_MEDIA_TYPE if the body is compressed."""
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise GrokgateError(
            Reason.UNSUPPORTED_MEDIA_TYPE,
            "Compressed bodies are not accepted. Send the body without Content-Encoding.",
        )


async def body_chunks(request: Request, max_bytes: int) -> AsyncGenerator[bytes]:
    """The body as it arrives; fails with BODY_TOO_LARGE once it is more than `max_bytes`."""
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > max_bytes:
            raise _too_large(max_bytes)
        yield chunk


async def _read_json(request: Request, max_bytes: int) -> bytearray:
    require_small(request.headers, max_bytes)
    if not _JSON_TYPE.fullmatch(request.headers.get("content-type", "")):
        raise GrokgateError(
            Reason.UNSUPPORTED_MEDIA_TYPE,
            "The body must be JSON in UTF-8. Send `Content-Type: application/json`.",
        )
    require_uncompressed(request.headers)
    body = bytearray()
    async for chunk in body_chunks(request, max_bytes):
        body += chunk
    return body


async def _require_few_values(body: bytearray) -> None:
    values = 1
    for begin in range(0, len(body), _SLICE_BYTES):
        values += len(body[begin : begin + _SLICE_BYTES].translate(None, _OTHER_BYTES))
        if values > _VALUES_MAX:
            raise _invalid(f"it has more than {_VALUES_MAX} values")
        await asyncio.sleep(0)


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
