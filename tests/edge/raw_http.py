"""HTTP by hand, for what a client library would not send."""

import msgspec

from tests.edge.fakes import GOOD_KEY

# The line and headers of a good request, without their end.
HEAD = (
    b"POST /v1/responses HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    b"authorization: Bearer " + GOOD_KEY.encode() + b"\r\n"
)


def error_of(answer: bytes) -> dict[str, str]:
    """The `error` of a whole answer."""
    body: dict[str, dict[str, str]] = msgspec.json.decode(answer.partition(b"\r\n\r\n")[2])
    return body["error"]
