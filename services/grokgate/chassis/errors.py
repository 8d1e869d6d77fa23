"""The one error that travels between rooms, and every reason that it can have."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """Why something was refused or failed; each is documented in docs/errors.md."""

    INVALID_JSON = "INVALID_JSON"
    MISSING_PARAMETER = "MISSING_PARAMETER"
    UNKNOWN_PARAMETER = "UNKNOWN_PARAMETER"
    INVALID_VALUE = "INVALID_VALUE"
    UNSUPPORTED_PARAMETER = "UNSUPPORTED_PARAMETER"
    MAX_BUDGET_EXCEEDED = "MAX_BUDGET_EXCEEDED"
    CONTENT_MODERATED = "CONTENT_MODERATED"
    PROVIDER_REJECTED = "PROVIDER_REJECTED"
    UNSUPPORTED_CAPABILITY = "UNSUPPORTED_CAPABILITY"
    UNSUPPORTED_OPERATION = "UNSUPPORTED_OPERATION"
    MISSING_API_KEY = "MISSING_API_KEY"
    INVALID_API_KEY = "INVALID_API_KEY"
    REVOKED_API_KEY = "REVOKED_API_KEY"
    EXPIRED_API_KEY = "EXPIRED_API_KEY"
    INSUFFICIENT_BALANCE = "INSUFFICIENT_BALANCE"
    KEY_BUDGET_EXCEEDED = "KEY_BUDGET_EXCEEDED"
    MODEL_NOT_ALLOWED = "MODEL_NOT_ALLOWED"
    ENDPOINT_NOT_ALLOWED = "ENDPOINT_NOT_ALLOWED"
    ACCOUNT_SUSPENDED = "ACCOUNT_SUSPENDED"
    CONTENT_VIOLATION = "CONTENT_VIOLATION"
    MODEL_NOT_FOUND = "MODEL_NOT_FOUND"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT"
    MODEL_RETIRED = "MODEL_RETIRED"
    CONTENT_EXPIRED = "CONTENT_EXPIRED"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    CONTEXT_TOO_LARGE = "CONTEXT_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    RANGE_NOT_SATISFIABLE = "RANGE_NOT_SATISFIABLE"
    REQUESTS_LIMITED = "REQUESTS_LIMITED"
    TOKENS_LIMITED = "TOKENS_LIMITED"
    CONCURRENCY_LIMITED = "CONCURRENCY_LIMITED"
    HOLDS_OUTSTANDING = "HOLDS_OUTSTANDING"
    UPSTREAM_LIMITED = "UPSTREAM_LIMITED"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    PROVIDER_ERROR = "PROVIDER_ERROR"
    PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE"
    BILLING_UNAVAILABLE = "BILLING_UNAVAILABLE"
    OVERLOADED = "OVERLOADED"
    MODEL_PRICE_ERROR = "MODEL_PRICE_ERROR"
    TIMEOUT = "TIMEOUT"
    # Between services only; an external client never meets these.
    SERVICE_CREDENTIAL_REQUIRED = "SERVICE_CREDENTIAL_REQUIRED"
    ADMIN_TOKEN_REQUIRED = "ADMIN_TOKEN_REQUIRED"  # noqa: S105  # a reason, not a token
    NOT_HOLD_OWNER = "NOT_HOLD_OWNER"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    HOLD_ENDED = "HOLD_ENDED"


# What a caller is told of a fault of our own.
WITHHELD_MESSAGE = "The gateway failed to handle this request. Give the request id to its operator."


class GrokgateError(Exception):
    """A refusal or failure that a caller may be told about.

    `message` is fit for the end user. `param` names the request field at fault. `details` is what
    a program may act on (JSON values). `retry_after_ms` says when another try may succeed.
    `upstream_started` says that the provider may have begun, and billed, work.
    """

    def __init__(
        self,
        reason: Reason,
        message: str,
        *,
        param: str = "",
        details: Mapping[str, Any] | None = None,
        retry_after_ms: int | None = None,
        upstream_started: bool = False,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.param = param
        self.details = dict(details or {})
        self.retry_after_ms = retry_after_ms
        self.upstream_started = upstream_started

    def __repr__(self) -> str:
        return f"GrokgateError({self.reason}, {self.message!r}, param={self.param!r})"


class StartupError(Exception):
    """A configuration that must not be run: one clear line that names the fix."""
