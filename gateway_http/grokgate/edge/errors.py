"""The border between our errors and HTTP."""

import math
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.responses import Response

from grokgate.api.types.v1.rate_limits_pb2 import RateLimits
from grokgate.chassis.errors import WITHHELD_MESSAGE, GrokgateError, Reason
from grokgate.edge.answers import json_answer
from grokgate.edge.rate_limits import rate_limit_headers


@dataclass(frozen=True, slots=True)
class PublicError:
    """What a reason looks like to a client; a withheld one keeps its words to the operator."""

    status: int
    type: str
    code: str
    withheld: bool = False


def _request_error(code: str, status: int = 400) -> PublicError:
    return PublicError(status, "invalid_request_error", code)


def _plain(status: int, code: str) -> PublicError:
    """An error whose class has only one reason."""
    return PublicError(status, code, code)


_WITHHELD = PublicError(500, "internal_error", "internal_error", withheld=True)

PUBLIC_ERRORS: dict[Reason, PublicError] = {
    Reason.INVALID_JSON: _request_error("invalid_json"),
    Reason.MISSING_PARAMETER: _request_error("missing_parameter"),
    Reason.UNKNOWN_PARAMETER: _request_error("unknown_parameter"),
    Reason.INVALID_VALUE: _request_error("invalid_value"),
    Reason.UNSUPPORTED_PARAMETER: _request_error("unsupported_parameter"),
    Reason.MAX_BUDGET_EXCEEDED: _request_error("max_budget_exceeded"),
    Reason.CONTENT_MODERATED: _request_error("content_moderated"),
    Reason.PROVIDER_REJECTED: _request_error("provider_rejected"),
    Reason.UNSUPPORTED_CAPABILITY: _plain(400, "unsupported_capability"),
    Reason.UNSUPPORTED_OPERATION: _plain(400, "unsupported_operation"),
    Reason.MISSING_API_KEY: PublicError(401, "auth_error", "missing_api_key"),
    Reason.INVALID_API_KEY: PublicError(401, "auth_error", "invalid_api_key"),
    Reason.REVOKED_API_KEY: PublicError(401, "auth_error", "revoked_api_key"),
    Reason.EXPIRED_API_KEY: PublicError(401, "auth_error", "expired_api_key"),
    Reason.INSUFFICIENT_BALANCE: _plain(402, "insufficient_balance"),
    Reason.KEY_BUDGET_EXCEEDED: PublicError(402, "insufficient_balance", "key_budget_exceeded"),
    Reason.MODEL_NOT_ALLOWED: PublicError(403, "forbidden", "model_not_allowed"),
    Reason.ENDPOINT_NOT_ALLOWED: PublicError(403, "forbidden", "endpoint_not_allowed"),
    Reason.ACCOUNT_SUSPENDED: PublicError(403, "forbidden", "account_suspended"),
    Reason.CONTENT_VIOLATION: PublicError(403, "forbidden", "content_violation"),
    Reason.MODEL_NOT_FOUND: _plain(404, "model_not_found"),
    Reason.NOT_FOUND: _plain(404, "not_found"),
    Reason.METHOD_NOT_ALLOWED: _request_error("method_not_allowed", 405),
    Reason.REQUEST_TIMEOUT: _request_error("request_timeout", 408),
    Reason.MODEL_RETIRED: _plain(410, "model_retired"),
    Reason.CONTENT_EXPIRED: _plain(410, "content_expired"),
    Reason.BODY_TOO_LARGE: PublicError(413, "request_too_large", "body_too_large"),
    Reason.CONTEXT_TOO_LARGE: PublicError(413, "request_too_large", "context_too_large"),
    Reason.UNSUPPORTED_MEDIA_TYPE: _request_error("unsupported_media_type", 415),
    Reason.RANGE_NOT_SATISFIABLE: _request_error("range_not_satisfiable", 416),
    Reason.REQUESTS_LIMITED: PublicError(429, "rate_limit_exceeded", "requests"),
    Reason.TOKENS_LIMITED: PublicError(429, "rate_limit_exceeded", "tokens"),
    Reason.CONCURRENCY_LIMITED: PublicError(429, "rate_limit_exceeded", "concurrency"),
    Reason.HOLDS_OUTSTANDING: PublicError(429, "rate_limit_exceeded", "holds_outstanding"),
    Reason.UPSTREAM_LIMITED: PublicError(429, "rate_limit_exceeded", "upstream"),
    Reason.INTERNAL_ERROR: _WITHHELD,
    Reason.PROVIDER_ERROR: _plain(502, "provider_error"),
    Reason.PROVIDER_UNAVAILABLE: _plain(503, "provider_unavailable"),
    Reason.BILLING_UNAVAILABLE: _plain(503, "billing_unavailable"),
    Reason.OVERLOADED: _plain(503, "overloaded"),
    Reason.MODEL_PRICE_ERROR: _plain(503, "model_price_error"),
    Reason.TIMEOUT: _plain(504, "timeout"),
    # Our own services disagree with each other: nothing that a client could act on.
    Reason.SERVICE_CREDENTIAL_REQUIRED: _WITHHELD,
    Reason.ADMIN_TOKEN_REQUIRED: _WITHHELD,
    Reason.NOT_HOLD_OWNER: _WITHHELD,
    Reason.ALREADY_EXISTS: _WITHHELD,
    Reason.HOLD_ENDED: _WITHHELD,
}

