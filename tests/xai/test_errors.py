"""Every refusal of upstream that is known, and what it means here."""

import pytest

from grokgate.chassis.errors import Reason
from grokgate.xai.errors import UpstreamError, read_refusal, to_upstream_error

_MODERATED = (
    b'{"code":"imagine:content-moderated","error":"Generated image rejected by content moderation."'
    b',"usage":{"cost_in_usd_ticks":200000000}}'
)
_SAFETY = b'{"error":"Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO"}'


def meaning(status: int, body: bytes) -> UpstreamError:
    return to_upstream_error(read_refusal(status, body, None))


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, b'{"code":"invalid-argument","error":"Model not found: grok-99"}', "UNAVAILABLE"),
        (404, b'{"code":"not-found","error":"The model grok-9 does not exist"}', "UNAVAILABLE"),
        (422, b'{"error":"Failed to deserialize the JSON body into the target type"}', "REJECTED"),
        (400, b'{"code":"invalid-argument","error":"Incorrect API key provided."}', "UNAVAILABLE"),
        (400, b'{"code":"unauthenticated:bad-credentials","error":"x"}', "UNAVAILABLE"),
        (401, b"", "UNAVAILABLE"),
        (403, b'{"code":"permission-denied","error":"no"}', "UNAVAILABLE"),
        (403, _SAFETY, "CONTENT_VIOLATION"),
        (400, _MODERATED, "CONTENT_MODERATED"),
        (429, b'{"code":"resource-exhausted","error":"Too many requests"}', "LIMITED"),
        (400, b'{"error":{"message":"stop is not supported","code":"x"}}', "REJECTED"),
        (413, b"", "REJECTED"),
        (405, b"", "ERROR"),
        (500, b"<html>", "ERROR"),
        (502, b"<!DOCTYPE html><title>502</title>", "UNAVAILABLE"),
        (503, b'{"error":"Service temporarily unavailable"}', "UNAVAILABLE"),
        (529, b'{"error":"overloaded"}', "UNAVAILABLE"),
        (200, b'{"error":"something"}', "ERROR"),
        (302, b"", "ERROR"),
        (500, b"[" * 100_000, "ERROR"),
    ],
)
def test_each_refusal_has_one_meaning(status: int, body: bytes, reason: str) -> None:
    assert meaning(status, body).error.reason.endswith(reason)


def test_upstreams_words_about_the_request_reach_the_caller() -> None:
    error = meaning(400, b'{"code":"invalid-argument","error":"Argument not supported: size"}')
    assert error.error.message == "Argument not supported: size"
    assert not error.error.upstream_started


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
def test_upstreams_words_about_the_gateway_do_not(status: int) -> None:
    error = meaning(status, b'{"error":"team 12345 secret detail"}')
    assert "12345" not in error.error.message


def test_a_moderated_answer_keeps_its_cost() -> None:
    assert meaning(400, _MODERATED).cost.usd_ticks == 200_000_000


def test_an_unsafe_prompt_is_marked_for_its_fee() -> None:
    error = meaning(403, _SAFETY)
    assert error.content_violation
    assert error.cost.usd_ticks is None


def test_a_very_long_message_is_cut() -> None:
    body = b'{"error":"' + b"x" * 100_000 + b'"}'
    assert len(meaning(400, body).error.message) == 1000


def test_the_gateways_own_trouble_raises_an_alarm() -> None:
    silent = [
        status for status in (401, 403, 404, 500) if not meaning(status, b'{"error":"x"}').alarm
    ]
    assert silent == []


def test_reason_of_an_unknown_refusal_is_provider_error() -> None:
    assert meaning(418, b"{}").error.reason is Reason.PROVIDER_ERROR
