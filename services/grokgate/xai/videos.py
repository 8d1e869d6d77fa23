"""Upstream's `/videos`: what it says of a video when it is asked for, and later on.

Facts of November 2026, see docs/video.md: a pending video may be a 202 without a body; a 400 is
the verdict of moderation; a finished video without an address is one that was withheld.
"""

import ipaddress
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, TypeAlias
from urllib.parse import quote, urlsplit

import msgspec

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.json_text import UNREADABLE
from grokgate.xai.client import Fetched
from grokgate.xai.errors import broke_off, read_refusal, to_upstream_error
from grokgate.xai.usage import ProviderCost, read_cost

# Where a video is asked for, under the base URL.
PATH = "/videos/generations"

_OK, _ACCEPTED, _BAD_REQUEST, _NOT_FOUND = 200, 202, 400, 404
_BUSY = frozenset({408, 425, 429})
_LIMITED = 429
_SERVER_ERRORS = range(500, 600)
_ID_CHARACTERS = 200
_URL_CHARACTERS = 8192
_LONGEST_S = 3600
# Upstream's codes of failures that it explains in words for the caller.
_ABOUT_THE_REQUEST = frozenset({"invalid_argument", "failed_precondition"})
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Pending:
    """Upstream works on it; `progress` is in percent, None when it did not say."""

    progress: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The video lies at `url`; `duration_us` is None when upstream did not say."""

    url: str
    duration_us: int | None
    cost: ProviderCost


@dataclass(frozen=True, slots=True)
class Failed:
    """There will be no video. `why` is for the operator."""

    error: GrokgateError
    cost: ProviderCost
    why: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Upstream does not know the id, or knows it no more."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """No verdict: ask again. `why` is for the operator."""

    why: str
    retry_after_ms: int | None = None
    limited: bool = False


Answer: TypeAlias = Pending | Done | Failed | Missing | Unclear


def video_path(upstream_id: str) -> str:
    """Where a video is asked about, under the base URL."""
    return f"/videos/{quote(upstream_id, safe='')}"


def read_created(body: bytes) -> str:
    """The id in an answer with status 200 to a creation.

    Raises UpstreamError; one with `answer_lost` when a video may exist whose id is not known.
    """
    document = _object(body)
    upstream_id = document.get("request_id")
    if isinstance(upstream_id, str) and 0 < len(upstream_id) <= _ID_CHARACTERS:
        return upstream_id
    if document.get("error"):
        raise to_upstream_error(read_refusal(_OK, body, None))
    raise broke_off("upstream created a video without telling its id")


def read_answer(fetched: Fetched) -> Answer:
    """What an answer to a question about a video says."""
    status = fetched.status
    if status == _OK:
        return _read_page(_object(fetched.body))
    if status == _ACCEPTED:
        return Pending(_progress(_object(fetched.body)))
    if status == _BAD_REQUEST:
        return _refused(fetched)
    if status == _NOT_FOUND:
        return Missing()
    limited = status == _LIMITED
    why = f"upstream answered {status}"
    if status in _BUSY or status in _SERVER_ERRORS:
        return Unclear(why, fetched.retry_after_ms, limited=limited)
    return Unclear(why)


def _read_page(page: dict[str, Any]) -> Answer:
    """A page with status 200; older ones of finished videos have no status word."""
    word = page.get("status", "done" if "video" in page else None)
    match word:
        case "pending":
            return Pending(_progress(page))
        case "done":
            return _done(page)
        case "failed" | "expired":
            return _failed(page, str(word))
        case None:
            return Unclear("upstream gave no usable answer")
        case _:
            return Unclear(f"upstream says {str(word)[:50]!r}")


def _done(page: dict[str, Any]) -> Answer:
    video = page.get("video")
    video = video if isinstance(video, dict) else {}
    cost = read_cost(page.get("usage"))
    if video.get("respect_moderation") is False:
        moderated = "The provider's moderation withheld the video."
        return Failed(_error(Reason.CONTENT_MODERATED, moderated), cost, "withheld by moderation")
    url = video.get("url")
    if not isinstance(url, str) or not can_be_fetched(url):
        without = _error(Reason.PROVIDER_ERROR, "The provider finished without a video.")
        return Failed(without, cost, "done without an address")
    return Done(url, _duration_us(video.get("duration")), cost)


def _failed(page: dict[str, Any], word: str) -> Failed:
    error = page.get("error")
    error = error if isinstance(error, dict) else {}
    code, message = str(error.get("code") or word)[:100], str(error.get("message") or "")[:1000]
    cost = read_cost(page.get("usage"))
    why = f"{code}: {message}"
    if "moderat" in why.lower():
        message = message or "The provider's moderation rejected the video."
        return Failed(_error(Reason.CONTENT_MODERATED, message), cost, why)
    if code in _ABOUT_THE_REQUEST and message:
        return Failed(_error(Reason.PROVIDER_REJECTED, message), cost, why)
    failed = _error(Reason.PROVIDER_ERROR, "The provider failed to make the video.")
    return Failed(failed, cost, why)


def _refused(fetched: Fetched) -> Answer:
    refusal = read_refusal(fetched.status, fetched.body, fetched.retry_after_ms)
    refused = to_upstream_error(refusal)
    why = f"upstream answered 400: {refusal.code} {refusal.message}"
    if refused.error.reason not in {Reason.CONTENT_MODERATED, Reason.PROVIDER_REJECTED}:
        failed = _error(Reason.PROVIDER_ERROR, "The provider failed to make the video.")
        return Failed(failed, refused.cost, why)
    return Failed(refused.error, refused.cost, why)


def can_be_fetched(url: str) -> bool:
    """Whether an address is https, or http on this machine, as the sandbox's are."""
    if not 0 < len(url) <= _URL_CHARACTERS or not url.isprintable():
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _error(reason: Reason, message: str) -> GrokgateError:
    return GrokgateError(reason, message, upstream_started=True)


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; an empty one for anything else."""
    try:
        document = _DECODER.decode(body)
    except UNREADABLE:
        return {}
    return document if isinstance(document, dict) else {}


def _progress(page: dict[str, Any]) -> int | None:
    progress = page.get("progress")
    if isinstance(progress, bool) or not isinstance(progress, int | Decimal):
        return None
    return int(min(Decimal(100), max(Decimal(0), Decimal(progress))))


def _duration_us(seconds: Any) -> int | None:
    """Microseconds of seconds; None for what is no length of a video."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | Decimal | str):
        return None
    try:
        exact = Decimal(seconds)
    except InvalidOperation:
        return None
    if not exact.is_finite() or not 0 < exact <= _LONGEST_S:
        return None
    return int((exact * 1_000_000).to_integral_value(ROUND_HALF_UP))
