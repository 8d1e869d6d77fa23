"""The border between our errors and gRPC statuses, both ways."""

from typing import Any

import grpc
import msgspec
from google.protobuf import any_pb2
from google.rpc import error_details_pb2
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from grokgate.chassis.errors import GrokgateError, Reason

DOMAIN = "grokgate"

_CODE = grpc.StatusCode

# The status that each reason travels as.
STATUS_CODES: dict[Reason, grpc.StatusCode] = {
    Reason.INVALID_JSON: _CODE.INVALID_ARGUMENT,
    Reason.MISSING_PARAMETER: _CODE.INVALID_ARGUMENT,
    Reason.UNKNOWN_PARAMETER: _CODE.INVALID_ARGUMENT,
    Reason.INVALID_VALUE: _CODE.INVALID_ARGUMENT,
    Reason.UNSUPPORTED_PARAMETER: _CODE.INVALID_ARGUMENT,
    Reason.MAX_BUDGET_EXCEEDED: _CODE.INVALID_ARGUMENT,
    Reason.CONTENT_MODERATED: _CODE.INVALID_ARGUMENT,
    Reason.PROVIDER_REJECTED: _CODE.INVALID_ARGUMENT,
    Reason.UNSUPPORTED_CAPABILITY: _CODE.INVALID_ARGUMENT,
    Reason.UNSUPPORTED_OPERATION: _CODE.INVALID_ARGUMENT,
    Reason.MISSING_API_KEY: _CODE.UNAUTHENTICATED,
    Reason.INVALID_API_KEY: _CODE.UNAUTHENTICATED,
    Reason.REVOKED_API_KEY: _CODE.UNAUTHENTICATED,
    Reason.EXPIRED_API_KEY: _CODE.UNAUTHENTICATED,
    Reason.INSUFFICIENT_BALANCE: _CODE.FAILED_PRECONDITION,
    Reason.KEY_BUDGET_EXCEEDED: _CODE.FAILED_PRECONDITION,
    Reason.MODEL_NOT_ALLOWED: _CODE.PERMISSION_DENIED,
    Reason.ENDPOINT_NOT_ALLOWED: _CODE.PERMISSION_DENIED,
    Reason.ACCOUNT_SUSPENDED: _CODE.PERMISSION_DENIED,
    Reason.CONTENT_VIOLATION: _CODE.PERMISSION_DENIED,
    Reason.MODEL_NOT_FOUND: _CODE.NOT_FOUND,
    Reason.NOT_FOUND: _CODE.NOT_FOUND,
    Reason.METHOD_NOT_ALLOWED: _CODE.UNIMPLEMENTED,
    Reason.REQUEST_TIMEOUT: _CODE.DEADLINE_EXCEEDED,
    Reason.MODEL_RETIRED: _CODE.FAILED_PRECONDITION,
    Reason.CONTENT_EXPIRED: _CODE.NOT_FOUND,
    Reason.BODY_TOO_LARGE: _CODE.RESOURCE_EXHAUSTED,
    Reason.CONTEXT_TOO_LARGE: _CODE.OUT_OF_RANGE,
    Reason.UNSUPPORTED_MEDIA_TYPE: _CODE.INVALID_ARGUMENT,
    Reason.RANGE_NOT_SATISFIABLE: _CODE.OUT_OF_RANGE,
    Reason.REQUESTS_LIMITED: _CODE.RESOURCE_EXHAUSTED,
    Reason.TOKENS_LIMITED: _CODE.RESOURCE_EXHAUSTED,
    Reason.CONCURRENCY_LIMITED: _CODE.RESOURCE_EXHAUSTED,
    Reason.HOLDS_OUTSTANDING: _CODE.RESOURCE_EXHAUSTED,
    Reason.UPSTREAM_LIMITED: _CODE.RESOURCE_EXHAUSTED,
    Reason.INTERNAL_ERROR: _CODE.INTERNAL,
    Reason.PROVIDER_ERROR: _CODE.INTERNAL,
    Reason.PROVIDER_UNAVAILABLE: _CODE.UNAVAILABLE,
    Reason.BILLING_UNAVAILABLE: _CODE.UNAVAILABLE,
    Reason.OVERLOADED: _CODE.UNAVAILABLE,
    Reason.MODEL_PRICE_ERROR: _CODE.FAILED_PRECONDITION,
    Reason.TIMEOUT: _CODE.DEADLINE_EXCEEDED,
    Reason.SERVICE_CREDENTIAL_REQUIRED: _CODE.UNAUTHENTICATED,
    Reason.ADMIN_TOKEN_REQUIRED: _CODE.UNAUTHENTICATED,
    Reason.NOT_HOLD_OWNER: _CODE.PERMISSION_DENIED,
    Reason.ALREADY_EXISTS: _CODE.ALREADY_EXISTS,
    Reason.HOLD_ENDED: _CODE.FAILED_PRECONDITION,
}