RETRY_STATUSES = frozenset({429, 503})
# Limits of the caller's own. Where they name no time to try again, the call can never fit.
_CALLERS_RATES = frozenset({Reason.REQUESTS_LIMITED, Reason.TOKENS_LIMITED})
# What is not there may be there some day, such as the content of a video.
_MAY_SUCCEED_LATER = RETRY_STATUSES | {404}
_ONLY_AS_TOLD = _CALLERS_RATES | {Reason.NOT_FOUND, Reason.MODEL_NOT_FOUND}
DEFAULT_RETRY_AFTER_MS = 1_000


class ErrorObject(msgspec.Struct, omit_defaults=True):
    """The `error` of an error answer."""

    message: str
    type: str
    param: str | None
    code: str
    request_id: str
    details: dict[str, Any] = {}


class ErrorBody(msgspec.Struct, omit_defaults=True):
    """An error answer; `usage` only when it was charged."""

    error: ErrorObject
    usage: msgspec.Struct | None = None


def error_response(
    error: GrokgateError,
    request_id: str,
    *,
    usage: msgspec.Struct | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """The answer that tells a client about an error."""
    return json_answer(
        error_body(error, request_id, usage),
        status=PUBLIC_ERRORS[error.reason].status,
        headers=error_headers(error) | (headers or {}),
    )


def error_body(
    error: GrokgateError, request_id: str, usage: msgspec.Struct | None = None
) -> ErrorBody:
    """The body of `error_response`."""
    public = PUBLIC_ERRORS[error.reason]
    described = ErrorObject(
        message=error.message,
        type=public.type,
        param=error.param or None,
        code=public.code,
        request_id=request_id,
        details=error.details,
    )
    if public.withheld:
        described.message, described.param, described.details = WITHHELD_MESSAGE, None, {}
    return ErrorBody(described, usage)


def public_words(error: GrokgateError) -> tuple[str, str]:
    """The code and the message that a client is told, where there is no room for more."""
    public = PUBLIC_ERRORS[error.reason]
    return public.code, WITHHELD_MESSAGE if public.withheld else error.message


def answer_lost() -> GrokgateError:
    """What a client is told when a part of the gateway stopped that worked on a paid answer."""
    return GrokgateError(
        Reason.OVERLOADED,
        "The gateway stopped before the answer was there. The call may have been charged. "
        "Look at /v1/usage before you ask again.",
        upstream_started=True,
    )


def error_headers(error: GrokgateError) -> dict[str, str]:
    """When to try again, whether a client's library may do so by itself, and what limits it met.

    The OpenAI libraries repeat 408, 409, 429 and 5xx unless `x-should-retry` says no, and a
    repeat of work that the provider has begun would be charged twice.
    """
    headers = rate_limit_headers(RateLimits(**error.details.get("rate_limits", {})))
    can_never_fit = error.reason in _CALLERS_RATES and error.retry_after_ms is None
    wait_ms = _wait_ms(error)
    if wait_ms is not None:
        headers["retry-after"] = str(math.ceil(wait_ms / 1000))
    # Nobody knows how far a fault of our own came.
    if error.upstream_started or can_never_fit or PUBLIC_ERRORS[error.reason].withheld:
        headers["x-should-retry"] = "false"
    if error.reason is Reason.RANGE_NOT_SATISFIABLE and "length" in error.details:
        headers["content-range"] = f"bytes */{error.details['length']}"
    return headers


def _wait_ms(error: GrokgateError) -> int | None:
    """How long to wait before another try; None where a try is not advised."""
    lost = error.reason is Reason.OVERLOADED and error.upstream_started
    if PUBLIC_ERRORS[error.reason].status not in _MAY_SUCCEED_LATER or lost:
        return None
    if error.retry_after_ms is None and error.reason not in _ONLY_AS_TOLD:
        return DEFAULT_RETRY_AFTER_MS
    return error.retry_after_ms
