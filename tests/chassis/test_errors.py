"""The error that travels between rooms."""

from grokgate.chassis.errors import GrokgateError, Reason


def test_an_error_reads_as_its_message() -> None:
    error = GrokgateError(Reason.NOT_FOUND, "No such video.", param="id")
    assert str(error) == "No such video."
    assert repr(error) == "GrokgateError(NOT_FOUND, 'No such video.', param='id')"


def test_an_error_keeps_its_own_copy_of_the_details() -> None:
    details = {"limit": 1}
    error = GrokgateError(Reason.NOT_FOUND, "No.", details=details)
    details["limit"] = 2
    assert error.details == {"limit": 1}