# What a status without our details means, such as one made by gRPC itself.
BARE_STATUS_REASONS: dict[grpc.StatusCode, Reason] = {
    _CODE.OK: Reason.INTERNAL_ERROR,
    _CODE.CANCELLED: Reason.OVERLOADED,  # a server that stops; a caller's own cancel raises
    _CODE.UNKNOWN: Reason.INTERNAL_ERROR,
    _CODE.INVALID_ARGUMENT: Reason.INTERNAL_ERROR,
    _CODE.DEADLINE_EXCEEDED: Reason.TIMEOUT,
    _CODE.NOT_FOUND: Reason.INTERNAL_ERROR,
    _CODE.ALREADY_EXISTS: Reason.INTERNAL_ERROR,
    _CODE.PERMISSION_DENIED: Reason.INTERNAL_ERROR,
    _CODE.RESOURCE_EXHAUSTED: Reason.BODY_TOO_LARGE,
    _CODE.FAILED_PRECONDITION: Reason.INTERNAL_ERROR,
    _CODE.ABORTED: Reason.OVERLOADED,
    _CODE.OUT_OF_RANGE: Reason.INTERNAL_ERROR,
    _CODE.UNIMPLEMENTED: Reason.UNSUPPORTED_OPERATION,
    _CODE.INTERNAL: Reason.INTERNAL_ERROR,
    _CODE.UNAVAILABLE: Reason.OVERLOADED,
    _CODE.DATA_LOSS: Reason.INTERNAL_ERROR,
    _CODE.UNAUTHENTICATED: Reason.INTERNAL_ERROR,
}

_QUOTA_REASONS = frozenset(
    {
        Reason.REQUESTS_LIMITED,
        Reason.TOKENS_LIMITED,
        Reason.CONCURRENCY_LIMITED,
        Reason.HOLDS_OUTSTANDING,
    }
)


def to_status(error: GrokgateError) -> Status:
    """The google.rpc.Status that carries an error whole: see `from_status`."""
    metadata = {"upstream_started": "true"} if error.upstream_started else {}
    if error.param:
        metadata["param"] = error.param
    if error.details:
        metadata["details"] = msgspec.json.encode(error.details).decode()
    details: list[Any] = [
        error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=metadata)
    ]
    if error.param:
        details.append(_bad_request(error))
    if error.retry_after_ms is not None:
        details.append(_retry_info(error.retry_after_ms))
    if error.reason in _QUOTA_REASONS:
        details.append(_quota_failure(error))
    status = Status(code=STATUS_CODES[error.reason].value[0], message=error.message)
    for detail in details:
        status.details.add().Pack(detail)
    return status


def from_status(status: Status) -> GrokgateError:
    """The error that `to_status` packed; a status of another maker by the bare table."""
    info = _unpack(status.details, error_details_pb2.ErrorInfo)
    if info is None or info.domain != DOMAIN or info.reason not in Reason.__members__:
        code = next((c for c in grpc.StatusCode if c.value[0] == status.code), _CODE.UNKNOWN)
        return bare_error(code)
    retry = _unpack(status.details, error_details_pb2.RetryInfo)
    return GrokgateError(
        Reason(info.reason),
        status.message,
        param=info.metadata.get("param", ""),
        details=msgspec.json.decode(info.metadata.get("details", "{}")),
        retry_after_ms=None if retry is None else retry.retry_delay.ToMilliseconds(),
        upstream_started="upstream_started" in info.metadata,
    )


def from_rpc_error(error: grpc.RpcError) -> GrokgateError:
    """Ours, from what a stub raised; never with a foreign message."""
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # AioRpcError is a Call in all but name
    if status is None:
        return bare_error(error.code())
    return from_status(status)


def bare_error(code: grpc.StatusCode) -> GrokgateError:
    """What a status without our details means."""
    return GrokgateError(
        BARE_STATUS_REASONS[code], f"A service answered {code.name} without saying why."
    )


def _bad_request(error: GrokgateError) -> error_details_pb2.BadRequest:
    violation = error_details_pb2.BadRequest.FieldViolation(
        field=error.param, description=error.message, reason=error.reason
    )
    return error_details_pb2.BadRequest(field_violations=[violation])


def _retry_info(retry_after_ms: int) -> error_details_pb2.RetryInfo:
    info = error_details_pb2.RetryInfo()
    info.retry_delay.FromMilliseconds(retry_after_ms)
    return info


def _quota_failure(error: GrokgateError) -> error_details_pb2.QuotaFailure:
    violation = error_details_pb2.QuotaFailure.Violation(
        subject=error.reason, description=error.message
    )
    return error_details_pb2.QuotaFailure(violations=[violation])


def _unpack(details: Any, kind: Any) -> Any:
    for detail in details:
        packed: any_pb2.Any = detail
        if packed.Is(kind.DESCRIPTOR):
            message = kind()
            packed.Unpack(message)
            return message
    return None
