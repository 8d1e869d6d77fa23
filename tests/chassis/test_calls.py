"""What travels with a call, there and back."""

import pytest

from grokgate.chassis.calls import Call, bearer, read_call
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.ids import IdSource
from grokgate.chassis.secrets import Secret

IDS = IdSource()
TRACE_ID, PARENT_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACE = f"00-{TRACE_ID}-{PARENT_ID}-01"


@pytest.mark.parametrize(
    "call",
    [
        Call(api_key=Secret("key-1"), request_id="req_1"),
        Call(Secret(""), "req_1", client_request_id="mine", traceparent=TRACE),
        Call(Secret("key-1"), "req_1", "mine", TRACE),
    ],
)
def test_a_call_arrives_as_it_was_sent(call: Call) -> None:
    assert read_call(call.metadata(), IDS) == call


def test_a_call_says_nothing_of_what_it_has_not() -> None:
    assert Call(Secret(""), "req_1").metadata() == (("x-request-id", "req_1"),)


@pytest.mark.parametrize("metadata", [None, (), (("x-request-id", ""),)])
def test_a_call_without_a_request_id_gets_one(
    metadata: tuple[tuple[str, str], ...] | None,
) -> None:
    assert read_call(metadata, IDS).request_id.startswith("req_")


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "nonsense",
        TRACE.upper(),
        TRACE + "\n",
        f"ff-{TRACE_ID}-{PARENT_ID}-01",
        f"00-{'0' * 32}-{PARENT_ID}-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f"00-{TRACE_ID}-{PARENT_ID}",
    ],
)
def test_a_traceparent_that_is_none_is_dropped(traceparent: str) -> None:
    assert read_call([("traceparent", traceparent)], IDS).traceparent == ""


def test_binary_metadata_is_not_taken_for_text() -> None:
    call = read_call([("x-client-request-id", b"bytes"), ("trace-bin", b"\x00")], IDS)
    assert call.client_request_id == ""


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer key-1", "key-1"),
        ("bearer   key-1 ", "key-1"),
        ("Basic a2V5", ""),
        ("key-1", ""),
        ("Bearer", ""),
        ("", ""),
    ],
)
def test_only_a_bearer_credential_is_a_key(header: str, token: str) -> None:
    assert bearer(header) == Secret(token)


def test_a_required_key_that_was_sent_is_given() -> None:
    assert Call(Secret("key-1"), "req_1").require_key() == Secret("key-1")


def test_a_required_key_that_is_missing_is_refused() -> None:
    with pytest.raises(GrokgateError) as caught:
        Call(Secret(""), "req_1").require_key()
    assert caught.value.reason is Reason.MISSING_API_KEY


def test_a_call_does_not_show_its_key() -> None:
    assert "key-1" not in repr(Call(Secret("key-1"), "req_1"))
