"""Errors as gRPC statuses, both ways."""

from typing import Any

import grpc
import grpc.aio
import pytest
from google.rpc import error_details_pb2
from google.rpc.status_pb2 import Status

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.rpc_types import Context
from grokgate.chassis.statuses import (
    BARE_STATUS_REASONS,
    STATUS_CODES,
    bare_error,
    from_rpc_error,
    from_status,
    to_status,
)
from tests.chassis.echo_room import EchoRoom, ask, channel_to


def whole_error(reason: Reason) -> GrokgateError:
    return GrokgateError(
        reason,
        "Das geht nicht: 100 % of <x>.",
        param="input[2].content",
        details={"limit": 3, "allowed": ["a", "b"], "exact": 2**53 + 1, "none": None},
        retry_after_ms=1_250,
        upstream_started=True,
    )


def unpack(status: Status, kind: type) -> list[Any]:
    found = []
    for detail in status.details:
        message = kind()
        if detail.Unpack(message):
            found.append(message)
    return found


def test_every_reason_has_a_status() -> None:
    assert set(STATUS_CODES) == set(Reason)


def test_every_reason_is_written_as_its_name() -> None:
    assert all(reason.name == reason.value for reason in Reason)


def test_no_reason_travels_as_success() -> None:
    assert grpc.StatusCode.OK not in STATUS_CODES.values()


def test_every_bare_status_has_a_reason() -> None:
    assert set(BARE_STATUS_REASONS) == set(grpc.StatusCode)


@pytest.mark.parametrize("reason", Reason)
def test_an_error_survives_the_status_whole(reason: Reason) -> None:
    error = whole_error(reason)
    status = to_status(error)
    assert status.code == STATUS_CODES[reason].value[0]
    assert vars(from_status(status)) == vars(error)


def test_an_error_without_extras_gains_none() -> None:
    error = GrokgateError(Reason.NOT_FOUND, "Nothing here.")
    assert vars(from_status(to_status(error))) == vars(error)


def test_an_immediate_retry_is_told_from_none() -> None:
    error = GrokgateError(Reason.OVERLOADED, "Again.", retry_after_ms=0)
    assert from_status(to_status(error)).retry_after_ms == 0


def test_foreign_tools_find_the_standard_details() -> None:
    status = to_status(whole_error(Reason.REQUESTS_LIMITED))
    assert unpack(status, error_details_pb2.ErrorInfo)[0].domain == "grokgate"
    violation = unpack(status, error_details_pb2.BadRequest)[0].field_violations[0]
    assert (violation.field, violation.reason) == ("input[2].content", "REQUESTS_LIMITED")
    assert unpack(status, error_details_pb2.RetryInfo)[0].retry_delay.ToMilliseconds() == 1_250
    quota = unpack(status, error_details_pb2.QuotaFailure)[0].violations[0]
    assert quota.subject == "REQUESTS_LIMITED"


@pytest.mark.parametrize(
    "info",
    [
        error_details_pb2.ErrorInfo(reason="NOT_FOUND", domain="googleapis.com"),
        error_details_pb2.ErrorInfo(reason="NEVER_HEARD_OF", domain="grokgate"),
    ],
)
def test_details_of_another_maker_are_not_believed(info: error_details_pb2.ErrorInfo) -> None:
    status = Status(code=grpc.StatusCode.UNAVAILABLE.value[0], message="secret inner workings")
    status.details.add().Pack(info)
    error = from_status(status)
    assert error.reason is Reason.OVERLOADED
    assert "secret" not in error.message


def test_a_status_number_that_grpc_does_not_know_is_internal() -> None:
    assert from_status(Status(code=99)).reason is Reason.INTERNAL_ERROR


@pytest.mark.parametrize("code", grpc.StatusCode)
def test_a_bare_status_names_its_code(code: grpc.StatusCode) -> None:
    assert code.name in bare_error(code).message


def test_an_rpc_error_without_details_is_bare() -> None:
    rpc_error = grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, details="10.0.0.7:443 refused")
    error = from_rpc_error(rpc_error)
    assert error.reason is Reason.OVERLOADED
    assert "10.0.0.7" not in error.message


async def test_a_long_error_crosses_the_wire_whole() -> None:
    error = whole_error(Reason.INVALID_VALUE)
    error.message = "ä" * 5_000

    async def refuse(_context: Context) -> None:
        raise error

    async with channel_to(EchoRoom(refuse)) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await ask(channel, "UnaryUnary")
    assert vars(from_rpc_error(caught.value)) == vars(error)
