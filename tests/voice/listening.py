"""An upstream that plays a script, and listens to all that is sent to it."""

from collections.abc import AsyncIterable
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import httpx

from tests.xai.fake_transport import FakeTransport


@dataclass
class Upload:
    """A form as upstream got it: the names of its parts in order, and their contents."""

    names: list[str]
    parts: dict[str, bytes]

    @property
    def words(self) -> dict[str, str]:
        """The fields."""
        return {name: self.parts[name].decode() for name in self.names if name != "file"}


class ListeningTransport(FakeTransport):
    """Reads each request's body before it answers."""

    def __init__(self, *steps: Any) -> None:
        super().__init__(*steps)
        self.bodies: list[bytes] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, AsyncIterable)
        body = b"".join([piece async for piece in request.stream])
        assert int(request.headers["content-length"]) == len(body)
        self.bodies.append(body)
        return await super().handle_async_request(request)

    @property
    def upload(self) -> Upload:
        """The latest form."""
        head = f"content-type: {self.requests[-1].headers['content-type']}\r\n\r\n".encode()
        form = BytesParser(policy=HTTP).parsebytes(head + self.bodies[-1])
        assert form.get_content_type() == "multipart/form-data"
        named: list[tuple[str, Any]] = [
            (_name(part), part.get_payload(decode=True)) for part in form.iter_parts()
        ]
        return Upload([name for name, _ in named], dict(named))


def _name(part: Message) -> str:
    return str(part.get_param("name", header="content-disposition"))


def transcript(**fields: Any) -> httpx.Response:
    """An answer."""
    return httpx.Response(200, json={"text": "Hello.", "language": "en", "duration": 3} | fields)
