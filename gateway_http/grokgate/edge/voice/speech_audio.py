"""Speech on its way from the voice service to the client."""

import contextlib
import logging
import re
from collections.abc import AsyncGenerator

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from grokgate.api.voice.v1.voice_pb2 import SpeakResponse, SpeechFinished, SpeechStarted
from grokgate.chassis.errors import GrokgateError
from grokgate.edge.departure import while_client_waits
from grokgate.edge.middleware import call_of
from grokgate.edge.paid_endings import (
    charged_failure_answer,
    charged_usd_ticks,
    cost_headers,
    failure_of,
)
from grokgate.edge.rate_limits import rate_limit_headers

_log = logging.getLogger("grokgate.edge")

# Another type, which a browser might run, is none that speech has.
_AUDIO_TYPE = re.compile(r"audio/[\w.+-]{1,64}", re.ASCII)
_ANY_TYPE = "application/octet-stream"


class SpeechUsage(msgspec.Struct):
    """The charge for speech that failed, in ticks."""

    cost_in_usd_ticks: int | None


class SpeechAudio:
    """The HTTP answer that carries speech, each piece as it arrives.

    The status leaves with the first audio. What fails before is an error like any other; after it,
    the answer breaks off without an end, so that no client takes it for whole.
    """

    def __init__(self, request: Request, pieces: AsyncGenerator[SpeakResponse]) -> None:
        self._request = request
        self._pieces = pieces
        self._request_id = call_of(request).request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; a client that leaves ends the call to the voice service, not the paid work."""
        refusal = await while_client_waits(self._request, self._relay(send))
        if refusal is not None:
            await refusal(scope, receive, send)

    async def _relay(self, send: Send) -> Response | None:
        """Pass the audio on; a failure that came before it is returned to be answered."""
        async with contextlib.aclosing(self._pieces) as pieces:
            started = (await anext(pieces)).started
            piece = await anext(pieces)
            if piece.finished.HasField("failure"):
                return self._refusal(started, piece.finished)
            await send(_start(started))
            try:
                while piece.WhichOneof("piece") == "audio":
                    await send(_body(piece.audio, more=True))
                    piece = await anext(pieces)
            except GrokgateError as error:
                self._note_cut(error)
                return None
        if piece.finished.HasField("failure"):
            self._note_cut(failure_of(piece.finished))
        else:
            await send(_body(b"", more=False))
        return None

    def _refusal(self, started: SpeechStarted, finished: SpeechFinished) -> Response:
        usage = SpeechUsage(charged_usd_ticks(started))
        headers = rate_limit_headers(started.rate_limits)
        return charged_failure_answer(
            failure_of(finished), started, usage, self._request_id, headers
        )

    def _note_cut(self, error: GrokgateError) -> None:
        _log.warning("Speech cut off: %s", error.reason, extra={"request_id": self._request_id})


def _start(started: SpeechStarted) -> Message:
    known = _AUDIO_TYPE.fullmatch(started.content_type) is not None
    headers = {
        "content-type": started.content_type if known else _ANY_TYPE,
        # nginx would collect the audio otherwise.
        "x-accel-buffering": "no",
        **rate_limit_headers(started.rate_limits),
        **cost_headers(started),
    }
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": 200, "headers": raw}


def _body(audio: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": audio, "more_body": more}
