"""Bytes that are JSON objects and bytes that are not."""

import pytest

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.bodies import parse_object

DEPTH = 128


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"{} x",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":1e999}',
        b"{'a':1}",
        b'{"a":1,}',
        b'{"a":"\xff"}',
        b'{"\xff":1}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\\ud800"}',
        b'{"\\udc00":1}',
        b'{"a":"\x00"}',
        b"\xff\xfe{}",
        b"\x1f\x8b\x08\x00",
        b'{"a":' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_not_a_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(GrokgateError) as caught:
        parse_object(body, DEPTH)
    assert caught.value.reason is Reason.INVALID_JSON


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
@pytest.mark.parametrize("closed", [True, False])
def test_deep_nesting_is_refused(opening: bytes, *, closed: bool) -> None:
    closing = {b"[": b"]", b'{"a":': b"}", b'[{"a":': b"}]"}[opening] if closed else b""
    body = b'{"a":' + opening * 100_000 + b"1" + closing * 100_000 + b"}"
    with pytest.raises(GrokgateError) as caught:
        parse_object(body, DEPTH)
    assert caught.value.reason is Reason.INVALID_JSON


def nested(depth: int) -> bytes:
    """An object with arrays in it, `depth` levels in all."""
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def test_the_depth_limit_is_exact() -> None:
    assert "a" in parse_object(nested(DEPTH), DEPTH)
    with pytest.raises(GrokgateError, match="deeper than 128"):
        parse_object(nested(DEPTH + 1), DEPTH)


def test_the_last_of_two_equal_keys_counts() -> None:
    assert parse_object(b'{"a":1,"a":2}', DEPTH) == {"a": 2}


def test_a_lone_surrogate_is_named_as_the_cause() -> None:
    with pytest.raises(GrokgateError, match="surrogate"):
        parse_object(b'{"a":"\\ud800"}', DEPTH)


def test_text_in_any_script_survives() -> None:
    body = '{"a":"sadeleştir 猫 😀 \\ud83d\\ude00"}'.encode()
    assert parse_object(body, DEPTH) == {"a": "sadeleştir 猫 😀 😀"}
