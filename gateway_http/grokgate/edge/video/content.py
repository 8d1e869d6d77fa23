"""A video's bytes on their way from the media service to the client."""

import contextlib
import logging
import re
from collections.abc import AsyncGenerator

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from grokgate.api.media.v1.media_pb2 import StreamVideoContentResponse, VideoContentInfo
from grokgate.chassis.errors import GrokgateError
from grokgate.edge.departure import while_client_waits
from grokgate.edge.middleware import call_of

_log = logging.getLogger("grokgate.edge")

# Another type, which a browser might run, is none that a video has.
_VIDEO_TYPE = re.compile(r"video/[\w.+-]{1,64}", re.ASCII)
_ANY_TYPE = "application/octet-stream"


class VideoContent:
    """The HTTP answer that carries a video: read as fast as the client takes it, and no longer."""

    def __init__(
        self, request: Request, pieces: AsyncGenerator[StreamVideoContentResponse]
    ) -> None:
        self._request = request
        self._pieces = pieces

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer; a client that leaves ends the reading."""
        await while_client_waits(self._request, self._relay(send))

    async def _relay(self, send: Send) -> None:
        async with contextlib.aclosing(self._pieces) as pieces:
            info = (await anext(pieces)).info
            await send(_start(info))
            if self._request.method == "HEAD":
                await send(_piece(b"", more=False))
                return
            try:
                async for piece in pieces:
                    await send(_piece(piece.data, more=True))
            except GrokgateError as error:
                # Without an end the client sees that it has not got everything.
                request_id = call_of(self._request).request_id
                _log.warning("Video cut off: %s", error.reason, extra={"request_id": request_id})
                return
        await send(_piece(b"", more=False))


def _start(info: VideoContentInfo) -> dict[str, object]:
    known = _VIDEO_TYPE.fullmatch(info.content_type) is not None
    headers = MutableHeaders()
    headers["content-type"] = info.content_type if known else _ANY_TYPE
    headers["accept-ranges"] = "bytes"
    if info.HasField("length"):
        headers["content-length"] = str(info.length)
    if info.content_range:
        headers["content-range"] = info.content_range
    status = 206 if info.content_range else 200
    return {"type": "http.response.start", "status": status, "headers": headers.raw}


def _piece(data: bytes, *, more: bool) -> dict[str, object]:
    return {"type": "http.response.body", "body": data, "more_body": more}
