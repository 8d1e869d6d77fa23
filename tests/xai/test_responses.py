"""Reading a whole answer."""

import msgspec
import pytest

from grokgate.chassis.errors import Reason
from grokgate.xai.errors import UpstreamError
from grokgate.xai.responses import read_answer

_ITEM = b'{"type":"message","id":"msg_1",  "content":[{"type":"output_text","text":"\xc3\xa4"}]}'


def body(status: str = "completed", extra: bytes = b"") -> bytes:
    return b'{"id":"abc","status":"%s","output":[%s]%s}' % (status.encode(), _ITEM, extra)


def test_items_are_passed_on_byte_for_byte() -> None:
    assert read_answer(body()).output_items_json == (_ITEM.decode(),)


def test_an_incomplete_answer_says_why() -> None:
    extra = b',"incomplete_details":{"reason":"max_output_tokens"}'
    answer = read_answer(body("incomplete", extra))
    assert (answer.status, answer.incomplete_reason) == ("incomplete", "max_output_tokens")


def test_a_failed_answer_carries_its_failure_and_cost() -> None:
    extra = b',"error":{"message":"out of luck"},"usage":{"cost_in_usd_ticks":7}'
    answer = read_answer(body("failed", extra))
    assert answer.failure is not None
    assert answer.failure.message == "out of luck"
    assert answer.failure.upstream_started
    assert answer.cost.usd_ticks == 7


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"id":"","status":"completed","output":[]}',
        b'{"id":"a","status":"queued","output":[]}',
        b'{"id":"a","status":"completed"}',
        b'{"error":{"message":"x"}}',
        b"[" * 100_000,
        b'{"id":"\xff","status":"completed","output":[]}',
    ],
)
def test_what_is_not_an_answer_is_a_provider_error(broken: bytes) -> None:
    with pytest.raises(UpstreamError) as caught:
        read_answer(broken)
    assert caught.value.error.reason is Reason.PROVIDER_ERROR
    assert caught.value.error.upstream_started


def test_an_error_under_status_200_keeps_its_cost() -> None:
    broken = msgspec.json.encode({"error": "x", "usage": {"cost_in_usd_ticks": 3}})
    with pytest.raises(UpstreamError) as caught:
        read_answer(broken)
    assert caught.value.cost.usd_ticks == 3
