"""The border between our errors and HTTP, row by row."""

import msgspec
import pytest

from grokgate.chassis.errors import WITHHELD_MESSAGE, GrokgateError, Reason
from grokgate.edge.errors import (
    PUBLIC_ERRORS,
    answer_lost,
    error_headers,
    error_response,
)

INTERNAL = {
    Reason.INTERNAL_ERROR,
    Reason.SERVICE_CREDENTIAL_REQUIRED,
    Reason.ADMIN_TOKEN_REQUIRED,
    Reason.NOT_HOLD_OWNER,
    Reason.ALREADY_EXISTS,
    Reason.HOLD_ENDED,
}
OTHER_WORDS = {
    Reason.REQUESTS_LIMITED: "requests",
    Reason.TOKENS_LIMITED: "tokens",
    Reason.CONCURRENCY_LIMITED: "concurrency",
    Reason.HOLDS_OUTSTANDING: "holds_outstanding",
    Reason.UPSTREAM_LIMITED: "upstream",
}
TYPES = {
    400: {"invalid_request_error", "unsupported_capability", "unsupported_operation"},
    401: {"auth_error"},
    402: {"insufficient_balance"},
    403: {"forbidden"},
    404: {"model_not_found", "not_found"},
    405: {"invalid_request_error"},
    408: {"invalid_request_error"},
    410: {"model_retired", "content_expired"},
    413: {"request_too_large"},
    415: {"invalid_request_error"},
    416: {"invalid_request_error"},
    429: {"rate_limit_exceeded"},
    500: {"internal_error"},
    502: {"provider_error"},
    503: {"provider_unavailable", "billing_unavailable", "overloaded", "model_price_error"},
    504: {"timeout"},
}


def test_every_reason_has_its_http_answer() -> None:
    assert set(PUBLIC_ERRORS) == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_the_code_is_the_reason_in_the_public_words(reason: Reason) -> None:
    public = PUBLIC_ERRORS[reason]
    expected = OTHER_WORDS.get(reason, reason.lower())
    assert public.code == ("internal_error" if reason in INTERNAL else expected)
    assert public.type in TYPES[public.status]


@pytest.mark.parametrize("reason", sorted(INTERNAL))
def test_what_only_operators_should_know_is_withheld(reason: Reason) -> None:
    error = GrokgateError(reason, "secret words", param="secret", details={"secret": 1})
    answer = error_response(error, "req_1")
    assert answer.status_code == 500
    assert b"secret" not in answer.body
    assert WITHHELD_MESSAGE.encode() in answer.body


def test_the_error_shape() -> None:
    error = GrokgateError(
        Reason.CONTEXT_TOO_LARGE, "Too long.", param="input", details={"limit": 200_000}
    )
    answer = error_response(error, "req_1")
    assert answer.status_code == 413
    assert msgspec.json.decode(answer.body) == {
        "error": {
            "message": "Too long.",
            "type": "request_too_large",
            "param": "input",
            "code": "context_too_large",
            "request_id": "req_1",
            "details": {"limit": 200_000},
        }
    }


def test_an_error_without_a_field_says_null() -> None:
    body = msgspec.json.decode(error_response(GrokgateError(Reason.TIMEOUT, "x"), "r").body)
    assert body["error"]["param"] is None
    assert "details" not in body["error"]


@pytest.mark.parametrize(
    ("reason", "retry_after_ms", "header"),
    [
        (Reason.REQUESTS_LIMITED, 1, "1"),
        (Reason.REQUESTS_LIMITED, 1500, "2"),
        (Reason.OVERLOADED, None, "1"),
        (Reason.BILLING_UNAVAILABLE, 30_000, "30"),
        (Reason.NOT_FOUND, 5000, "5"),
        (Reason.NOT_FOUND, None, None),
        (Reason.MODEL_NOT_FOUND, None, None),
        (Reason.INSUFFICIENT_BALANCE, 5, None),
        (Reason.PROVIDER_ERROR, 5, None),
    ],
)
def test_what_may_succeed_later_says_when_to_come_back(
    reason: Reason, retry_after_ms: int | None, header: str | None
) -> None:
    error = GrokgateError(reason, "x", retry_after_ms=retry_after_ms)
    assert error_headers(error).get("retry-after") == header


def test_work_that_may_have_begun_must_not_be_repeated() -> None:
    begun = GrokgateError(Reason.PROVIDER_UNAVAILABLE, "x", upstream_started=True)
    assert error_headers(begun)["x-should-retry"] == "false"
    assert "x-should-retry" not in error_headers(GrokgateError(Reason.PROVIDER_UNAVAILABLE, "x"))


def test_nobody_is_asked_back_to_a_call_that_may_have_been_charged() -> None:
    assert error_headers(answer_lost()) == {"x-should-retry": "false"}
    assert "/v1/usage" in answer_lost().message


@pytest.mark.parametrize(("details", "told"), [({"length": 9}, "bytes */9"), ({}, None)])
def test_a_range_outside_says_how_much_there_is(details: dict[str, int], told: str | None) -> None:
    answer = error_response(GrokgateError(Reason.RANGE_NOT_SATISFIABLE, "x", details=details), "r")
    assert (answer.status_code, answer.headers.get("content-range")) == (416, told)


def test_a_call_that_can_never_fit_is_not_to_be_tried_again() -> None:
    headers = error_headers(GrokgateError(Reason.TOKENS_LIMITED, "x"))
    assert headers == {"x-should-retry": "false"}


def test_a_refusal_by_a_limit_tells_the_limits_as_an_answer_does() -> None:
    left = {"tokens": {"limit": 600, "remaining": 200, "reset_ms": 40_000}}
    details = {"rate_limits": left}
    error = GrokgateError(Reason.TOKENS_LIMITED, "x", details=details, retry_after_ms=10_000)
    assert error_headers(error) == {
        "x-ratelimit-limit-tokens": "600",
        "x-ratelimit-remaining-tokens": "200",
        "x-ratelimit-reset-tokens": "40s",
        "retry-after": "10",
    }
