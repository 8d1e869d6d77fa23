"""Why operations may refuse or fail, in groups that many of them share."""

from grokgate.chassis.errors import Reason

ANY_REQUEST = (
    Reason.REQUEST_TIMEOUT,
    Reason.BODY_TOO_LARGE,
    Reason.INTERNAL_ERROR,
    Reason.OVERLOADED,
)
KEY = (
    Reason.MISSING_API_KEY,
    Reason.INVALID_API_KEY,
    Reason.REVOKED_API_KEY,
    Reason.EXPIRED_API_KEY,
    Reason.BILLING_UNAVAILABLE,
)
BODY = (
    Reason.INVALID_JSON,
    Reason.UNSUPPORTED_MEDIA_TYPE,
    Reason.MISSING_PARAMETER,
    Reason.UNKNOWN_PARAMETER,
    Reason.UNSUPPORTED_PARAMETER,
    Reason.INVALID_VALUE,
)
PAYING = (
    Reason.INSUFFICIENT_BALANCE,
    Reason.KEY_BUDGET_EXCEEDED,
    Reason.MODEL_NOT_ALLOWED,
    Reason.ENDPOINT_NOT_ALLOWED,
    Reason.ACCOUNT_SUSPENDED,
    Reason.REQUESTS_LIMITED,
    Reason.TOKENS_LIMITED,
    Reason.CONCURRENCY_LIMITED,
    Reason.HOLDS_OUTSTANDING,
    Reason.MODEL_PRICE_ERROR,
)
MODEL = (
    Reason.MODEL_NOT_FOUND,
    Reason.MODEL_RETIRED,
    Reason.UNSUPPORTED_CAPABILITY,
    Reason.UNSUPPORTED_OPERATION,
)
PROVIDER = (
    Reason.PROVIDER_REJECTED,
    Reason.CONTENT_MODERATED,
    Reason.CONTENT_VIOLATION,
    Reason.UPSTREAM_LIMITED,
    Reason.PROVIDER_ERROR,
    Reason.PROVIDER_UNAVAILABLE,
    Reason.TIMEOUT,
)
PAID_CALL = (*ANY_REQUEST, *KEY, *BODY, *PAYING, *MODEL, *PROVIDER)
QUERY = (Reason.UNKNOWN_PARAMETER, Reason.INVALID_VALUE)
# A question to the media or voice service, which asks the provider nothing.
MEDIA = (*ANY_REQUEST, *KEY, Reason.TIMEOUT)
